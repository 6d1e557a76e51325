import type { Writable } from 'node:stream'
import type { RouterEvent } from './contract.ts'
import { LineBatch, type LineSink } from './line-batch.ts'

/** A reader this far behind misses events until it has caught up. */
const BACKLOG_BYTES = 1_048_576

/** Sends events as NDJSON to whoever reads along, in the order in which they came. */
export class EventStream implements LineSink {
  readonly #readers = new Map<Writable, Reader>()
  readonly #requests = new LineBatch((lines, count) => this.requests(lines, count))
  #wanted = false

  /** Somebody reads requests. Without a reader not even their lines are made. */
  get wanted(): boolean {
    return this.#wanted
  }

  publish(event: RouterEvent): void {
    if (this.#readers.size === 0) return
    this.flush()
    this.#send(event.type, `${JSON.stringify(event)}\n`, 1)
  }

  /** One `request` event, as a line; it may wait for others. */
  append(line: string): void {
    this.#requests.append(line)
  }

  /** Many of them at once. */
  requests(lines: string, count: number): void {
    this.#send('request', lines, count)
  }

  /** Sends what waits for others. */
  flush(): void {
    this.#requests.flush()
  }

  /** Reads until the stream closes; of one type of event only, or of all. */
  add(sink: Writable, only: string | null = null): void {
    this.#readers.set(sink, new Reader(sink, only))
    this.#look()
    sink.on('error', () => {})
    sink.once('close', () => {
      this.#readers.delete(sink)
      this.#look()
    })
  }

  #send(type: RouterEvent['type'], lines: string, count: number): void {
    for (const reader of this.#readers.values()) if (reader.wants(type)) reader.send(lines, count)
  }

  #look(): void {
    this.#wanted = [...this.#readers.values()].some((reader) => reader.wants('request'))
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

  wants(type: RouterEvent['type']): boolean {
    return this.#only === null || this.#only === type
  }

  send(lines: string, count: number): void {
    if (this.#dropped > 0 || this.#sink.writableLength > BACKLOG_BYTES) this.#dropped += count
    else this.#sink.write(lines)
  }

  #catchUp(): void {
    if (this.#dropped === 0) return
    const missing: RouterEvent = { type: 'dropped', count: this.#dropped }
    this.#dropped = 0
    this.#sink.write(`${JSON.stringify(missing)}\n`)
  }
}
