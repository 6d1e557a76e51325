import type { EngineEvent } from '../engine.ts'

/** Hands each event to every listener. A listener receives what happens after `subscribe` returned, even before it asks. */
export class EventStream {
  readonly #queues = new Set<EventQueue>()

  emit(event: EngineEvent): void {
    for (const queue of this.#queues) queue.push(event)
  }

  subscribe(signal: AbortSignal): AsyncIterable<EngineEvent> {
    const queue = new EventQueue()
    const close = () => {
      this.#queues.delete(queue)
      queue.close()
    }
    if (signal.aborted) queue.close()
    else this.#queues.add(queue)
    signal.addEventListener('abort', close, { once: true })
    return queue.drain(close)
  }

  close(): void {
    for (const queue of this.#queues) queue.close()
    this.#queues.clear()
  }
}

class EventQueue {
  #events: EngineEvent[] = []
  #closed = false
  #wake = () => {}

  push(event: EngineEvent): void {
    this.#events.push(event)
    this.#wake()
  }

  close(): void {
    this.#closed = true
    this.#wake()
  }

  async *drain(left: () => void): AsyncGenerator<EngineEvent> {
    try {
      while (true) {
        yield* this.#events.splice(0)
        if (this.#events.length > 0) continue
        if (this.#closed) return
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    } finally {
      left()
    }
  }
}
