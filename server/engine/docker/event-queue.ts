import type { EngineEvent } from '../engine.ts'

/** A reader that is this far behind is told to list again instead. */
const MAX_WAITING = 10_000

/** Between the one event stream and one watcher: keeps from the moment it is made, ends with the signal. */
export class EventQueue implements AsyncIterable<EngineEvent> {
  readonly #waiting: EngineEvent[] = []
  readonly #signal: AbortSignal
  #wake: () => void = () => {}

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake(), { once: true })
  }

  push(event: EngineEvent): void {
    if (this.#waiting.length >= MAX_WAITING) this.#waiting.splice(0, MAX_WAITING, { type: 'resync' })
    else this.#waiting.push(event)
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncIterator<EngineEvent> {
    while (!this.#signal.aborted) {
      const event = this.#waiting.shift()
      if (event) yield event
      else await this.#news()
    }
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
