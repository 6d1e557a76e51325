import { Fields, TOKEN } from './fields.ts'

const MOST_SIZE_DIGITS = 12
/** Extensions mean nothing to anybody we know; a long one, or very many, is an attack. */
const LONGEST_EXTENSION = 1_024
const MOST_EXTENSION_BYTES = 16 * 1024
const LONGEST_TRAILERS = 8 * 1024
const CR = 13
const LF = 10
const SEMICOLON = 59
const EQUALS = 61
const QUOTE = 34
const BACKSLASH = 92

type State =
  | 'size'
  | 'extension'
  | 'quoted'
  | 'escaped'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailers'
  | 'done'

const trailerFields = new Fields()

/** Follows a chunked body (RFC 9112 section 7.1) through reads that end anywhere, and refuses whatever is not exact. */
export class Chunks {
  #state: State = 'size'
  #digits = 0
  #size = 0
  #left = 0
  #extension = 0
  #extensions = 0
  #trailers: Buffer | null = null
  /** Bytes of payload seen so far. */
  payload = 0
  /** Up to here the bytes of the last `read` are to be passed on as they are; the trailer section begins after it. */
  passEnd = 0
  /** Told where payload lies, for receivers that know no chunks. */
  onPayload: ((start: number, end: number) => void) | null = null

  clear(): void {
    this.#state = 'size'
    this.#digits = 0
    this.#size = 0
    this.#left = 0
    this.#extension = 0
    this.#extensions = 0
    this.#trailers = null
    this.payload = 0
    this.onPayload = null
  }

  get done(): boolean {
    return this.#state === 'done'
  }

  /** The trailer section that was kept back, with its fields; only after the body is done. */
  trailers(): { bytes: Buffer; fields: Fields } | null {
    const bytes = this.#trailers
    if (bytes === null) return null
    trailerFields.read(bytes, 0, bytes.length)
    return { bytes, fields: trailerFields }
  }

  /** Returns the position after what belongs to the body, or -1 when it is malformed. */
  read(bytes: Buffer, from: number, end: number): number {
    let at = from
    this.passEnd = from
    while (at < end) {
      if (this.#state === 'data') {
        at = this.#skipData(at, end)
        continue
      }
      if (this.#state === 'trailers') return this.#readTrailers(bytes, at, end)
      if (this.#state === 'done') return at
      if (!this.#step(bytes[at] as number)) return -1
      at++
      this.passEnd = at
    }
    return at
  }

  #skipData(from: number, end: number): number {
    const to = Math.min(end, from + this.#left)
    this.#left -= to - from
    this.payload += to - from
    this.onPayload?.(from, to)
    this.passEnd = to
    if (this.#left === 0) this.#state = 'data-cr'
    return to
  }

  #step(char: number): boolean {
    switch (this.#state) {
      case 'size':
        return this.#readSize(char)
      case 'extension':
      case 'quoted':
      case 'escaped':
        return this.#readExtension(char)
      case 'size-lf':
        if (char !== LF) return false
        this.#left = this.#size
        this.#state = this.#size === 0 ? 'trailers' : 'data'
        return true
      case 'data-cr':
        this.#state = 'data-lf'
        return char === CR
      case 'data-lf':
        this.#state = 'size'
        this.#size = 0
        this.#digits = 0
        return char === LF
    }
    return false
  }

  #readSize(char: number): boolean {
    const digit = hexDigit(char)
    if (digit >= 0) {
      this.#size = this.#size * 16 + digit
      this.#digits += 1
      return this.#digits <= MOST_SIZE_DIGITS
    }
    if (this.#digits === 0) return false
    if (char === CR) this.#state = 'size-lf'
    else if (char === SEMICOLON) {
      this.#state = 'extension'
      this.#extension = 0
    } else return false
    return true
  }

  #readExtension(char: number): boolean {
    this.#extension += 1
    this.#extensions += 1
    if (this.#extension > LONGEST_EXTENSION || this.#extensions > MOST_EXTENSION_BYTES) return false
    if (this.#state === 'escaped') this.#state = 'quoted'
    else if (this.#state === 'quoted') {
      if (char === QUOTE) this.#state = 'extension'
      else if (char === BACKSLASH) this.#state = 'escaped'
    } else if (char === QUOTE) this.#state = 'quoted'
    else if (char === CR) {
      this.#state = 'size-lf'
      return true
    } else return TOKEN[char] === 1 || char === SEMICOLON || char === EQUALS
    return char >= 32 && char !== 127
  }

  /** Kept back, because they are filtered on their way; without any, the empty line passes with the last chunk. */
  #readTrailers(bytes: Buffer, from: number, end: number): number {
    if (this.#trailers === null && from + 1 < end && bytes[from] === CR && bytes[from + 1] === LF) {
      this.#state = 'done'
      this.passEnd = from + 2
      return from + 2
    }
    const before = this.#trailers?.length ?? 0
    const part = bytes.subarray(from, Math.min(end, from + LONGEST_TRAILERS + 1 - before))
    const section = this.#trailers === null ? Buffer.from(part) : Buffer.concat([this.#trailers, part])
    const after = trailerFields.read(section, 0, section.length)
    if (after < -1 || (after === -1 && section.length > LONGEST_TRAILERS)) return -1
    if (after === -1) {
      this.#trailers = section
      return end
    }
    this.#trailers = section.subarray(0, after)
    this.#state = 'done'
    return from + after - before
  }
}

function hexDigit(char: number): number {
  if (char >= 48 && char <= 57) return char - 48
  const lower = char | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
