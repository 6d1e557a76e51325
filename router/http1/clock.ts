/** The time for timeouts and headers, read once per tick instead of once per event. */
export class Clock {
  /** Milliseconds, monotonic. */
  now = performance.now()
  readonly tickMs: number
  /** `Date: ...` with its line end, for answers that come without one (RFC 9110 section 6.6.1). */
  dateLine = dateLine()
  readonly #timer: NodeJS.Timeout

  /** `sweep` looks for what is overdue, once per tick. */
  constructor(tickMs: number, sweep: (now: number) => void) {
    this.tickMs = tickMs
    this.#timer = setInterval(() => {
      this.now = performance.now()
      this.dateLine = dateLine()
      sweep(this.now)
    }, tickMs)
    this.#timer.unref()
  }

  /** The tick at which something that may take `ms` from now is overdue: never early, at most two ticks late. */
  in(ms: number): number {
    return this.now + this.tickMs + ms
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

function dateLine(): string {
  return `Date: ${new Date().toUTCString()}\r\n`
}
