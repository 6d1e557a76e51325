import { ConnectionOptions } from './connection-options.ts'
import { readLength } from './content-length.ts'
import { FIELD } from './field-names.ts'
import { Fields, INCOMPLETE, MALFORMED } from './fields.ts'
import { readVersion } from './version.ts'

const LONGEST_STATUS_LINE = 8 * 1024
const CR = 13
const LF = 10
const SPACE = 32
const DELETE = 127

/** The head of one response, as offsets into the bytes it was read from; filled again and again. */
export class ResponseHead {
  readonly fields = new Fields()
  readonly options = new ConnectionOptions()
  start = 0
  /** From the status code to the end of the reason. */
  statusStart = 0
  statusEnd = 0
  minor = 1
  status = 0
  contentLength = -1
  chunked = false
  hasDate = false
  upgrade = -1

  /** Returns the position after the head, INCOMPLETE, or a negative number for what is not HTTP (RFC 9112 section 4). */
  read(bytes: Buffer, from: number, end: number): number {
    const line = this.#readLine(bytes, from, end)
    if (line < 0) return line
    const after = this.fields.read(bytes, line, end)
    if (after < 0) return after
    return this.#interpret(bytes) ? after : MALFORMED
  }

  /** The app leaves the connection open after this response. */
  get persistent(): boolean {
    return !this.options.close && (this.minor === 1 || this.options.keepAlive)
  }

  #readLine(bytes: Buffer, from: number, end: number): number {
    this.start = from
    const minor = readVersion(bytes, from, end)
    if (minor < 0) return minor
    this.minor = minor
    this.statusStart = from + 9
    if (this.statusStart + 3 > end) return INCOMPLETE
    if (bytes[from + 8] !== SPACE) return MALFORMED
    this.status = readLength(bytes, this.statusStart, this.statusStart + 3)
    if (this.status < 100) return MALFORMED
    return this.#readReason(bytes, this.statusStart + 3, end)
  }

  #readReason(bytes: Buffer, from: number, end: number): number {
    let at = from
    if (at < end && bytes[at] !== SPACE && bytes[at] !== CR) return MALFORMED
    while (at < end && isText(bytes[at] as number)) at++
    if (at - from > LONGEST_STATUS_LINE) return MALFORMED
    if (at + 1 >= end) return at === end || bytes[at] === CR ? INCOMPLETE : MALFORMED
    this.statusEnd = at
    return bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : MALFORMED
  }

  #interpret(bytes: Buffer): boolean {
    const { fields, options } = this
    options.clear()
    this.contentLength = -1
    this.chunked = false
    this.hasDate = false
    this.upgrade = -1
    for (let index = 0; index < fields.count; index++) {
      const kind = fields.kind[index]
      if (kind === FIELD.connection) options.add(fields, bytes, index)
      else if (kind === FIELD.date) this.hasDate = true
      else if (kind === FIELD.upgrade) this.upgrade = index
      else if (kind === FIELD.contentLength) {
        if (this.contentLength !== -1) return false
        this.contentLength = readLength(bytes, fields.valueStart[index] ?? 0, fields.valueEnd[index] ?? 0)
        if (this.contentLength === -1) return false
      } else if (kind === FIELD.transferEncoding) {
        if (this.chunked || this.minor === 0 || fields.text(bytes, index).toLowerCase() !== 'chunked') return false
        this.chunked = true
      }
    }
    return !this.chunked || this.contentLength === -1
  }
}

/** RFC 9112 section 4: blanks, visible characters and bytes above ASCII. */
function isText(char: number): boolean {
  return (char >= SPACE && char !== DELETE) || char === 9
}
