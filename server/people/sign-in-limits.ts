import { PaasError } from '../errors.ts'
import { Attempts } from './attempts.ts'

/** Wrong passwords in an hour: for one user from one address, from one address for all, for one user from strange addresses. */
const PER_PAIR = 10
const PER_ADDRESS = 30
const PER_USER = 100

/**
 * Slows guessing down without locking anybody out: the limit of a user holds for addresses that the user never signed in
 * from, so that strangers cannot use it up for those who live here. Setting a password with a token forgives everything.
 */
export class SignInLimits {
  readonly #pairs: Attempts
  readonly #addresses: Attempts
  readonly #users: Attempts

  constructor(now: () => number = Date.now) {
    this.#pairs = new Attempts(PER_PAIR, now)
    this.#addresses = new Attempts(PER_ADDRESS, now)
    this.#users = new Attempts(PER_USER, now)
  }

  /** Counts a try as wrong until `succeeded`. Throws `session.limited`. */
  use(name: string, address: string, known: boolean): void {
    const network = networkOf(address)
    this.#take(this.#pairs, `${name} ${network}`)
    if (known) return
    this.#take(this.#addresses, network)
    this.#take(this.#users, name)
  }

  /** What others tried from there stays counted: who has a password of their own could guess on for ever else. */
  succeeded(name: string, address: string, known: boolean): void {
    this.#pairs.forget(`${name} ${networkOf(address)}`)
    if (known) return
    this.#addresses.takeBack(networkOf(address))
    this.#users.takeBack(name)
  }

  /** For somebody who proved in another way who they are. */
  forgive(name: string, address: string): void {
    this.#pairs.forget(`${name} ${networkOf(address)}`)
    this.#addresses.forget(networkOf(address))
    this.#users.forget(name)
  }

  #take(attempts: Attempts, key: string): void {
    if (attempts.allow(key)) return
    const minutes = Math.max(1, Math.ceil(attempts.retryInMs(key) / 60_000))
    throw new PaasError('limited', 'session.limited', 'Too many wrong passwords in an hour.', {
      fix: `Try again in ${minutes} minutes, or set a new password with a token, which opens the door at once.`,
      command: 'paas password:set',
    })
  }
}

/** One household has a /64 of IPv6: its addresses count as one. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:/, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const groups = head.split(':').filter(Boolean)
  if (tail !== undefined) {
    const after = tail.split(':').filter(Boolean)
    while (groups.length + after.length < 8) groups.push('0')
    groups.push(...after)
  }
  return groups.slice(0, 4).join(':')
}
