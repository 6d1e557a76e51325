/** How often something may happen: so many times at once, and so many more each second, or earned otherwise. */
export class Allowance {
  readonly #most: number
  readonly #perMs: number
  #left: number
  #at: number

  /** `now` in milliseconds, as in the calls that follow. */
  constructor(most: number, perSecond: number, now: number) {
    this.#most = most
    this.#perMs = perSecond / 1_000
    this.#left = most
    this.#at = now
  }

  /** False: it is used up. */
  spend(now: number): boolean {
    if (now > this.#at) {
      this.#left = Math.min(this.#most, this.#left + (now - this.#at) * this.#perMs)
      this.#at = now
    }
    this.#left -= 1
    return this.#left >= 0
  }

  earn(times: number): void {
    this.#left = Math.min(this.#most, this.#left + times)
  }
}
