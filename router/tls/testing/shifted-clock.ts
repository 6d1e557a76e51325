import type { Clock } from '../clock.ts'

/** The real time, moved forward by hand: days pass at once, and network calls still take their milliseconds. */
export class ShiftedClock implements Clock {
  readonly #sleepers = new Set<() => void>()
  #shiftMs = 0

  now(): number {
    return Date.now() + this.#shiftMs
  }

  advance(ms: number): void {
    this.#shiftMs += ms
    for (const look of [...this.#sleepers]) look()
  }

  sleepUntil(at: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const look = () => {
        clearTimeout(timer)
        if (signal.aborted || this.now() >= at) {
          this.#sleepers.delete(look)
          signal.removeEventListener('abort', look)
          resolve()
        } else timer = setTimeout(look, Math.min(at - this.now(), 3_600_000))
      }
      this.#sleepers.add(look)
      signal.addEventListener('abort', look, { once: true })
      look()
    })
  }
}
