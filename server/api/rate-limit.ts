const WINDOW_MS = 60_000
/** Forgets the windows that are over when there are more keys than this. */
const MAX_KEYS = 10_000

type Window = { endsAt: number; used: number }

/** At most `limit` uses per key and minute. */
export class RateLimit {
  readonly #limit: number
  readonly #now: () => number
  readonly #windows = new Map<string, Window>()

  constructor(limit: number, now: () => number = Date.now) {
    this.#limit = limit
    this.#now = now
  }

  /** Seconds to wait, or 0 when this use was within the limit. */
  use(key: string): number {
    const now = this.#now()
    if (this.#windows.size > MAX_KEYS) this.#sweep(now)
    const current = this.#windows.get(key)
    const window = current && current.endsAt > now ? current : { endsAt: now + WINDOW_MS, used: 0 }
    window.used += 1
    this.#windows.set(key, window)
    return window.used > this.#limit ? Math.ceil((window.endsAt - now) / 1000) : 0
  }

  #sweep(now: number): void {
    for (const [key, { endsAt }] of this.#windows) if (endsAt <= now) this.#windows.delete(key)
  }
}
