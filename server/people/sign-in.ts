import { PaasError } from '../errors.ts'
import type { UserRecord } from './actor.ts'
import type { Claims } from './claims.ts'
import type { Passwords } from './passwords.ts'
import type { OpenedSession, Sessions } from './sessions.ts'
import { SignInLimits } from './sign-in-limits.ts'
import type { Users } from './users.ts'

type Parts = { users: Users; claims: Claims; passwords: Passwords; sessions: Sessions; now?: () => number }
type From = { device: string; address: string }
type Credentials = { name: string; password: string }
export type SignedInUser = { user: UserRecord; opened: OpenedSession }

/** How people come in by a browser: the first by the claim secret, everybody by name and password. */
export class SignIn {
  readonly #users: Users
  readonly #claims: Claims
  readonly #passwords: Passwords
  readonly #sessions: Sessions
  readonly #limits: SignInLimits

  constructor({ users, claims, passwords, sessions, now }: Parts) {
    this.#users = users
    this.#claims = claims
    this.#passwords = passwords
    this.#sessions = sessions
    this.#limits = new SignInLimits(now)
  }

  /** Makes the first user. Throws what `Claims.claim` throws. */
  async setUp(secret: string, { name, password }: Credentials, from: From): Promise<SignedInUser> {
    this.#claims.check(secret, from.address)
    const prepared = await this.#passwords.prepare(password)
    return this.#claims.take(secret, name, (user) => {
      this.#passwords.keep(user.id, prepared)
      return { user, opened: this.#sessions.open(user.id, from) }
    })
  }

  /** Says the same for a name that is not there and a password that is wrong: throws `session.wrong` or `session.limited`. */
  async signIn({ name, password }: Credentials, from: From): Promise<SignedInUser> {
    const user = this.#users.find(name)
    await this.#check(user, { name, password }, from.address)
    if (!user) throw wrong()
    return { user, opened: this.#sessions.open(user.id, from) }
  }

  /** The password again. Returns until when that counts. Throws `password.wrong` or `session.limited`. */
  async confirm(user: UserRecord, session: string, password: string, address: string): Promise<number> {
    await this.#checkOwn(user, password, address)
    return this.#sessions.confirm(session)
  }

  /**
   * Ends all other sessions. In a session the one before is asked for; a token with scope `admin` is proof enough, which
   * is how users get their first password and a forgotten one is replaced.
   */
  async setPassword(user: UserRecord, change: PasswordChange, address: string): Promise<void> {
    if (change.session !== undefined) await this.#checkOwn(user, change.current ?? '', address)
    const prepared = await this.#passwords.prepare(change.password)
    this.#passwords.keep(user.id, prepared)
    this.#sessions.endOthers(user.id, change.session)
    this.#limits.forgive(user.name, address)
  }

  async #checkOwn(user: UserRecord, password: string, address: string): Promise<void> {
    try {
      await this.#check(user, { name: user.name, password }, address)
    } catch (error) {
      throw error instanceof PaasError && error.code === 'session.wrong' ? wrongPassword() : error
    }
  }

  async #check(user: UserRecord | undefined, { name, password }: Credentials, address: string): Promise<void> {
    const known = user !== undefined && this.#sessions.knows(user.id, address)
    this.#limits.use(name, address, known)
    if (!(await this.#passwords.matches(user?.id, password))) throw wrong()
    this.#limits.succeeded(name, address, known)
  }
}

export type PasswordChange = { password: string; current: string | undefined; session: string | undefined }

function wrong(): PaasError {
  return new PaasError('forbidden', 'session.wrong', 'There is no user with this name and password.', {
    fix: 'Who has no password yet sets one with a token, on a machine that is signed in.',
    command: 'paas password:set',
  })
}

function wrongPassword(): PaasError {
  return new PaasError('forbidden', 'password.wrong', 'This is not your password.', {
    fix: 'If it is forgotten, set a new one with a token.',
    command: 'paas password:set',
  })
}
