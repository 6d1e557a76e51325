import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

/** What Postgres itself uses. */
const ITERATIONS = 4096
const KEY_BYTES = 32
const SALT_BYTES = 16

/**
 * What Postgres keeps of a password (RFC 5803): handed over in this form, the password itself appears in no statement, log or
 * argument of the server.
 */
export function scramVerifier(password: string, salt = randomBytes(SALT_BYTES)): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, 'sha256')
  const stored = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64')
  const server = hmac(salted, 'Server Key').toString('base64')
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
