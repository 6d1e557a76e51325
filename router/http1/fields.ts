import { latin1 } from '../io/latin1.ts'
import { FIELD, kindOf } from './field-names.ts'

export const MOST_FIELDS = 200
/** One line of a head. */
export const LONGEST_FIELD = 16 * 1024

/** What reading a head comes to, besides the position after it. */
export const INCOMPLETE = -1
export const MALFORMED = -2
export const TOO_LARGE = -3

const CR = 13
const LF = 10
const COLON = 58
const UNDERSCORE = 95

/** 1 for the characters of a token (RFC 9110 section 5.6.2). */
export const TOKEN = new Uint8Array(256)
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  TOKEN[char.charCodeAt(0)] = 1
}
/** As TOKEN; underscores stand out. */
const WITH_UNDERSCORE = 2
const NAME = TOKEN.slice()
NAME[UNDERSCORE] = WITH_UNDERSCORE
/** 1 for what a field's value may hold: visible characters, blanks, and bytes above ASCII. */
const VALUE = new Uint8Array(256).fill(1, 0x20).fill(0, 0x7f, 0x80)
VALUE[9] = 1

/** The fields of one head or trailer section, as offsets into the bytes they were read from. */
export class Fields {
  count = 0
  readonly kind = new Uint8Array(MOST_FIELDS)
  readonly start = new Int32Array(MOST_FIELDS)
  readonly nameEnd = new Int32Array(MOST_FIELDS)
  readonly valueStart = new Int32Array(MOST_FIELDS)
  readonly valueEnd = new Int32Array(MOST_FIELDS)
  /** After the line's CRLF. */
  readonly end = new Int32Array(MOST_FIELDS)

  /**
   * Reads field lines up to the empty line (RFC 9112 section 5), strictly: no folding, no blank before the colon, no
   * lone CR or LF, no control characters. Returns the position after the empty line, INCOMPLETE, MALFORMED or TOO_LARGE.
   */
  read(bytes: Buffer, from: number, end: number): number {
    this.count = 0
    let at = from
    for (;;) {
      if (at >= end) return INCOMPLETE
      if (bytes[at] === CR) {
        if (at + 1 >= end) return INCOMPLETE
        return bytes[at + 1] === LF ? at + 2 : MALFORMED
      }
      const next = this.#readLine(bytes, at, end)
      if (next < 0) return next
      at = next
    }
  }

  text(bytes: Buffer, index: number): string {
    return latin1(bytes, this.valueStart[index] as number, this.valueEnd[index] as number)
  }

  /** Whether the value is this very text. */
  holds(bytes: Buffer, index: number, text: string): boolean {
    const start = this.valueStart[index] as number
    if ((this.valueEnd[index] as number) - start !== text.length) return false
    for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text.charCodeAt(at)) return false
    return true
  }

  name(bytes: Buffer, index: number): string {
    return latin1(bytes, this.start[index] as number, this.nameEnd[index] as number).toLowerCase()
  }

  /** Has names with an underscore pass, but for those that an app could read as one that means something here. */
  admitUnderscores(bytes: Buffer): void {
    for (let index = 0; index < this.count; index++) {
      if (this.kind[index] !== FIELD.underscore) continue
      const name = Buffer.from(this.name(bytes, index).replaceAll('_', '-'), 'latin1')
      if (kindOf(name, 0, name.length) === FIELD.other) this.kind[index] = FIELD.other
    }
  }

  /** The values of all fields of this lower-case name, joined; undefined: there is none. */
  joined(bytes: Buffer, name: string, separator: string): string | undefined {
    let text: string | undefined
    for (let index = 0; index < this.count; index++) {
      const length = (this.nameEnd[index] as number) - (this.start[index] as number)
      if (length !== name.length || this.name(bytes, index) !== name) continue
      const value = this.text(bytes, index)
      text = text === undefined ? value : text + separator + value
    }
    return text
  }

  #readLine(bytes: Buffer, from: number, end: number): number {
    let at = from
    let seen = 0
    for (; at < end; at++) {
      const mark = NAME[bytes[at] as number] as number
      if (mark === 0) break
      seen |= mark
    }
    if (at === end) return at - from > LONGEST_FIELD ? TOO_LARGE : INCOMPLETE
    if (bytes[at] !== COLON || at === from) return MALFORMED
    const nameEnd = at++
    while (at < end && isBlank(bytes[at] as number)) at++
    const valueStart = at
    at = endOfValue(bytes, at, end)
    if (at - from > LONGEST_FIELD) return TOO_LARGE
    if (at === end) return INCOMPLETE
    if (bytes[at] !== CR) return MALFORMED
    if (at + 1 === end) return INCOMPLETE
    if (bytes[at + 1] !== LF) return MALFORMED
    let valueEnd = at
    while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1] as number)) valueEnd--
    const index = this.count
    if (index === MOST_FIELDS) return TOO_LARGE
    this.count = index + 1
    this.kind[index] = (seen & WITH_UNDERSCORE) !== 0 ? FIELD.underscore : kindOf(bytes, from, nameEnd)
    this.start[index] = from
    this.nameEnd[index] = nameEnd
    this.valueStart[index] = valueStart
    this.valueEnd[index] = valueEnd
    this.end[index] = at + 2
    return at + 2
  }
}

/** The first byte that no value may hold. Four at a time, which takes half the time of one by one. */
function endOfValue(bytes: Buffer, from: number, end: number): number {
  let at = from
  for (const last = end - 3; at < last; at += 4) {
    const one = (VALUE[bytes[at] as number] as number) & (VALUE[bytes[at + 1] as number] as number)
    const other = (VALUE[bytes[at + 2] as number] as number) & (VALUE[bytes[at + 3] as number] as number)
    if ((one & other) === 0) break
  }
  while (at < end && VALUE[bytes[at] as number] === 1) at++
  return at
}

function isBlank(char: number): boolean {
  return char === 32 || char === 9
}
