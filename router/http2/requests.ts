import { CompressionError, Decoder } from './decoder.ts'
import { CODE } from './frames.ts'
import { HeaderBlock } from './header-block.ts'
import type { Host } from './host.ts'
import { ReceiveWindow } from './receive-window.ts'
import { RequestFields } from './request-fields.ts'
import { MOST_STREAMS } from './streams.ts'
import type { VirtualConnection } from './virtual-connection.ts'

/** What a client may send on all streams together before the apps have taken any of it. */
export const CONNECTION_WINDOW_BYTES = 1024 * 1024

const fields = new RequestFields()

/** Reads HEADERS, CONTINUATION and DATA (RFC 9113 sections 6.1, 6.2, 6.10, 8): requests, as they go to their streams. */
export class Requests {
  readonly #host: Host
  readonly #decoder = new Decoder()
  readonly #block = new HeaderBlock()
  readonly #window = new ReceiveWindow(CONNECTION_WINDOW_BYTES)
  /** Of the DATA frame at hand: what it says, and what of it nobody has taken. */
  #dataId = 0
  #dataEmpty = false
  #dataLeft = 0
  peerWindow = 0

  constructor(host: Host, peerWindow: number) {
    this.#host = host
    this.peerWindow = peerWindow
  }

  /** The stream whose field block is not complete; 0: none. Nothing else may come before it is. */
  get blockId(): number {
    return this.#block.id
  }

  headers(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const code = id % 2 === 0 ? CODE.protocolError : this.#block.begin(flags, id, bytes, start, end)
    if (code !== null) this.#host.fail(code)
    else if (this.#block.id === 0) this.#complete(id)
  }

  continuation(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (start === end) this.#host.idleFrame()
    const code = this.#block.id !== id || id === 0 ? CODE.protocolError : this.#block.continue(flags, bytes, start, end)
    if (code !== null) this.#host.fail(code)
    else if (this.#block.id === 0) this.#complete(id)
  }

  dataBegins(id: number, length: number): void {
    this.#dataId = 0
    this.#dataEmpty = true
    this.#dataLeft = length
    if (id === 0 || id > this.#host.lastId) this.#host.fail(CODE.protocolError)
    else if (!this.#window.receive(length)) this.#host.fail(CODE.flowControlError)
    else {
      const stream = this.#host.streams.find(id)
      if (!stream) this.#late(id)
      else if (stream.body.ended) this.#host.resetStream(id, CODE.streamClosed)
      else if (!stream.receiveWindow.receive(length)) this.#host.resetStream(id, CODE.flowControlError)
      else this.#dataId = id
    }
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    const stream = this.#dataStream()
    this.#dataEmpty = false
    if (!stream) return
    this.#dataLeft -= end - start
    if (!stream.body.data(bytes, start, end, endStream)) {
      this.#return(end - start)
      this.#host.resetStream(this.#dataId, CODE.protocolError)
    }
  }

  dataEnds(endStream: boolean): void {
    const stream = this.#dataStream()
    if (this.#dataEmpty && !endStream) this.#host.idleFrame()
    if (this.#dataLeft > 0) this.#give(stream, this.#dataLeft)
    if (!stream || !endStream || stream.body.ended) return
    if (!stream.body.end('')) this.#host.resetStream(this.#dataId, CODE.protocolError)
  }

  /** The app has taken so many bytes of a stream's body, or nobody will. */
  consumed(id: number, bytes: number): void {
    this.#give(this.#host.streams.find(id), bytes)
  }

  #dataStream(): VirtualConnection | undefined {
    return this.#dataId === 0 ? undefined : this.#host.streams.find(this.#dataId)
  }

  #give(stream: VirtualConnection | undefined, bytes: number): void {
    this.#return(bytes)
    if (!stream || stream.body.ended) return
    const told = stream.receiveWindow.consume(bytes)
    if (told === 0) return
    this.#host.output.windowUpdate(stream.id, told)
    this.#host.wrote(0)
  }

  #return(bytes: number): void {
    const told = this.#window.consume(bytes)
    if (told === 0) return
    this.#host.output.windowUpdate(0, told)
    this.#host.wrote(0)
  }

  /** A whole block is here. It is decoded in any case, since all blocks share one table. */
  #complete(id: number): void {
    const { bytes, start, end, endStream } = this.#block
    const stream = this.#host.streams.find(id)
    fields.begin(stream !== undefined)
    try {
      this.#decoder.decode(bytes, start, end, fields)
    } catch (error) {
      if (!(error instanceof CompressionError)) throw error
      this.#host.fail(CODE.compressionError)
      return
    }
    if (stream) this.#trailers(stream, endStream)
    else if (id <= this.#host.lastId) this.#late(id)
    else if (this.#host.begins(id)) this.#request(id, endStream)
  }

  #request(id: number, endStream: boolean): void {
    const host = this.#host
    fields.judge(!endStream)
    if (fields.malformed) host.resetStream(id, CODE.protocolError)
    else if (host.streams.size >= MOST_STREAMS) host.resetStream(id, CODE.refusedStream)
    else {
      const { contentLength, headOnly } = fields
      const text = fields.headText(!endStream && contentLength < 0)
      const stream = host.streams.seat(id)
      stream.open(id, { headOnly, declared: contentLength, ended: endStream }, this.peerWindow)
      stream.head(text)
    }
  }

  #trailers(stream: VirtualConnection, endStream: boolean): void {
    const { id } = stream
    if (stream.body.ended) this.#host.resetStream(id, CODE.streamClosed)
    else if (!endStream || fields.malformed || !stream.body.end(fields.trailerText())) {
      this.#host.resetStream(id, CODE.protocolError)
    }
  }

  /** A frame for a stream that is over (section 5.1). */
  #late(id: number): void {
    if (this.#host.wasReset(id)) this.#host.idleFrame()
    else this.#host.fail(CODE.streamClosed)
  }
}
