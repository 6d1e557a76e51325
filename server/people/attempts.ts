const HOUR_MS = 3_600_000
/** So that a flood of addresses cannot fill the memory: the oldest are forgotten. */
const MAX_ADDRESSES = 10_000

/** Counts tries per address in a sliding hour, in memory. One address never locks another out. */
export class Attempts {
  readonly #perHour: number
  readonly #now: () => number
  readonly #times = new Map<string, number[]>()

  constructor(perHour: number, now: () => number) {
    this.#perHour = perHour
    this.#now = now
  }

  /** True when this try is allowed; it is counted then. Otherwise how long to wait is `retryInMs`. */
  allow(address: string): boolean {
    const recent = this.#recent(address)
    if (recent.length >= this.#perHour) return false
    this.#times.delete(address)
    this.#times.set(address, [...recent, this.#now()])
    const oldest = this.#times.keys().next()
    if (this.#times.size > MAX_ADDRESSES && !oldest.done) this.#times.delete(oldest.value)
    return true
  }

  retryInMs(address: string): number {
    const first = this.#recent(address)[0]
    return first === undefined ? 0 : first + HOUR_MS - this.#now()
  }

  /** The newest try was none after all. */
  takeBack(address: string): void {
    this.#times.get(address)?.pop()
  }

  forget(address: string): void {
    this.#times.delete(address)
  }

  clear(): void {
    this.#times.clear()
  }

  #recent(address: string): number[] {
    const since = this.#now() - HOUR_MS
    return (this.#times.get(address) ?? []).filter((time) => time > since)
  }
}
