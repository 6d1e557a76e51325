import type { Connection } from '../io/connection.ts'
import { sendOn, sendTogether } from '../io/gather.ts'
import type { Coder } from './coder.ts'
import { Framing } from './framing.ts'
import type { ResponseHead } from './response-head.ts'
import { type Passage, responseText } from './response-text.ts'

/** Worth a buffer of its own. */
const LONG_BYTES = 64 * 1024
/** Compressed between two events: a third of a millisecond at most. */
const WHOLE_BYTES = 16 * 1024

type Range = [start: number, end: number]
const NO_PAYLOAD: readonly Range[] = []

export type Receiver = {
  connection: Connection
  method: string
  minor: number
  acceptsTrailers: boolean
  /** The protocol that it may become. */
  upgrade: string | null
  /** Header lines of the router's own, for the answer. */
  lines?: string
  /** Compresses the body. Null: it passes as it is. */
  coder: Coder | null
}

/** An app's answer on its way to the client: its framing followed, its bytes passed as they come. */
export class Download {
  readonly #source: Connection
  readonly #framing = new Framing()
  #sink: Connection | null = null
  #coder: Coder | null = null
  /** The app announces no end, so each read becomes a chunk of ours. */
  #wraps = false
  /** The client knows no chunks, so only their payload passes. */
  #unwraps = false
  /** The client is the one who keeps us waiting. */
  blocked = false

  constructor(source: Connection) {
    this.#source = source
  }

  get done(): boolean {
    return this.#framing.done
  }

  get endsWithConnection(): boolean {
    return this.#framing.kind === 'until-close'
  }

  /** What the client got cannot be told from a whole answer when the connection just ends. */
  get unmarked(): boolean {
    return (this.endsWithConnection && !this.#wraps && this.#coder === null) || this.#unwraps
  }

  get bytes(): number {
    return this.#framing.payload
  }

  /**
   * Sends the head with what is there of the body. `close`: the client's connection ends with this answer. Returns the
   * position after what belongs to the answer, or -1, with nothing sent, when the body is malformed from the start.
   */
  begin(
    head: ResponseHead,
    to: Receiver,
    close: boolean,
    date: string,
    bytes: Buffer,
    from: number,
    end: number,
  ): number {
    const framing = this.#framing
    this.#frame(head, to)
    framing.keepTrailers = to.acceptsTrailers
    const payload = this.#takesPayload ? this.#watchPayload() : NO_PAYLOAD
    const after = framing.read(bytes, from, end)
    if (after < 0) return after
    const whole = this.#coder === null ? null : this.#codedWhole(this.#coder, bytes, from, payload)
    const chunked =
      whole === null && ((framing.kind === 'chunked' && !this.#unwraps) || this.#wraps || this.#coder !== null)
    const { acceptsTrailers: keepTrailers } = to
    const lines = whole === null ? (to.lines ?? '') : `${to.lines ?? ''}Content-Length: ${whole.length}\r\n`
    const asTheyAre = this.#coder === null && !this.#wraps && !this.#unwraps
    const passage: Passage = { chunked, close, keepTrailers, upgrade: false, lines, bodyFrom: asTheyAre ? from : -1 }
    const text = responseText(head, bytes, passage, date)
    this.#sink = to.connection
    this.blocked = false
    if (whole !== null) {
      if (!sendTogether(to.connection, text, whole, 0, whole.length, '')) this.#block()
    } else if (this.#coder !== null) {
      to.connection.writeText(text)
      this.#coder.begin(to.connection)
      this.#encode(this.#coder, bytes, from, payload)
    } else if (this.#wraps || this.#unwraps) {
      to.connection.writeText(text)
      this.#reframe(to.connection, bytes, from, payload)
    } else if (!sendTogether(to.connection, text, bytes, passage.bodyFrom, framing.passEnd, framing.tail)) this.#block()
    if (framing.left > LONG_BYTES) this.#source.readLarge()
    return after
  }

  /** More of the body. Returns as `begin`, but what was before is sent already. */
  receive(bytes: Buffer, from: number, end: number): number {
    const sink = this.#sink as Connection
    const framing = this.#framing
    const payload = this.#takesPayload ? this.#watchPayload() : NO_PAYLOAD
    const after = framing.read(bytes, from, end)
    if (after < 0) return after
    if (this.#coder !== null) this.#encode(this.#coder, bytes, from, payload)
    else if (this.#wraps || this.#unwraps) this.#reframe(sink, bytes, from, payload)
    else {
      let through = sendOn(this.#source, sink, bytes, from, framing.passEnd)
      if (framing.tail !== '') through = sink.writeText(framing.tail) && through
      if (!through) this.#block()
    }
    if (framing.done) this.#source.readShared(this.blocked)
    return after
  }

  /** The app has ended an answer whose end is that of the connection. */
  end(): void {
    if (this.#coder !== null) this.#coder.end('')
    else if (this.#wraps) this.#sink?.writeText('0\r\n\r\n')
  }

  /** The client takes more. */
  drained(): void {
    if (!this.blocked) return
    this.blocked = false
    this.#source.resume()
  }

  /** RFC 9112 section 6.3. */
  #frame(head: ResponseHead, { method, minor, coder }: Receiver): void {
    const framing = this.#framing
    if (method === 'HEAD' || head.status === 204 || head.status === 304) framing.begin('none')
    else if (head.chunked) framing.begin('chunked')
    else if (head.contentLength >= 0) framing.begin('sized', head.contentLength)
    else framing.begin('until-close')
    this.#coder = coder
    this.#wraps = framing.kind === 'until-close' && minor === 1 && coder === null
    this.#unwraps = framing.kind === 'chunked' && minor === 0
  }

  /** The body goes on without the app's chunks. */
  get #takesPayload(): boolean {
    return this.#unwraps || (this.#coder !== null && this.#framing.kind === 'chunked')
  }

  #watchPayload(): Range[] {
    const payload: Range[] = []
    this.#framing.onPayload = (start, end) => payload.push([start, end])
    return payload
  }

  /** Compressed at once where it is short, here already, and without trailers: that costs a fifth. Else null. */
  #codedWhole(coder: Coder, bytes: Buffer, from: number, payload: readonly Range[]): Buffer | null {
    const { done, kind, payload: size, passEnd, tail } = this.#framing
    if (!done || size > WHOLE_BYTES || tail.length > 2) return null
    if (kind !== 'chunked') return coder.whole(bytes.subarray(from, passEnd))
    return coder.whole(Buffer.concat(payload.map(([start, end]) => bytes.subarray(start, end))))
  }

  #encode(coder: Coder, bytes: Buffer, from: number, payload: readonly Range[]): void {
    const framing = this.#framing
    let more = true
    if (framing.kind === 'chunked') for (const [start, end] of payload) more = coder.write(bytes, start, end)
    else if (framing.passEnd > from) more = coder.write(bytes, from, framing.passEnd)
    if (framing.done) coder.end(framing.tail)
    else if (!more) this.#block()
  }

  #reframe(sink: Connection, bytes: Buffer, from: number, payload: readonly Range[]): void {
    const { passEnd } = this.#framing
    let through = true
    if (this.#unwraps) {
      for (const [start, end] of payload) through = sendTogether(sink, '', bytes, start, end, '') && through
    } else if (passEnd > from) {
      through = sendTogether(sink, `${(passEnd - from).toString(16)}\r\n`, bytes, from, passEnd, '\r\n')
    }
    if (!through) this.#block()
  }

  #block(): void {
    this.blocked = true
    this.#source.pause()
  }
}
