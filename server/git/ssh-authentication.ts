import type { AuthContext, Connection, PublicKeyAuthContext, utils } from 'ssh2'
import { PaasError } from '../errors.ts'
import type { UserRecord } from '../people/actor.ts'
import type { Keys } from '../people/keys.ts'

/** An agent may offer several keys before the right one. */
const MAX_ATTEMPTS = 12
/** SHA-1 signatures are forgeable: RSA keys sign with SHA-2 (RFC 8332). */
const RSA_HASHES = ['sha256', 'sha512']

/** From ssh2, which is loaded at the first connection. */
export type ParseKey = typeof utils.parseKey

/**
 * Who is at the other end, asked anew for each thing that they want: a connection may outlive its key and its user.
 * Throws `key.removed`.
 */
export type WhoIs = () => UserRecord

/** Public keys only. Calls `accepted` before the client may ask for anything. */
export function authenticate(
  connection: Connection,
  { keys, parseKey }: { keys: Pick<Keys, 'findUser'>; parseKey: ParseKey },
  accepted: (whoIs: WhoIs) => void,
): void {
  let attempts = 0
  connection.on('authentication', (attempt: AuthContext) => {
    if (++attempts > MAX_ATTEMPTS) return void connection.end()
    if (attempt.method !== 'publickey') return attempt.reject(['publickey'])
    const found = keys.findUser(attempt.key.data)
    if (!found) return attempt.reject(['publickey'])
    if (attempt.signature === undefined) return attempt.accept()
    if (!signed(attempt, parseKey)) return attempt.reject(['publickey'])
    accepted(() => stillOwner(keys, attempt.key.data, found.user))
    attempt.accept()
  })
}

function stillOwner(keys: Pick<Keys, 'findUser'>, blob: Buffer, owner: UserRecord): UserRecord {
  const user = keys.findUser(blob)?.user
  if (user?.id === owner.id) return user
  throw new PaasError('unauthenticated', 'key.removed', 'The key that this connection signed in with was removed.', {
    fix: 'Add a key of yours, then connect anew.',
    command: 'paas keys:add',
  })
}

function signed({ key, signature, blob, hashAlgo }: PublicKeyAuthContext, parseKey: ParseKey): boolean {
  const type = keyType(key.data)
  if (type === 'ssh-rsa' && !RSA_HASHES.includes(hashAlgo ?? '')) return false
  const parsed = parseKey(`${type} ${key.data.toString('base64')}`)
  if (parsed instanceof Error || signature === undefined || blob === undefined) return false
  return parsed.verify(blob, signature, hashAlgo) === true
}

/** The first string of a public key blob (RFC 4253, section 6.6). */
function keyType(blob: Buffer): string {
  return blob.toString('latin1', 4, 4 + blob.readUInt32BE(0))
}
