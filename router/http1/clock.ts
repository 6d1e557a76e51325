/** The time for timeouts and headers, read once per tick instead of once per event. */
export class Clock {
  /** Milliseconds, monotonic. */
  now = performance.now()
  readonly tickMs: number
  #dateLine = ''
  #dateSecond = -1
  readonly #timer: NodeJS.Timeout

  /** `sweep` looks for what is overdue, once per tick. */
  constructor(tickMs: number, sweep: (now: number) => void) {
    this.tickMs = tickMs
    this.#timer = setInterval(() => {
      this.now = performance.now()
      sweep(this.now)
    }, tickMs)
    this.#timer.unref()
  }

  /** The tick at which something that may take `ms` from now is overdue: never early, at most two ticks late. */
  in(ms: number): number {
    return this.now + this.tickMs + ms
  }

  /** `Date: ...` with its line end, for answers that come without one (RFC 9110 section 6.6.1). */
  dateLine(milliseconds: number): string {
    const second = Math.floor(milliseconds / 1_000)
    if (second !== this.#dateSecond) {
      this.#dateSecond = second
      this.#dateLine = `Date: ${new Date(milliseconds).toUTCString()}\r\n`
    }
    return this.#dateLine
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
