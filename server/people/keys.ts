import type { Key } from '../contract/user.ts'
import type { Database } from '../db/database.ts'
import { PaasError } from '../errors.ts'
import type { UserRecord } from './actor.ts'
import { fingerprintOf, parsePublicKey } from './public-key.ts'
import { userOf } from './users.ts'

type KeyRow = {
  fingerprint: string
  user_id: string
  type: string
  comment: string
  created_at: number
  last_used_at: number | null
}
type KeyWithUser = KeyRow & { name: string; box_owner: number; user_created_at: number }

const LAST_USED_EVERY_MS = 60_000
const MAX_KEYS_OF_USER = 50

/** SSH public keys. A key names one user, so that a push is never ambiguous. */
export class Keys {
  readonly #db: Database
  readonly #now: () => number

  constructor(db: Database, now: () => number = Date.now) {
    this.#db = db
    this.#now = now
  }

  /** Adding one's own key again changes its comment. Throws `key.taken`, `key.limit`, or the errors of public-key.ts. */
  add(userId: string, line: string): Key {
    const { type, blob, comment, fingerprint } = parsePublicKey(line)
    const owner = this.#db.get<KeyRow>('SELECT * FROM keys WHERE fingerprint = ?', fingerprint)?.user_id
    if (owner !== undefined && owner !== userId) throw taken()
    if (owner === undefined && this.#rows(userId).length >= MAX_KEYS_OF_USER) throw tooMany()
    this.#db.run(
      `INSERT INTO keys (fingerprint, user_id, type, public_key, comment, created_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (fingerprint) DO UPDATE SET comment = excluded.comment`,
      fingerprint,
      userId,
      type,
      `${type} ${blob.toString('base64')}`,
      comment,
      this.#now(),
    )
    return this.#only(userId, fingerprint)
  }

  /** Oldest first. */
  list(userId: string): Key[] {
    return this.#rows(userId).map(keyOf)
  }

  /** Throws `key.not-found`, or `key.ambiguous` for a comment that several keys have. */
  remove(userId: string, fingerprintOrComment: string): void {
    const { fingerprint } = this.#only(userId, fingerprintOrComment)
    this.#db.run('DELETE FROM keys WHERE fingerprint = ?', fingerprint)
  }

  /** Whose key a client offers. The caller checks the signature. */
  findUser(blob: Uint8Array): { user: UserRecord; fingerprint: string } | undefined {
    const fingerprint = fingerprintOf(blob)
    const row = this.#db.get<KeyWithUser>(
      `SELECT keys.*, users.name, users.box_owner, users.created_at AS user_created_at
       FROM keys JOIN users ON users.id = keys.user_id WHERE keys.fingerprint = ?`,
      fingerprint,
    )
    if (!row) return undefined
    this.#markUsed(row)
    const user = userOf({ id: row.user_id, name: row.name, box_owner: row.box_owner, created_at: row.user_created_at })
    return { user, fingerprint }
  }

  #markUsed(row: KeyRow): void {
    const now = this.#now()
    if ((row.last_used_at ?? 0) + LAST_USED_EVERY_MS > now) return
    this.#db.run('UPDATE keys SET last_used_at = ? WHERE fingerprint = ?', now, row.fingerprint)
  }

  #rows(userId: string): KeyRow[] {
    return this.#db.all<KeyRow>('SELECT * FROM keys WHERE user_id = ? ORDER BY created_at, fingerprint', userId)
  }

  #only(userId: string, fingerprintOrComment: string): Key {
    const rows = this.#rows(userId)
    const exact = rows.filter((row) => row.fingerprint === fingerprintOrComment)
    const [key, another] = exact.length > 0 ? exact : rows.filter((row) => row.comment === fingerprintOrComment)
    if (!key) throw notFound(fingerprintOrComment)
    if (another) throw ambiguous(fingerprintOrComment)
    return keyOf(key)
  }
}

function keyOf(row: KeyRow): Key {
  return {
    fingerprint: row.fingerprint,
    type: row.type,
    comment: row.comment,
    createdAt: new Date(row.created_at).toISOString(),
    lastUsedAt: row.last_used_at === null ? null : new Date(row.last_used_at).toISOString(),
  }
}

function taken(): PaasError {
  return new PaasError('conflict', 'key.taken', 'Another user has added this key already.', {
    fix: 'A key belongs to one user: make a new one.',
    command: 'ssh-keygen -t ed25519',
  })
}

function tooMany(): PaasError {
  return new PaasError('limited', 'key.limit', `There are ${MAX_KEYS_OF_USER} keys, which is the limit for a user.`, {
    fix: 'Remove one that is not used any more.',
    command: 'paas keys',
  })
}

function notFound(name: string): PaasError {
  return new PaasError('not-found', 'key.not-found', `You have no key with the fingerprint or comment ${name}.`, {
    command: 'paas keys',
  })
}

function ambiguous(comment: string): PaasError {
  return new PaasError('conflict', 'key.ambiguous', `Several of your keys have the comment ${comment}.`, {
    fix: 'Name the one to remove by its fingerprint.',
    command: 'paas keys',
  })
}
