import { randomBytes } from 'node:crypto'
import type { Database } from '../db/database.ts'
import { PaasError } from '../errors.ts'
import { matchesPassword, passwordText } from './password-text.ts'

/** More than this waiting for their turn is a flood: it takes 19 MiB and 40 ms to look at one. */
const MAX_WAITING = 50

/** What users of the console sign in with; who has none uses tokens and keys only. */
export class Passwords {
  readonly #db: Database
  readonly #now: () => number
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #nobodys: Promise<string> | undefined

  constructor(db: Database, now: () => number = Date.now) {
    this.#db = db
    this.#now = now
  }

  /** To be given to `keep`. Throws `password.busy`. */
  async prepare(password: string): Promise<string> {
    return await this.#inTurn(() => passwordText(password))
  }

  /** Replaces the one before. */
  keep(userId: string, prepared: string): void {
    this.#db.run(
      'INSERT OR REPLACE INTO passwords (user_id, hash, changed_at) VALUES (?, ?, ?)',
      userId,
      prepared,
      this.#now(),
    )
  }

  has(userId: string): boolean {
    return this.#find(userId) !== undefined
  }

  /** Takes as long for nobody, and for somebody without a password, as for anyone else. Throws `password.busy`. */
  async matches(userId: string | undefined, password: string): Promise<boolean> {
    const stored = userId === undefined ? undefined : this.#find(userId)
    return await this.#inTurn(async () => {
      this.#nobodys ??= passwordText(randomBytes(32).toString('base64'))
      return (await matchesPassword(password, stored ?? (await this.#nobodys))) && stored !== undefined
    })
  }

  #find(userId: string): string | undefined {
    return this.#db.get<{ hash: string }>('SELECT hash FROM passwords WHERE user_id = ?', userId)?.hash
  }

  /** One at a time: a flood of guesses takes one core and the memory of one. */
  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= MAX_WAITING) throw busy()
    this.#waiting += 1
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      this.#waiting -= 1
    }
  }
}

function busy(): PaasError {
  return new PaasError('limited', 'password.busy', 'Too many passwords are being looked at.', {
    fix: 'Try again in a few seconds.',
  })
}
