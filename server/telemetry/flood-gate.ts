/** RELIABILITY G10: a noisy app hurts only itself. */
export const LINES_PER_SECOND = 5_000
export const BYTES_PER_SECOND = 5 * 1024 * 1024
/** From here on even reading the lines to count them costs too much. */
export const SWAMPED_LINES = 20_000
const WINDOW_MS = 1_000

/** Lets an instance say so much per second; the rest is dropped, and one line says how many. */
export class FloodGate implements Disposable {
  readonly #report: (text: string) => void
  #lines = 0
  #bytes = 0
  #dropped = 0
  #ends = 0
  #timer: NodeJS.Timeout | undefined

  constructor(report: (text: string) => void) {
    this.#report = report
  }

  /** True when the caller should stop reading until the second is over, and go on from there. */
  get swamped(): boolean {
    return this.#dropped >= SWAMPED_LINES
  }

  /** Milliseconds until it opens again. */
  get opensInMs(): number {
    return Math.max(0, this.#ends - performance.now())
  }

  /** False for a line that is to be dropped. */
  admit(bytes: number): boolean {
    if (performance.now() >= this.#ends) this.#next()
    this.#lines += 1
    this.#bytes += bytes
    if (this.#lines <= LINES_PER_SECOND && this.#bytes <= BYTES_PER_SECOND) return true
    this.#dropped += 1
    this.#timer ??= setTimeout(() => this.#next(), this.opensInMs)
    return false
  }

  [Symbol.dispose](): void {
    this.#next()
  }

  #next(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#dropped > 0) this.#report(`${this.swamped ? 'More than ' : ''}${this.#dropped} lines dropped`)
    this.#lines = 0
    this.#bytes = 0
    this.#dropped = 0
    this.#ends = performance.now() + WINDOW_MS
  }
}
