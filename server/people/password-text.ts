import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** OWASP's second choice of argon2id: 19 MiB, two passes, one lane. About 40 ms. */
const MEMORY_KIB = 19_456
const PASSES = 2
const LANES = 1
const TAG_BYTES = 32
const NONCE_BYTES = 16
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

const derive = promisify<'argon2id', Argon2Parameters, Buffer>(argon2)

/** A password as it is stored: argon2id in the PHC string format, which carries its own parameters. */
export async function passwordText(password: string): Promise<string> {
  const nonce = randomBytes(NONCE_BYTES)
  const cost = { memory: MEMORY_KIB, passes: PASSES, parallelism: LANES, tagLength: TAG_BYTES }
  const hash = await derive('argon2id', { ...cost, message: message(password), nonce })
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${unpadded(nonce)}$${unpadded(hash)}`
}

/** In constant time. False for a text that is not one of ours. */
export async function matchesPassword(password: string, text: string): Promise<boolean> {
  const [, memory, passes, parallelism, nonce = '', hash = ''] = PHC.exec(text) ?? []
  if (hash === '') return false
  const expected = Buffer.from(hash, 'base64')
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  const found = await derive('argon2id', {
    ...cost,
    message: message(password),
    nonce: Buffer.from(nonce, 'base64'),
    tagLength: expected.length,
  })
  return timingSafeEqual(found, expected)
}

/** One accent can be typed in two ways: NFC makes them one (RFC 8265). */
function message(password: string): Buffer {
  return Buffer.from(password.normalize('NFC'), 'utf8')
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
