import { isIPv6 } from 'node:net'

/** More than this many busy visitors are not told apart for as long: the ones seen longest ago start afresh. */
const MOST_REMEMBERED = 50_000
const NETWORK_GROUPS = 4

/** `tokens` at the time `at`, in milliseconds. */
type Bucket = { tokens: number; at: number }

/**
 * A token bucket for each client address. A bucket that nobody touched while it filled up is as good as a new one, so
 * the older half is dropped whole after that time: memory follows the visitors of a moment, and no timer is needed.
 */
export class RateLimit {
  readonly #perMs: number
  readonly #burst: number
  readonly #fillMs: number
  #young = new Map<string, Bucket>()
  #old = new Map<string, Bucket>()
  #turnedAt = 0

  constructor({ perSecond, burst }: { perSecond: number; burst: number }) {
    this.#perMs = perSecond / 1_000
    this.#burst = burst
    this.#fillMs = burst / this.#perMs
  }

  get remembered(): number {
    return this.#young.size + this.#old.size
  }

  /** Takes a token: 0; or, when there is none, the seconds until there is one. `now` in milliseconds, monotonic. */
  take(address: string, now: number): number {
    const bucket = this.#bucket(visitorOf(address), now)
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.at) * this.#perMs)
    bucket.at = now
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / this.#perMs / 1_000)
    bucket.tokens -= 1
    return 0
  }

  #bucket(visitor: string, now: number): Bucket {
    const known = this.#young.get(visitor)
    if (known) return known
    if (now - this.#turnedAt > this.#fillMs || this.#young.size >= MOST_REMEMBERED / 2) this.#turn(now)
    const bucket = this.#old.get(visitor) ?? { tokens: this.#burst, at: now }
    this.#old.delete(visitor)
    this.#young.set(visitor, bucket)
    return bucket
  }

  #turn(now: number): void {
    this.#old = this.#young
    this.#young = new Map()
    this.#turnedAt = now
  }
}

/** One household or machine has a /64 of IPv6 to itself, and could use every address of it. */
export function visitorOf(address: string): string {
  // The expression behind isIPv6 is a long one.
  if (!address.includes(':') || !isIPv6(address)) return address
  const [head = '', tail] = address.toLowerCase().split('%')[0]?.split('::') ?? []
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...new Array<string>(missing).fill('0'), ...back]
  return groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
