import type { z } from 'zod'
import type { Session as SessionSchema } from '../contract/session.ts'
import type { Database } from '../db/database.ts'
import { newId, randomCharacters } from '../db/ids.ts'
import { PaasError } from '../errors.ts'
import type { Actor } from './actor.ts'
import { matchesHash, secretHash } from './secret-text.ts'
import { networkOf } from './sign-in-limits.ts'
import { userOf } from './users.ts'

export type Session = Omit<z.infer<typeof SessionSchema>, 'current'>
export type OpenedSession = { id: string; secret: string; lastsMs: number }

type SessionRow = {
  id: string
  user_id: string
  secret_hash: Uint8Array
  device: string
  address: string
  created_at: number
  last_used_at: number
  confirmed_at: number
  ended_at: number | null
}
type SessionWithUser = SessionRow & { name: string; box_owner: number; user_created_at: number }

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A browser that asks nothing for this long is signed out. */
const IDLE_MS = 12 * HOUR_MS
/** However busy it is. */
const LASTS_MS = 14 * DAY_MS
/** What shows secrets, opens shells or destroys wants a password that was given within this time. */
const CONFIRMED_MS = 10 * 60_000
/** So long an address stays known to its user. */
const KEPT_MS = 90 * DAY_MS
/** Writing down every use would cost a disk sync per request. */
const LAST_USED_EVERY_MS = 60_000
/** 5 bits each: 260 bits. */
const SECRET_CHARACTERS = 52
const SECRET_TEXT = /^(session_[0-9a-z]{20})_([0-9a-z]{52})$/

/** Browsers that are signed in. The cookie holds `<id>_<secret>`; the secret is stored as a hash only. */
export class Sessions {
  readonly #db: Database
  readonly #now: () => number

  constructor(db: Database, now: () => number = Date.now) {
    this.#db = db
    this.#now = now
  }

  /** Only for somebody who has just proved who they are: it counts as confirmed. */
  open(userId: string, { device, address }: { device: string; address: string }): OpenedSession {
    const id = newId('session')
    const secret = `${id}_${randomCharacters(SECRET_CHARACTERS)}`
    const now = this.#now()
    this.#db.run('DELETE FROM sessions WHERE user_id = ? AND created_at < ?', userId, now - KEPT_MS)
    this.#db.run(
      `INSERT INTO sessions (id, user_id, secret_hash, device, address, created_at, last_used_at, confirmed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      userId,
      secretHash(secret),
      device,
      networkOf(address),
      now,
      now,
      now,
    )
    return { id, secret, lastsMs: LASTS_MS }
  }

  /** Undefined for one that does not exist, has ended, or was not used for 12 hours. */
  authenticate(secret: string): Actor | undefined {
    const id = SECRET_TEXT.exec(secret)?.[1]
    const row = id && this.#withUser(id)
    if (!row || !matchesHash(secret, row.secret_hash) || !this.#lives(row)) return undefined
    const now = this.#now()
    if (row.last_used_at + LAST_USED_EVERY_MS <= now) {
      this.#db.run('UPDATE sessions SET last_used_at = ? WHERE id = ?', now, row.id)
    }
    const user = userOf({ id: row.user_id, name: row.name, box_owner: row.box_owner, created_at: row.user_created_at })
    const session = { id: row.id, confirmedUntil: row.confirmed_at + CONFIRMED_MS }
    return { user, scope: 'admin', via: 'console', session }
  }

  /** The password was given again. Returns until when that counts. */
  confirm(id: string): number {
    const now = this.#now()
    this.#db.run('UPDATE sessions SET confirmed_at = ? WHERE id = ?', now, id)
    return now + CONFIRMED_MS
  }

  /** Those that are signed in, the one used last first. */
  list(userId: string): Session[] {
    return this.#db
      .all<SessionRow>('SELECT * FROM sessions WHERE user_id = ? ORDER BY last_used_at DESC, id DESC', userId)
      .filter((row) => this.#lives(row))
      .map(sessionOf)
  }

  /** Throws `session.not-found`. */
  end(userId: string, id: string): void {
    const sql = 'UPDATE sessions SET ended_at = ? WHERE id = ? AND user_id = ? AND ended_at IS NULL'
    if (this.#db.run(sql, this.#now(), id, userId).changes > 0) return
    throw new PaasError('not-found', 'session.not-found', `You have no session ${id}.`)
  }

  endOthers(userId: string, keep: string | undefined): void {
    const sql = 'UPDATE sessions SET ended_at = ? WHERE user_id = ? AND id <> ? AND ended_at IS NULL'
    this.#db.run(sql, this.#now(), userId, keep ?? '')
  }

  /** Whether this user has signed in from there within 90 days. */
  knows(userId: string, address: string): boolean {
    const sql = 'SELECT 1 FROM sessions WHERE user_id = ? AND address = ? AND created_at > ?'
    return this.#db.get(sql, userId, networkOf(address), this.#now() - KEPT_MS) !== undefined
  }

  #lives({ created_at, last_used_at, ended_at }: SessionRow): boolean {
    const now = this.#now()
    return ended_at === null && last_used_at + IDLE_MS > now && created_at + LASTS_MS > now
  }

  #withUser(id: string): SessionWithUser | undefined {
    return this.#db.get<SessionWithUser>(
      `SELECT sessions.*, users.name, users.box_owner, users.created_at AS user_created_at
       FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.id = ?`,
      id,
    )
  }
}

function sessionOf(row: SessionRow): Session {
  return {
    id: row.id,
    device: row.device,
    address: row.address,
    createdAt: new Date(row.created_at).toISOString(),
    lastUsedAt: new Date(row.last_used_at).toISOString(),
    expiresAt: new Date(row.created_at + LASTS_MS).toISOString(),
  }
}
