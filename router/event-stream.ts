import type { Writable } from 'node:stream'
import type { RouterEvent } from './contract/event.ts'
import { LineBatch, type LineSink } from './line-batch.ts'

/** A reader this far behind misses events until it has caught up. */
const BACKLOG_BYTES = 1_048_576

/** Events, or batches of them, that wait for readers to come over. */
const MOST_KEPT = 10_000

/** Sends events as NDJSON to whoever reads along, in the order in which they came. */
export class EventStream implements LineSink {
  readonly #readers = new Map<Writable, Reader>()
  readonly #requests = new LineBatch((lines, count) => this.requests(lines, count))
  readonly #wantedChanged: (wanted: boolean) => void
  #wanted = false
  /** Lines for readers who are about to come over. */
  #kept: [type: RouterEvent['type'], lines: string, count: number][] | null = null

  /** `wantedChanged` hears of the first reader of requests that comes, and of the last one that goes. */
  constructor(wantedChanged: (wanted: boolean) => void = () => {}) {
    this.#wantedChanged = wantedChanged
  }

  /** Somebody reads requests. Without a reader not even their lines are made. */
  get wanted(): boolean {
    return this.#wanted
  }

  publish(event: RouterEvent): void {
    if (this.#readers.size === 0 && !this.#kept) return
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
    const reader = new Reader(sink, only)
    for (const [type, lines, count] of this.#kept ?? []) if (reader.wants(type)) reader.send(lines, count)
    this.#readers.set(sink, reader)
    this.#look()
    sink.on('error', () => {})
    sink.once('close', () => {
      this.#readers.delete(sink)
      this.#look()
    })
  }

  /** Readers of the process before this one will come over: what happens until then is kept for them. */
  keep(forMs: number): void {
    this.#kept = []
    this.#look()
    setTimeout(() => {
      this.#kept = null
      this.#look()
    }, forMs).unref()
  }

  /** Ends all readers in order, who find the next process at the same place. */
  end(): void {
    this.flush()
    for (const sink of this.#readers.keys()) sink.end()
    this.#readers.clear()
    this.#look()
  }

  #send(type: RouterEvent['type'], lines: string, count: number): void {
    if (this.#kept && this.#kept.length < MOST_KEPT) this.#kept.push([type, lines, count])
    for (const reader of this.#readers.values()) if (reader.wants(type)) reader.send(lines, count)
  }

  #look(): void {
    const wanted = this.#kept !== null || [...this.#readers.values()].some((reader) => reader.wants('request'))
    if (wanted === this.#wanted) return
    this.#wanted = wanted
    this.#wantedChanged(wanted)
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
