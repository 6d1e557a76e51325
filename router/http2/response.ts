import { Chunks } from '../http1/chunks.ts'
import { FIELD } from '../http1/field-names.ts'
import { Fields } from '../http1/fields.ts'
import { ResponseHead } from '../http1/response-head.ts'
import type { Carried, Carrier } from './carrier.ts'
import { LARGEST_PAYLOAD } from './frames.ts'

const BLOCK_BYTES = 128 * 1024
/** What fits into a block in any case: each of its 200 fields may take a few bytes more than its line. */
const LONGEST_HEAD = 120 * 1024
const NOT_OF_HTTP2 = new Set<number>([FIELD.connection, FIELD.hop, FIELD.transferEncoding, FIELD.te, FIELD.upgrade])

const head = new ResponseHead()
const trailerFields = new Fields()
const block = Buffer.allocUnsafeSlow(BLOCK_BYTES)

type Part = { bytes: Buffer; start: number; end: number }
type State = 'head' | 'sized' | 'chunked' | 'whole'

/** The answer on one stream: HTTP/1.1 as it is written, HTTP/2 as the windows allow (RFC 9113 sections 5.2, 8.1). */
export class Response {
  readonly #carrier: Carrier
  readonly #stream: Carried
  #state: State = 'head'
  #headOnly = false
  #left = 0
  #chunks: Chunks | null = null
  #trailers: Buffer | null = null
  readonly #queue: Part[] = []
  /** The bytes at hand must be copied to be kept. */
  #borrowed = false
  /** Payload that was read and not yet handed on, so that the last of it can say that it is. */
  #from = 0
  #to = 0
  #bytes: Buffer = block
  /** Bytes of DATA that the peer takes on this stream; negative after it has made its windows smaller. */
  window = 0
  /** Bytes that wait for windows or room. */
  pending = 0
  /** Its end has been put into the output. */
  sent = false

  constructor(carrier: Carrier, stream: Carried) {
    this.#carrier = carrier
    this.#stream = stream
  }

  begin(headOnly: boolean, window: number): void {
    this.#state = 'head'
    this.#headOnly = headOnly
    this.#trailers = null
    this.#queue.length = 0
    this.window = window
    this.pending = 0
    this.sent = false
  }

  /** All of it has been written, if not sent. */
  get whole(): boolean {
    return this.#state === 'whole'
  }

  /** Drops what was not sent. */
  drop(): void {
    this.#queue.length = 0
    this.pending = 0
  }

