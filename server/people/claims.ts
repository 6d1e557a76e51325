import { TOKEN_DAYS_DEFAULT } from '../contract/user.ts'
import type { Database } from '../db/database.ts'
import { randomCharacters } from '../db/ids.ts'
import { PaasError } from '../errors.ts'
import type { UserRecord } from './actor.ts'
import { Attempts } from './attempts.ts'
import { matchesHash, secretHash } from './secret-text.ts'
import type { CreatedToken, Tokens } from './tokens.ts'
import type { Users } from './users.ts'

type ClaimRow = { secret_hash: Uint8Array; expires_at: number; claimed_at: number | null }

const VALID_MS = 24 * 3_600_000
const TRIES_PER_HOUR = 10
/** 5 bits each: 130 bits. */
const SECRET_CHARACTERS = 26

/** The one-time secret that makes the first user: until it is used, the box answers nothing else. */
export class Claims {
  readonly #db: Database
  readonly #users: Users
  readonly #tokens: Tokens
  readonly #now: () => number
  readonly #attempts: Attempts

  constructor(db: Database, users: Users, tokens: Tokens, now: () => number = Date.now) {
    this.#db = db
    this.#users = users
    this.#tokens = tokens
    this.#now = now
    this.#attempts = new Attempts(TRIES_PER_HOUR, now)
  }

  /** Valid for 24 hours; replaces one that was not used and forgets failed tries. Throws `claim.taken`. */
  issue(): string {
    if (this.claimed()) throw taken()
    const secret = randomCharacters(SECRET_CHARACTERS)
    const now = this.#now()
    this.#db.run(
      'INSERT OR REPLACE INTO claims (id, secret_hash, created_at, expires_at) VALUES (1, ?, ?, ?)',
      secretHash(secret),
      now,
      now + VALID_MS,
    )
    this.#attempts.clear()
    return secret
  }

  claimed(): boolean {
    return this.#row()?.claimed_at != null
  }

  /** Throws `claim.taken`, `claim.limited` (10 tries an hour per address), `claim.wrong` or `claim.expired`. */
  claim(secret: string, userName: string, device: string, address: string): { user: UserRecord; token: CreatedToken } {
    const options = { description: device, scope: 'admin', days: TOKEN_DAYS_DEFAULT } as const
    this.check(secret, address)
    return this.take(secret, userName, (user) => ({ user, token: this.#tokens.create(user.id, options) }))
  }

  /** After `check`: the first user, and in the same transaction what they sign in with. */
  take<Given>(secret: string, userName: string, grant: (user: UserRecord) => Given): Given {
    if (this.claimed()) throw taken()
    this.#check(secret.trim())
    return this.#db.transaction(() => {
      this.#db.run('UPDATE claims SET claimed_at = ? WHERE id = 1', this.#now())
      return grant(this.#users.create(userName, { boxOwner: true }))
    })
  }

  /** Counts as a try. Throws as `claim` does. */
  check(secret: string, address: string): void {
    if (this.claimed()) throw taken()
    if (!this.#attempts.allow(address)) throw limited(this.#attempts.retryInMs(address))
    this.#check(secret.trim())
  }

  #check(secret: string): void {
    const row = this.#row()
    if (!row || !matchesHash(secret, row.secret_hash)) throw wrong()
    if (row.expires_at <= this.#now()) throw expired()
  }

  #row(): ClaimRow | undefined {
    return this.#db.get<ClaimRow>('SELECT * FROM claims WHERE id = 1')
  }
}

function taken(): PaasError {
  return new PaasError('conflict', 'claim.taken', 'This box has an owner already.', {
    fix: 'Ask the owner for a user of your own, then sign in.',
    command: 'paas login',
  })
}

function limited(waitMs: number): PaasError {
  const minutes = Math.max(1, Math.ceil(waitMs / 60_000))
  return new PaasError(
    'limited',
    'claim.limited',
    `More than ${TRIES_PER_HOUR} claim secrets were tried from your address in an hour.`,
    { fix: `Try again in ${minutes} minutes, with the newest secret that the box printed.` },
  )
}

function wrong(): PaasError {
  return new PaasError('forbidden', 'claim.wrong', 'This is not the claim secret of this box.', {
    fix: 'Use the newest one that the box printed, or stop the server and make another one on the box.',
    command: 'node server/main.ts claim-code',
  })
}

function expired(): PaasError {
  return new PaasError('forbidden', 'claim.expired', 'This claim secret is older than 24 hours.', {
    fix: 'Stop the server and make another one on the box.',
    command: 'node server/main.ts claim-code',
  })
}
