import type { Connection } from '../io/connection.ts'
import { sendTogether } from '../io/gather.ts'
import type { Encoding } from '../rules/accept-encoding.ts'
import { compressWhole, type EncodingStream, flush, streamOf } from './encoders.ts'

/** Each holds up to some MB, and all share the threads that other work of the process needs too. */
const MOST_AT_ONCE = 128
/** What an app has sent is with its visitor after this long, also when it pauses in the middle. */
const FLUSH_MS = 20

/** Whoever follows an answer through its compression. */
export interface CoderWatcher {
  /** The coder takes more. */
  taken(): void
  /** Something has gone out to the client. */
  coded(): void
  /** All has been handed on. `blocked`: the client has yet to take the last of it. */
  codedWhole(blocked: boolean): void
  codingFailed(): void
}

let open = 0

/** One answer on its way through compression: payload in, chunks for the client out, with back-pressure both ways. */
export class Coder {
  readonly encoding: Encoding
  readonly #watcher: CoderWatcher
  #stream: EncodingStream | null = null
  #timer: NodeJS.Timeout | null = null
  #tail = ''
  #closed = false
  /** Of the compressed body. */
  bytes = 0
  /** All has been handed on to the client. */
  done = false

  /** Null: too many are at work. */
  static open(encoding: Encoding, watcher: CoderWatcher): Coder | null {
    return open < MOST_AT_ONCE ? new Coder(encoding, watcher) : null
  }

  private constructor(encoding: Encoding, watcher: CoderWatcher) {
    open += 1
    this.encoding = encoding
    this.#watcher = watcher
  }

  /** A short body that is here as a whole, at once. It is for the caller to send. */
  whole(body: Buffer): Buffer {
    const coded = compressWhole(this.encoding, body)
    this.bytes = coded.length
    this.done = true
    this.close()
    return coded
  }

  /** Where it goes. The head has been sent. */
  begin(sink: Connection): void {
    const stream = streamOf(this.encoding)
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => this.#send(stream, sink, chunk))
    stream.on('drain', () => this.#watcher.taken())
    stream.on('end', () => this.#finish(sink))
    stream.on('error', () => this.#closed || this.#watcher.codingFailed())
  }

  /** Copies the bytes. False: no more before `taken`. */
  write(bytes: Buffer, start: number, end: number): boolean {
    const more = this.#stream?.write(Buffer.from(bytes.subarray(start, end))) ?? false
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS)
    return more
  }

  /** `tail`: the trailer section with its end, or empty. */
  end(tail: string): void {
    this.#tail = tail
    this.#stream?.end()
  }

  /** The client takes more. */
  drained(): void {
    this.#stream?.resume()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    open -= 1
    if (this.#timer) clearTimeout(this.#timer)
    this.#stream?.destroy()
  }

  #flush(): void {
    this.#timer = null
    if (this.#stream) flush(this.encoding, this.#stream)
  }

  #send(stream: EncodingStream, sink: Connection, chunk: Buffer): void {
    this.bytes += chunk.length
    const size = `${chunk.length.toString(16)}\r\n`
    if (!sendTogether(sink, size, chunk, 0, chunk.length, '\r\n')) stream.pause()
    this.#watcher.coded()
  }

  #finish(sink: Connection): void {
    if (this.#closed) return
    this.close()
    this.done = true
    const through = sink.writeText(`0\r\n${this.#tail || '\r\n'}`)
    this.#watcher.codedWhole(!through)
  }
}