  /** Takes HTTP/1.1. `borrowed`: the bytes are somebody else's after the call. False: they are no answer. */
  write(bytes: Buffer, start: number, end: number, borrowed: boolean): boolean {
    this.#borrowed = borrowed
    this.#bytes = bytes
    let at = start
    while (this.#state === 'head' && at < end) {
      const after = head.read(bytes, at, end)
      if (after < 0 || after - at > LONGEST_HEAD) return false
      at = after
      this.#sendHead()
    }
    if (at === end || this.#state === 'whole') return at === end
    if (this.#state === 'sized') this.#passSized(at, end)
    else return this.#passChunks(at, end)
    return true
  }

  /** Sends what there is room for. */
  pump(): void {
    const queue = this.#queue
    let done = 0
    for (const part of queue) {
      const last = done === queue.length - 1 && this.#state === 'whole' && this.#trailers === null
      const before = part.start
      part.start = this.#emit(part.bytes, part.start, part.end, last)
      // With the last byte the stream is over, and may have been dropped.
      if (this.sent) {
        this.drop()
        return
      }
      this.pending -= part.start - before
      if (part.start < part.end) break
      done += 1
    }
    queue.splice(0, done)
    if (queue.length > 0) this.#carrier.waits(this.#stream)
    else if (this.#state === 'whole' && !this.sent) this.#sendTrailers()
  }

  #sendHead(): void {
    const { status } = head
    const interim = status < 200
    const noBody = this.#headOnly || status === 204 || status === 304 || (!head.chunked && head.contentLength <= 0)
    const { encoder, output } = this.#carrier
    encoder.begin(block)
    encoder.status(status)
    const { fields } = head
    for (let index = 0; index < fields.count; index++) {
      if (!NOT_OF_HTTP2.has(fields.kind[index] as number)) encoder.field(this.#bytes, fields, index)
    }
    output.block(this.#stream.id, noBody && !interim, block, encoder.end())
    this.#carrier.wrote(0)
    if (interim) return
    if (noBody) this.#end()
    else if (head.chunked) this.#beginChunks()
    else {
      this.#state = 'sized'
      this.#left = head.contentLength
    }
  }

  #beginChunks(): void {
    this.#state = 'chunked'
    this.#chunks ??= new Chunks()
    this.#chunks.clear()
    this.#chunks.onPayload = this.#sawPayload
  }

  #passSized(start: number, end: number): void {
    this.#left -= end - start
    if (this.#left <= 0) this.#state = 'whole'
    this.#send(start, this.#left < 0 ? end + this.#left : end, this.#left <= 0)
  }

  #passChunks(start: number, end: number): boolean {
    const chunks = this.#chunks as Chunks
    this.#from = start
    this.#to = start
    if (chunks.read(this.#bytes, start, end) < 0) return false
    if (chunks.done) {
      this.#trailers = chunks.trailers()?.bytes ?? null
      this.#state = 'whole'
    }
    const last = chunks.done && this.#trailers === null
    if (this.#to > this.#from || last) this.#send(this.#from, this.#to, last)
    if (chunks.done && !last && this.#queue.length === 0) this.#sendTrailers()
    return true
  }

  readonly #sawPayload = (start: number, end: number): void => {
    if (this.#to > this.#from) this.#send(this.#from, this.#to, false)
    this.#from = start
    this.#to = end
  }

  #send(start: number, end: number, last: boolean): void {
    const at = this.#queue.length > 0 ? start : this.#emit(this.#bytes, start, end, last)
    if (at === end) return
    const rest = this.#bytes.subarray(at, end)
    this.#queue.push({ bytes: this.#borrowed ? Buffer.from(rest) : rest, start: 0, end: end - at })
    this.pending += end - at
    this.#carrier.waits(this.#stream)
  }

  /** Puts DATA into the output as far as there is room. Returns the position after it. */
  #emit(bytes: Buffer, start: number, end: number, last: boolean): number {
    const carrier = this.#carrier
    const { output } = carrier
    let at = start
    do {
      // What is empty needs no window.
      const most = at === end ? 0 : Math.min(end - at, LARGEST_PAYLOAD, this.window, carrier.sendWindow, output.room)
      if (most <= 0 && at < end) break
      const endStream = last && at + most === end
      output.data(this.#stream.id, endStream, bytes, at, at + most)
      at += most
      this.window -= most
      carrier.wrote(most)
      if (endStream) this.#end()
    } while (at < end)
    return at
  }

  /** RFC 9113 section 8.1: HEADERS that end the stream; what an HTTP/1.1 trailer section may not hold stays behind. */
  #sendTrailers(): void {
    const section = this.#trailers as Buffer
    const { encoder, output } = this.#carrier
    trailerFields.read(section, 0, section.length)
    encoder.begin(block)
    for (let index = 0; index < trailerFields.count; index++) {
      if (trailerFields.kind[index] === FIELD.other) encoder.field(section, trailerFields, index)
    }
    const length = encoder.end()
    if (length > 0) output.block(this.#stream.id, true, block, length)
    else output.data(this.#stream.id, true, section, 0, 0)
    this.#carrier.wrote(0)
    this.#end()
  }

  #end(): void {
    this.#state = 'whole'
    this.sent = true
    this.#carrier.answered(this.#stream)
  }
}
