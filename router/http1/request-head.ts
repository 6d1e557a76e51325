import { ConnectionOptions } from './connection-options.ts'
import { readLength } from './content-length.ts'
import { FIELD } from './field-names.ts'
import { Fields, INCOMPLETE, MALFORMED, TOKEN, TOO_LARGE } from './fields.ts'
import type { LastFields } from './last-fields.ts'
import { readVersion } from './version.ts'

export const LONGEST_REQUEST_LINE = 8 * 1024
export const LONGEST_HEAD = 32 * 1024
const LONGEST_METHOD = 127
const LINE_TOO_LONG = -4
const CR = 13
const LF = 10
const SPACE = 32
const DELETE = 127
const WEBSOCKET_LIKE = /^[a-z0-9!#$%&'*+.^_`|~-]+(\/[a-z0-9.]+)?$/

/** A request that the router refuses before it looks at any route. */
export type Refusal = { status: number; reason: string }

/**
 * The head of one request: offsets into the bytes it was read from, and what decides about framing and routing. One
 * object is filled again and again; whoever needs something of it later takes it out as a string.
 */
export class RequestHead {
  readonly fields = new Fields()
  readonly options = new ConnectionOptions()
  /** Where the bytes of the request line begin; after it, where the fields do. */
  start = 0
  methodEnd = 0
  targetEnd = 0
  lineEnd = 0
  /** After the empty line. */
  end = 0
  /** The fields are those of the request before, to the byte: they were not read again, unless by `readFields`. */
  repeated = false
  minor = 1
  /** Index of the Host field. */
  host = -1
  requestId = -1
  accept = -1
  /** -1: none announced. */
  contentLength = -1
  chunked = false
  expectsContinue = false
  acceptsTrailers = false
  /** Index of the one Upgrade field that is to be honoured, or -1. */
  upgrade = -1
  refusal: Refusal = { status: 400, reason: '' }

  /**
   * Reads a head from `from`. Returns the position after it; INCOMPLETE when more bytes are needed; MALFORMED when it is
   * to be refused, with the reason in `refusal`. `last`: the fields of a `plain` head of the same client.
   */
  read(bytes: Buffer, from: number, end: number, last: LastFields | null = null): number {
    const line = this.#readLine(bytes, from, end)
    if (line < 0) return this.#outcome(line, end - from)
    const same = last === null || this.minor === 0 ? -1 : last.repeated(bytes, line, end)
    this.repeated = same !== -1
    if (this.repeated) {
      this.#clear()
      this.fields.count = 0
      this.end = same
      return same
    }
    const after = this.fields.read(bytes, line, end)
    if (after < 0) return this.#outcome(after, end - from)
    if (after - from > LONGEST_HEAD) return this.#outcome(TOO_LARGE, after - from)
    this.end = after
    return this.#interpret(bytes) ? after : MALFORMED
  }

  /** Has the fields of a repeated head after all. */
  readFields(bytes: Buffer): void {
    if (this.repeated && this.fields.count === 0) this.fields.read(bytes, this.lineEnd, this.end)
  }

  /** The fields say nothing about a body, this hop or this very request: with any method they mean the same again. */
  get plain(): boolean {
    const { options } = this
    if (this.minor === 0 || this.chunked || this.contentLength !== -1 || this.expectsContinue) return false
    if (this.requestId !== -1 || this.acceptsTrailers) return false
    return !options.close && !options.upgrade && options.nominated.size === 0
  }

  get hasBody(): boolean {
    return this.chunked || this.contentLength > 0
  }

  #outcome(result: number, size: number): number {
    if (result === INCOMPLETE && size <= LONGEST_HEAD) return INCOMPLETE
    if (result === LINE_TOO_LONG) return this.#refuse('the request line is too long', 414)
    if (result === MALFORMED) return this.#refuse('the head is not well-formed')
    return this.#refuse('the head is too large, or has too many fields', 431)
  }

  /** RFC 9112 section 3: method SP request-target SP HTTP-version CRLF, each with exactly one space. */
  #readLine(bytes: Buffer, from: number, end: number): number {
    let at = from
    // RFC 9112 section 2.2: one empty line before the request line is the leftover of an old client.
    if (at < end && bytes[at] === CR) {
      if (at + 1 === end) return INCOMPLETE
      if (bytes[at + 1] !== LF) return MALFORMED
      at += 2
    }
    this.start = at
    while (at < end && TOKEN[bytes[at] as number] === 1) at++
    if (at - this.start > LONGEST_METHOD) return MALFORMED
    if (at === end) return INCOMPLETE
    if (bytes[at] !== SPACE || at === this.start) return MALFORMED
    this.methodEnd = at++
    const target = at
    while (at < end && isVisible(bytes[at] as number)) at++
    this.targetEnd = at
    if (at - this.start > LONGEST_REQUEST_LINE) return LINE_TOO_LONG
    if (at === end) return INCOMPLETE
    if (bytes[at] !== SPACE || at === target) return MALFORMED
    return this.#readVersion(bytes, at + 1, end)
  }

  #readVersion(bytes: Buffer, from: number, end: number): number {
    const minor = readVersion(bytes, from, end)
    if (minor < 0) return minor
    this.minor = minor
    const after = from + 8
    if (after < end && bytes[after] !== CR) return MALFORMED
    if (after + 1 >= end) return INCOMPLETE
    this.lineEnd = after + 2
    return bytes[after + 1] === LF ? this.lineEnd : MALFORMED
  }

  #clear(): void {
    this.options.clear()
    this.host = -1
    this.requestId = -1
    this.accept = -1
    this.contentLength = -1
    this.chunked = false
    this.expectsContinue = false
    this.acceptsTrailers = false
    this.upgrade = -1
  }

  #interpret(bytes: Buffer): boolean {
    this.#clear()
    const { fields } = this
    for (let index = 0; index < fields.count; index++) {
      if (fields.kind[index] !== FIELD.other && !this.#takeField(bytes, index)) return false
    }
    if (this.host === -1) return this.#refused('no Host header')
    if (this.chunked && this.contentLength !== -1) return this.#refused('both Content-Length and Transfer-Encoding')
    if (this.upgrade !== -1) return this.#checkUpgrade(bytes)
    return true
  }

  #takeField(bytes: Buffer, index: number): boolean {
    switch (this.fields.kind[index]) {
      case FIELD.host:
        if (this.host !== -1) return this.#refused('more than one Host header')
        this.host = index
        return true
      case FIELD.contentLength:
        return this.#takeLength(bytes, index)
      case FIELD.transferEncoding:
        return this.#takeEncoding(this.fields.text(bytes, index).toLowerCase())
      case FIELD.connection: {
        const forbidden = this.options.add(this.fields, bytes, index)
        return forbidden === null || this.#refused(`Connection must not name ${forbidden}`)
      }
      case FIELD.expect:
        return this.#takeExpectation(this.fields.text(bytes, index).toLowerCase())
      case FIELD.te:
        if (/(^|,)\s*trailers\s*(,|$)/i.test(this.fields.text(bytes, index))) this.acceptsTrailers = true
        return true
      case FIELD.upgrade:
        this.upgrade = this.upgrade === -1 ? index : -2
        return true
      case FIELD.requestId:
        this.requestId = this.requestId === -1 ? index : -2
        return true
      case FIELD.accept:
        if (this.accept === -1) this.accept = index
        return true
    }
    return true
  }

  #takeLength(bytes: Buffer, index: number): boolean {
    if (this.contentLength !== -1) return this.#refused('more than one Content-Length')
    this.contentLength = readLength(bytes, this.fields.valueStart[index] ?? 0, this.fields.valueEnd[index] ?? 0)
    return this.contentLength !== -1 || this.#refused('the Content-Length is not a number')
  }

  /** RFC 9112 section 6.1: only `chunked`, once, and only in HTTP/1.1. */
  #takeEncoding(encoding: string): boolean {
    if (this.minor === 0) return this.#refused('Transfer-Encoding needs HTTP/1.1')
    if (this.chunked) return this.#refused('more than one Transfer-Encoding')
    if (encoding !== 'chunked') return this.#refused('unknown Transfer-Encoding', 501)
    this.chunked = true
    return true
  }

  #takeExpectation(expectation: string): boolean {
    // RFC 9110 section 10.1.1: a server must ignore it in HTTP/1.0.
    if (this.minor === 0) return true
    if (expectation !== '100-continue') return this.#refused('unknown Expect header', 417)
    this.expectsContinue = true
    return true
  }

  /** `Upgrade` is honoured on GET without a body, never for h2c, which would carry requests past these checks. */
  #checkUpgrade(bytes: Buffer): boolean {
    const protocol = this.upgrade < 0 ? '' : this.fields.text(bytes, this.upgrade).toLowerCase()
    const isGet = bytes.toString('latin1', this.start, this.methodEnd) === 'GET'
    const asked = this.options.upgrade && isGet && this.minor === 1
    if (!asked || !WEBSOCKET_LIKE.test(protocol) || protocol.startsWith('h2c')) {
      this.upgrade = -1
      return true
    }
    return !this.hasBody || this.#refused('an upgrade has no body')
  }

  #refuse(reason: string, status = 400): number {
    this.refusal = { status, reason }
    return MALFORMED
  }

  #refused(reason: string, status = 400): false {
    this.refusal = { status, reason }
    return false
  }
}

function isVisible(char: number): boolean {
  return char > SPACE && char < DELETE
}
