/** Requests waiting for something to change. Each is woken, or gives up by its own limit. */
export class Gate {
  readonly #waiting = new Set<(woken: boolean) => void>()

  get size(): number {
    return this.#waiting.size
  }

  /** True when opened; false when the limit passed or the signal ended the wait. */
  wait(limitMs: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || limitMs <= 0) return Promise.resolve(false)
    return new Promise((resolve) => {
      const leave = (woken: boolean) => {
        clearTimeout(timer)
        signal.removeEventListener('abort', giveUp)
        this.#waiting.delete(leave)
        resolve(woken)
      }
      const giveUp = () => leave(false)
      const timer = setTimeout(giveUp, limitMs)
      signal.addEventListener('abort', giveUp)
      this.#waiting.add(leave)
    })
  }

  open(): void {
    for (const leave of [...this.#waiting]) leave(true)
  }
}
