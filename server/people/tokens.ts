import type { z } from 'zod'
import {
  type CreatedToken as CreatedTokenSchema,
  TOKEN_DAYS_MAX,
  type Token,
  type TokenScope,
} from '../contract/user.ts'
import type { Database } from '../db/database.ts'
import { newId, randomCharacters } from '../db/ids.ts'
import { PaasError } from '../errors.ts'
import type { Actor, Via } from './actor.ts'
import { matchesHash, secretHash } from './secret-text.ts'
import { userOf } from './users.ts'

export type CreatedToken = z.infer<typeof CreatedTokenSchema>

type TokenRow = {
  id: string
  user_id: string
  secret_hash: Uint8Array
  description: string
  scope: TokenScope
  created_at: number
  expires_at: number
  last_used_at: number | null
}
type TokenWithUser = TokenRow & { name: string; box_owner: number; user_created_at: number }

const DAY_MS = 86_400_000
/** Those that are still valid. */
const MAX_TOKENS_OF_USER = 100
/** 5 bits each. */
const SECRET_CHARACTERS = 40
const TOKEN_TEXT = /^paas_(token_[0-9a-z]{20})_([0-9a-z]{40})$/
/** Writing down every use would cost a disk sync per request. */
const LAST_USED_EVERY_MS = 60_000
/** An expired token is kept this long so that its user is told what happened to it. */
const EXPIRED_KEPT_MS = 90 * DAY_MS

/** `paas_<id>_<secret>`: the id finds the row, the secret is stored as a hash only. */
export class Tokens {
  readonly #db: Database
  readonly #now: () => number

  constructor(db: Database, now: () => number = Date.now) {
    this.#db = db
    this.#now = now
  }

  /** The answer is the only place where the secret ever appears. Throws `token.limit`. */
  create(userId: string, options: { description: string; scope: TokenScope; days: number }): CreatedToken {
    checkDays(options.days)
    this.#requireRoom(userId)
    const id = newId('token')
    const secret = `paas_${id}_${randomCharacters(SECRET_CHARACTERS)}`
    const now = this.#now()
    this.#forgetLongExpired(userId)
    this.#db.run(
      `INSERT INTO tokens (id, user_id, secret_hash, description, scope, created_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      id,
      userId,
      secretHash(secret),
      options.description,
      options.scope,
      now,
      now + options.days * DAY_MS,
    )
    return { ...tokenOf(this.#get(userId, id)), secret }
  }

  /** Newest first, expired ones among them. */
  list(userId: string): Token[] {
    return this.#db
      .all<TokenRow>('SELECT * FROM tokens WHERE user_id = ? ORDER BY created_at DESC, id DESC', userId)
      .map(tokenOf)
  }

  /** Throws `token.not-found`. */
  revoke(userId: string, id: string): void {
    this.#get(userId, id)
    this.#db.run('DELETE FROM tokens WHERE id = ?', id)
  }

  /** Undefined for a token that does not exist; throws `token.expired` for one that did. */
  authenticate(secret: string, via: Via): Actor | undefined {
    const id = TOKEN_TEXT.exec(secret)?.[1]
    const row = id && this.#withUser(id)
    if (!row || !matchesHash(secret, row.secret_hash)) return undefined
    const now = this.#now()
    if (row.expires_at <= now) throw expired(row)
    if ((row.last_used_at ?? 0) + LAST_USED_EVERY_MS <= now) {
      this.#db.run('UPDATE tokens SET last_used_at = ? WHERE id = ?', now, row.id)
    }
    const user = userOf({ id: row.user_id, name: row.name, box_owner: row.box_owner, created_at: row.user_created_at })
    return { user, scope: row.scope, via }
  }

  #requireRoom(userId: string): void {
    const sql = 'SELECT count(*) AS count FROM tokens WHERE user_id = ? AND expires_at > ?'
    const count = this.#db.get<{ count: number }>(sql, userId, this.#now())?.count ?? 0
    if (count < MAX_TOKENS_OF_USER) return
    throw new PaasError('limited', 'token.limit', `There are ${count} valid tokens, which is the limit for a user.`, {
      fix: 'Revoke those that are not used any more.',
      command: 'paas tokens',
    })
  }

  #get(userId: string, id: string): TokenRow {
    const row = this.#db.get<TokenRow>('SELECT * FROM tokens WHERE user_id = ? AND id = ?', userId, id)
    if (row) return row
    throw new PaasError('not-found', 'token.not-found', `You have no token ${id}.`, { command: 'paas tokens' })
  }

  #withUser(id: string): TokenWithUser | undefined {
    return this.#db.get<TokenWithUser>(
      `SELECT tokens.*, users.name, users.box_owner, users.created_at AS user_created_at
       FROM tokens JOIN users ON users.id = tokens.user_id WHERE tokens.id = ?`,
      id,
    )
  }

  #forgetLongExpired(userId: string): void {
    this.#db.run('DELETE FROM tokens WHERE user_id = ? AND expires_at < ?', userId, this.#now() - EXPIRED_KEPT_MS)
  }
}

function tokenOf(row: TokenRow): Token {
  return {
    id: row.id,
    description: row.description,
    scope: row.scope,
    createdAt: new Date(row.created_at).toISOString(),
    expiresAt: new Date(row.expires_at).toISOString(),
    lastUsedAt: row.last_used_at === null ? null : new Date(row.last_used_at).toISOString(),
  }
}

function checkDays(days: number): void {
  if (Number.isInteger(days) && days >= 1 && days <= TOKEN_DAYS_MAX) return
  throw new PaasError('invalid', 'token.days', `A token is valid for 1 to ${TOKEN_DAYS_MAX} days, not ${days}.`)
}

function expired(row: TokenRow): PaasError {
  const day = new Date(row.expires_at).toISOString().slice(0, 10)
  return new PaasError('unauthenticated', 'token.expired', `The token "${row.description}" expired on ${day}.`, {
    fix: 'Sign in again with a token that is still valid.',
    command: 'paas login',
  })
}
