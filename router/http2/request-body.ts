/**
 * Bytes that wait lie together, however small the frames were that brought them; and what is smaller waits until the end
 * of the turn for more, so that the app does not get a write for each of many small frames.
 */
const LEAST_HELD_BYTES = 4 * 1024
/** A chunk's size in at most 5 digits, and its line ends. */
const CHUNK_OVERHEAD = 9
const LAST_CHUNK = '0\r\n'

type Held = { bytes: Buffer; size: number }

/** Takes a request's body in HTTP/1.1 framing. */
export interface BodyTaker {
  /** `own`: the bytes are the taker's for good. */
  takeBody(bytes: Buffer, start: number, end: number, own: boolean): void
  /** `deliver` is to be called when this turn of the loop ends. */
  wakeBody(): void
  /** So many bytes of payload have been taken. */
  bodyTaken(bytes: number): void
}

/** The body of the request on one stream: DATA as it comes, HTTP/1.1 as it is wanted. */
export class RequestBody {
  readonly #taker: BodyTaker
  #declared = -1
  #received = 0
  #chunked = false
  readonly #held: Held[] = []
  #trailers = ''
  /** The end has been handed on as well. */
  #over = true
  /** Nothing more comes. */
  ended = true
  paused = false

  constructor(taker: BodyTaker) {
    this.#taker = taker
  }

  /** `declared`: the Content-Length, or -1. `ended`: there is no body. */
  begin(declared: number, ended: boolean): void {
    this.#declared = declared
    this.#received = 0
    this.#chunked = declared < 0 && !ended
    this.#held.length = 0
    this.#trailers = ''
    this.#over = !this.#chunked
    this.ended = ended
    this.paused = false
  }

  /** False: it is not as long as was announced (RFC 9113 section 8.1.1). */
  data(bytes: Buffer, start: number, end: number, ends: boolean): boolean {
    this.#received += end - start
    if (this.#declared >= 0 && this.#received > this.#declared) return false
    const small = end - start < LEAST_HELD_BYTES && !ends
    if (small && !this.paused && this.#held.length === 0) this.#taker.wakeBody()
    if (small || this.paused || this.#held.length > 0) this.#hold(bytes, start, end)
    else if (ends) return this.end('', bytes, start, end)
    else this.#pass(bytes, start, end, false)
    return !ends || this.end('')
  }

  /** The stream ends, with trailer lines of HTTP/1.1. False as with `data`. */
  end(trailers: string, bytes: Buffer | null = null, start = 0, end = 0): boolean {
    this.ended = true
    if (this.#declared >= 0 && this.#received !== this.#declared) return false
    this.#trailers = trailers
    if (bytes !== null && end > start) this.#pass(bytes, start, end, false)
    else this.deliver()
    return true
  }

  /** Hands on what was held, as long as it is wanted. */
  deliver(): void {
    while (!this.paused && this.#held.length > 0) {
      const { bytes, size } = this.#held.shift() as Held
      this.#pass(bytes, 0, size, true)
    }
    if (this.ended && !this.#over && !this.paused && this.#held.length === 0) this.#pass(NOTHING, 0, 0, true)
  }

  /** Drops what was held. Returns how much that was. */
  drop(): number {
    let bytes = 0
    for (const { size } of this.#held) bytes += size
    this.#held.length = 0
    this.#over = true
    return bytes
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    let at = start
    const last = this.#held.at(-1)
    if (last && last.size < last.bytes.length) {
      at += bytes.copy(last.bytes, last.size, start, end)
      last.size += at - start
    }
    if (at === end) return
    const held = { bytes: Buffer.allocUnsafeSlow(Math.max(end - at, LEAST_HELD_BYTES)), size: end - at }
    bytes.copy(held.bytes, 0, at, end)
    this.#held.push(held)
  }

  /** The last bytes go together with the end. */
  #pass(bytes: Buffer, start: number, end: number, own: boolean): void {
    const size = end - start
    if (!this.#chunked) {
      if (size > 0) this.#taker.takeBody(bytes, start, end, own)
    } else {
      const last = this.ended && this.#held.length === 0
      if (last) this.#over = true
      const chunk = this.#chunk(bytes, start, end, last ? `${LAST_CHUNK}${this.#trailers}\r\n` : '')
      if (chunk.length > 0) this.#taker.takeBody(chunk, 0, chunk.length, true)
    }
    if (size > 0) this.#taker.bodyTaken(size)
  }

  #chunk(bytes: Buffer, start: number, end: number, tail: string): Buffer {
    const size = end - start
    if (size === 0) return Buffer.from(tail, 'latin1')
    const chunk = Buffer.allocUnsafe(size + CHUNK_OVERHEAD + tail.length)
    let at = chunk.write(`${size.toString(16)}\r\n`, 'latin1')
    at += bytes.copy(chunk, at, start, end)
    at += chunk.write(`\r\n${tail}`, at, 'latin1')
    return chunk.subarray(0, at)
  }
}

const NOTHING = Buffer.alloc(0)
