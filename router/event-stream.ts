import type { Writable } from 'node:stream'
import type { RouterEvent } from './contract.ts'

/** A reader this far behind misses events until it has caught up. */
const BACKLOG_BYTES = 1_048_576

/** Sends events as NDJSON to whoever reads along. Without a reader nothing is even formatted. */
export class EventStream {
  readonly #readers = new Map<Writable, Reader>()

  get watched(): boolean {
    return this.#readers.size > 0
  }

  publish(event: RouterEvent): void {
    if (!this.watched) return
    let line: string | undefined
    for (const reader of this.#readers.values()) {
      if (!reader.wants(event)) continue
      line ??= `${JSON.stringify(event)}\n`
      reader.send(line)
    }
  }

  /** Reads until the stream closes; of one type of event only, or of all. */
  add(sink: Writable, only: string | null = null): void {
    this.#readers.set(sink, new Reader(sink, only))
    sink.on('error', () => {})
    sink.once('close', () => this.#readers.delete(sink))
  }
}

class Reader {
  readonly #sink: Writable
  readonly #only: string | null
  #dropped = 0

  constructor(sink: Writable, only: string | null) {
    this.#sink = sink
    this.#only = only
    sink.on('drain', () => this.#catchUp())
  }

  wants(event: RouterEvent): boolean {
    return this.#only === null || this.#only === event.type
  }

  send(line: string): void {
    if (this.#dropped > 0 || this.#sink.writableLength > BACKLOG_BYTES) this.#dropped += 1
    else this.#sink.write(line)
  }

  #catchUp(): void {
    if (this.#dropped === 0) return
    const missing: RouterEvent = { type: 'dropped', count: this.#dropped }
    this.#dropped = 0
    this.#sink.write(`${JSON.stringify(missing)}\n`)
  }
}
