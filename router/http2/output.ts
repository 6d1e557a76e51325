import { BufferStock } from '../io/buffer-stock.ts'
import type { Connection } from '../io/connection.ts'
import { type Code, FLAG, FRAME, FRAME_HEADER_BYTES, LARGEST_PAYLOAD } from './frames.ts'

/** What leaves in one write. */
const BUFFER_BYTES = 128 * 1024
/** DATA waits for its stream's next chance rather than go out in crumbs. */
const LEAST_ROOM = 1_024

/** Of all connections. */
export const frameBuffers = new BufferStock(BUFFER_BYTES, 32)

/** Gathers the frames of a connection, so that those of one turn of the loop leave in one write. */
export class Output {
  readonly #connection: Connection
  #buffer: Buffer | null = null
  #size = 0
  #flying: Buffer | null = null

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Bytes that wait here while others are on their way. */
  get held(): number {
    return this.#flying === null ? 0 : this.#size
  }

  /** How many bytes of DATA find room now; 0 while the peer takes what was sent before. */
  get room(): number {
    const used = this.#size + FRAME_HEADER_BYTES
    if (this.#flying === null) return used + LEAST_ROOM > BUFFER_BYTES ? BUFFER_BYTES : BUFFER_BYTES - used
    return used + LEAST_ROOM > BUFFER_BYTES ? 0 : BUFFER_BYTES - used
  }

  /** At most LARGEST_PAYLOAD bytes, for which there is room. */
  data(id: number, endStream: boolean, bytes: Buffer, start: number, end: number): void {
    const at = this.#header(FRAME.data, endStream ? FLAG.endStream : 0, id, end - start)
    bytes.copy(this.#buffer as Buffer, at, start, end)
  }

  /** A field block as HEADERS, and CONTINUATION where it is long. */
  block(id: number, endStream: boolean, block: Buffer, length: number): void {
    let from = 0
    do {
      const to = Math.min(length, from + LARGEST_PAYLOAD)
      const type = from === 0 ? FRAME.headers : FRAME.continuation
      const flags = (from === 0 && endStream ? FLAG.endStream : 0) | (to === length ? FLAG.endHeaders : 0)
      const at = this.#header(type, flags, id, to - from)
      block.copy(this.#buffer as Buffer, at, from, to)
      from = to
    } while (from < length)
  }

  resetStream(id: number, code: Code): void {
    this.#number(FRAME.rstStream, id, code)
  }

  windowUpdate(id: number, bytes: number): void {
    this.#number(FRAME.windowUpdate, id, bytes)
  }

  settingsAck(): void {
    this.#header(FRAME.settings, FLAG.ack, 0, 0)
  }

  pingAck(bytes: Buffer, start: number): void {
    const at = this.#header(FRAME.ping, FLAG.ack, 0, 8)
    bytes.copy(this.#buffer as Buffer, at, start, start + 8)
  }

  goAway(lastId: number, code: Code): void {
    const at = this.#header(FRAME.goaway, 0, 0, 8)
    const buffer = this.#buffer as Buffer
    buffer.writeUInt32BE(lastId, at)
    buffer.writeUInt32BE(code, at + 4)
  }

  /** Sends what was gathered, unless the write before is still on its way: then that is to be told as `landed` first. */
  flush(): void {
    if (this.#size === 0 || this.#flying !== null) return
    const buffer = this.#buffer as Buffer
    const size = this.#size
    this.#buffer = null
    this.#size = 0
    if (this.#connection.write(buffer.subarray(0, size))) frameBuffers.give(buffer)
    else this.#flying = buffer
  }

  /** The connection has taken the last write: the next may be filled up, and sent by `flush`. */
  landed(): void {
    if (this.#flying !== null) frameBuffers.give(this.#flying)
    this.#flying = null
  }

  #number(type: number, id: number, number: number): void {
    const at = this.#header(type, 0, id, 4)
    ;(this.#buffer as Buffer).writeUInt32BE(number, at)
  }

  /** Writes a frame's header with room for its payload. Returns the position of the payload. */
  #header(type: number, flags: number, id: number, length: number): number {
    const buffer = this.#roomy(FRAME_HEADER_BYTES + length)
    const at = this.#size
    buffer[at] = length >> 16
    buffer[at + 1] = length >> 8
    buffer[at + 2] = length
    buffer[at + 3] = type
    buffer[at + 4] = flags
    buffer[at + 5] = id >> 24
    buffer[at + 6] = id >> 16
    buffer[at + 7] = id >> 8
    buffer[at + 8] = id
    this.#size = at + FRAME_HEADER_BYTES + length
    return at + FRAME_HEADER_BYTES
  }

  #roomy(bytes: number): Buffer {
    this.#buffer ??= frameBuffers.take()
    if (this.#size + bytes <= this.#buffer.length) return this.#buffer
    this.flush()
    this.#buffer ??= frameBuffers.take()
    if (this.#size + bytes > this.#buffer.length) this.#buffer = grown(this.#buffer, this.#size)
    return this.#buffer
  }
}

/** Frames that cannot wait for room, when another write is on its way: the session limits how many there are. */
function grown(buffer: Buffer, size: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(buffer.length * 2)
  buffer.copy(larger, 0, 0, size)
  frameBuffers.give(buffer)
  return larger
}
