import { hash, randomBytes } from '../builtins.ts'
import type { BasicUser } from '../contract/table.ts'
import { Turns } from '../turns.ts'
import { matches, type PasswordHash, readHash } from './password-hash.ts'
import { visitorOf } from './rate-limit.ts'
import { type Refused, tooMany } from './refused.ts'

/** Passwords that are remembered as right, of one service. */
const MOST_VERIFIED = 1_000
/** A check takes tens of milliseconds of a processor: whoever tries many waits for himself, and the line has an end. */
const turns = new Turns({ atOnce: 2, most: 64, mostEach: 4 })
const BUSY = tooMany(1)
/** What is remembered of a password is of no use to anybody who reads this process's memory later. */
const key = randomBytes(32).toString('base64')

/** HTTP basic authentication (RFC 7617): the name and password of one of the users. */
export class BasicAuth {
  readonly #refused: Refused
  readonly #users = new Map<string, PasswordHash>()
  readonly #verified = new Set<string>()
  readonly #checking = new Map<string, Promise<boolean>>()

  constructor({ realm, users }: { realm: string; users: readonly BasicUser[] }) {
    const problem = { status: 401, title: 'Unauthorized', help: 'This app asks for a name and a password.' }
    this.#refused = { problem, lines: `WWW-Authenticate: Basic realm="${realm}", charset="UTF-8"\r\n` }
    for (const { name, hash } of users) {
      const read = readHash(hash)
      if (read) this.#users.set(name, read)
    }
  }

  /** Null: come in. Known credentials and none at all are answered at once; others are checked off the event loop. */
  admit(authorization: string | undefined, address: string): Refused | null | Promise<Refused | null> {
    if (authorization === undefined) return this.#refused
    // As good as an HMAC here, where nobody sees what comes out, and a tenth of its cost.
    const digest = hash('sha256', key + authorization, 'base64')
    if (this.#verified.has(digest)) return null
    const given = readCredentials(authorization)
    if (!given) return this.#refused
    const check = this.#checking.get(digest) ?? this.#check(digest, given, address)
    return check ? this.#judge(check) : BUSY
  }

  async #judge(check: Promise<boolean>): Promise<Refused | null> {
    return (await check) ? null : this.#refused
  }

  /** A browser that opens six connections with the same password has it checked once. */
  #check(digest: string, { name, password }: Credentials, address: string): Promise<boolean> | undefined {
    const hash = this.#users.get(name)
    // Somebody's hash in place of nobody's: that a name is unknown must not be told by the time it takes.
    const standIn = hash ?? this.#users.values().next().value
    if (!standIn) return Promise.resolve(false)
    const check = turns.take(visitorOf(address), async () => {
      const right = (await matches(password, standIn)) && hash !== undefined
      if (right) this.#remember(digest)
      this.#checking.delete(digest)
      return right
    })
    if (check) this.#checking.set(digest, check)
    return check
  }

  #remember(digest: string): void {
    const [oldest] = this.#verified
    if (this.#verified.size >= MOST_VERIFIED && oldest !== undefined) this.#verified.delete(oldest)
    this.#verified.add(digest)
  }
}

type Credentials = { name: string; password: string }

function readCredentials(authorization: string): Credentials | null {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? []
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon === -1 ? null : { name: text.slice(0, colon), password: text.slice(colon + 1) }
}
