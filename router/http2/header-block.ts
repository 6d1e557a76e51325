import { CODE, type Code, FLAG } from './frames.ts'

/** More than the longest head takes without any compression. */
const LONGEST_BLOCK = 64 * 1024
/** Enough for the longest block in frames of 4 KB (CVE-2024-27316 and its like send them without end). */
const MOST_CONTINUATIONS = 16
const PRIORITY_BYTES = 5

/** Collects one field block, which HEADERS begins and CONTINUATION goes on with (RFC 9113 section 4.3). */
export class HeaderBlock {
  /** The stream of a block that is not complete; 0: none. */
  id = 0
  endStream = false
  bytes: Buffer = Buffer.alloc(0)
  start = 0
  end = 0
  #continuations = 0

  /** HEADERS. Returns null when there is nothing wrong so far. */
  begin(flags: number, id: number, bytes: Buffer, start: number, end: number): Code | null {
    const padded = (flags & FLAG.padded) !== 0
    const from = start + (padded ? 1 : 0) + (flags & FLAG.priority ? PRIORITY_BYTES : 0)
    if (from > end) return CODE.frameSizeError
    const to = end - (padded ? (bytes[start] as number) : 0)
    if (from > to) return CODE.protocolError
    this.endStream = (flags & FLAG.endStream) !== 0
    this.#continuations = 0
    this.#take(bytes, from, to)
    if (flags & FLAG.endHeaders) return null
    this.id = id
    this.#take(Buffer.from(bytes.subarray(from, to)), 0, to - from)
    return null
  }

  /** CONTINUATION of the block at hand. */
  continue(flags: number, bytes: Buffer, start: number, end: number): Code | null {
    this.#continuations += 1
    const size = this.end + end - start
    if (size > LONGEST_BLOCK || this.#continuations > MOST_CONTINUATIONS) return CODE.enhanceYourCalm
    this.#take(Buffer.concat([this.bytes, bytes.subarray(start, end)]), 0, size)
    if (flags & FLAG.endHeaders) this.id = 0
    return null
  }

  #take(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
  }
}
