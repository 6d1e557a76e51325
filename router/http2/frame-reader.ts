import { CODE, type Code, FLAG, FRAME, FRAME_HEADER_BYTES, LARGEST_PAYLOAD, PREFACE } from './frames.ts'

/** Hears of frames in their order. */
export interface FrameTaker {
  /** False: nothing more is of interest. */
  readonly reading: boolean
  /** A whole frame, other than DATA; its payload may be looked at during the call only. */
  frame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void
  /** A DATA frame begins; `length` is what counts for flow control. Its payload follows as it arrives. */
  dataBegins(id: number, length: number): void
  /** `endStream`: these are the last bytes of the stream; where padding follows, only `dataEnds` says so. */
  data(bytes: Buffer, start: number, end: number, endStream: boolean): void
  dataEnds(endStream: boolean): void
  /** What came cannot be read on. */
  failed(code: Code): void
}

/** Takes a connection's bytes apart into frames (RFC 9113 section 4.1), through reads that end anywhere. */
export class FrameReader {
  readonly #taker: FrameTaker
  readonly #header = Buffer.alloc(FRAME_HEADER_BYTES)
  #preface = 0
  #have = 0
  #type = 0
  #flags = 0
  #id = 0
  /** Of the payload at hand, or -1 between frames. */
  #left = -1
  /** Of a DATA frame: padding at its end, once its length is known. */
  #padding = 0
  #paddingUnknown = false
  #held: Buffer | null = null
  #heldBytes = 0
  /** Frames seen so far. */
  count = 0

  constructor(taker: FrameTaker) {
    this.#taker = taker
  }

  /** Part of something is here that the peer could complete at once. */
  get partial(): boolean {
    return this.#preface < PREFACE.length || this.#have > 0 || (this.#left >= 0 && this.#type !== FRAME.data)
  }

  read(bytes: Buffer, start: number, end: number): void {
    let at = this.#preface < PREFACE.length ? this.#readPreface(bytes, start, end) : start
    while (at < end && this.#taker.reading) {
      if (this.#left < 0) at = this.#readHeader(bytes, at, end)
      else if (this.#type === FRAME.data) at = this.#readData(bytes, at, end)
      else at = this.#readPayload(bytes, at, end)
    }
  }

  #readPreface(bytes: Buffer, start: number, end: number): number {
    let at = start
    while (at < end && this.#preface < PREFACE.length) {
      if (bytes[at++] === PREFACE[this.#preface++]) continue
      this.#taker.failed(CODE.protocolError)
      break
    }
    return at
  }

  #readHeader(bytes: Buffer, start: number, end: number): number {
    if (this.#have === 0 && end - start >= FRAME_HEADER_BYTES) {
      this.#begin(bytes, start)
      return start + FRAME_HEADER_BYTES
    }
    const taken = Math.min(end - start, FRAME_HEADER_BYTES - this.#have)
    bytes.copy(this.#header, this.#have, start, start + taken)
    this.#have += taken
    if (this.#have === FRAME_HEADER_BYTES) this.#begin(this.#header, 0)
    return start + taken
  }

  #begin(header: Buffer, at: number): void {
    this.#have = 0
    this.count += 1
    const length = header.readUIntBE(at, 3)
    this.#type = header[at + 3] as number
    this.#flags = header[at + 4] as number
    this.#id = header.readUInt32BE(at + 5) & 0x7f_ff_ff_ff
    if (length > LARGEST_PAYLOAD) {
      this.#taker.failed(CODE.frameSizeError)
      return
    }
    this.#left = length
    if (this.#type === FRAME.data) this.#beginData(length)
    else if (length === 0) this.#end(header, 0, 0)
  }

  #end(bytes: Buffer, start: number, end: number): void {
    this.#left = -1
    this.#taker.frame(this.#type, this.#flags, this.#id, bytes, start, end)
  }

  #beginData(length: number): void {
    this.#padding = 0
    this.#paddingUnknown = (this.#flags & FLAG.padded) !== 0
    if (this.#paddingUnknown && length === 0) {
      this.#taker.failed(CODE.frameSizeError)
      return
    }
    this.#taker.dataBegins(this.#id, length)
    if (length === 0) this.#endData()
  }

  #readData(bytes: Buffer, start: number, end: number): number {
    let at = start
    if (this.#paddingUnknown) {
      this.#paddingUnknown = false
      this.#padding = bytes[at++] as number
      this.#left -= 1
      if (this.#padding > this.#left) {
        this.#taker.failed(CODE.protocolError)
        return at
      }
    }
    const stop = Math.min(end, at + this.#left)
    const dataEnd = Math.min(stop, at + this.#left - this.#padding)
    this.#left -= stop - at
    const endStream = this.#left === 0 && (this.#flags & FLAG.endStream) !== 0
    if (dataEnd > at) this.#taker.data(bytes, at, dataEnd, endStream)
    if (this.#left === 0) this.#endData()
    return stop
  }

  #endData(): void {
    this.#left = -1
    this.#taker.dataEnds((this.#flags & FLAG.endStream) !== 0)
  }

  #readPayload(bytes: Buffer, start: number, end: number): number {
    if (this.#held === null && end - start >= this.#left) {
      const after = start + this.#left
      this.#end(bytes, start, after)
      return after
    }
    this.#held ??= Buffer.allocUnsafe(this.#left)
    const taken = Math.min(end - start, this.#left)
    bytes.copy(this.#held, this.#heldBytes, start, start + taken)
    this.#heldBytes += taken
    this.#left -= taken
    if (this.#left === 0) {
      const whole = this.#held
      this.#held = null
      this.#heldBytes = 0
      this.#end(whole, 0, whole.length)
    }
    return start + taken
  }
}
