import { LONGEST_HEAD } from '../http1/request-head.ts'
import type { FieldTaker } from './decoder.ts'
import { type Field, MEANS } from './field.ts'

const METHOD = /^[!#$%&'*+.^_`|~A-Za-z0-9-]+$/
const PATH = /^[!-~]+$/
const LENGTH = /^\d{1,15}$/

/**
 * The fields of one request, or of its trailers, on their way to HTTP/1.1. Whatever could mean something else there is
 * `malformed` (RFC 9113 sections 8.1.1 to 8.3.1); what remains is left to the reader of HTTP/1.1 heads to judge.
 */
export class RequestFields implements FieldTaker {
  malformed = false
  /** -1: none announced. */
  contentLength = -1
  #method = ''
  #scheme = ''
  #path = ''
  #authority = ''
  #host = ''
  #cookie: string | null = null
  #lines = ''
  /** An ordinary field has been seen, so that no pseudo-header may follow. */
  #ordinary = false

  /** `trailers`: no pseudo-headers may come at all. */
  begin(trailers: boolean): void {
    this.malformed = false
    this.contentLength = -1
    this.#method = ''
    this.#scheme = ''
    this.#path = ''
    this.#authority = ''
    this.#host = ''
    this.#cookie = null
    this.#lines = ''
    this.#ordinary = trailers
  }

  get headOnly(): boolean {
    return this.#method === 'HEAD'
  }

  take(field: Field): void {
    switch (field.meaning) {
      case MEANS.method:
        this.#method = this.#pseudo(this.#method, field)
        return
      case MEANS.scheme:
        this.#scheme = this.#pseudo(this.#scheme, field)
        return
      case MEANS.path:
        this.#path = this.#pseudo(this.#path, field)
        return
      case MEANS.authority:
        this.#authority = this.#pseudo(this.#authority, field)
        return
      case MEANS.malformed:
        this.malformed = true
        return
    }
    this.#ordinary = true
    if (field.meaning === MEANS.ordinary) this.#add(field.line)
    else if (field.meaning === MEANS.cookie) this.#takeCookie(field.value)
    else if (field.meaning === MEANS.host) this.#takeHost(field.value)
    else this.#takeLength(field)
  }

  /** To be called when all fields are here. `bodyFollows`: the request does not end with them. */
  judge(bodyFollows: boolean): void {
    if (!METHOD.test(this.#method)) this.malformed = true
    else if (this.#method === 'CONNECT')
      this.#require(this.#path === '' && this.#scheme === '' && this.#authority !== '')
    else {
      this.#require(this.#scheme === 'https' || this.#scheme === 'http')
      this.#require(
        PATH.test(this.#path) && (this.#path[0] === '/' || (this.#path === '*' && this.#method === 'OPTIONS')),
      )
    }
    const named = this.#authority
    this.#require(named === '' || this.#host === '' || named.toLowerCase() === this.#host.toLowerCase())
    this.#require(bodyFollows || this.contentLength <= 0)
  }

  /**
   * The head in HTTP/1.1. One that is too long is cut off a byte after LONGEST_HEAD, which is enough to refuse it.
   * `chunked`: a body of unknown length follows.
   */
  headText(chunked: boolean): string {
    const authority = this.#authority === '' ? this.#host : this.#authority
    const host = authority === '' ? '' : `Host: ${authority}\r\n`
    const cookie = this.#cookie === null ? '' : `Cookie: ${this.#cookie}\r\n`
    const target = this.#method === 'CONNECT' ? authority : this.#path
    const start = `${this.#method} ${target} HTTP/1.1\r\n${host}`
    const text = start + this.#lines + cookie + (chunked ? 'Transfer-Encoding: chunked\r\n\r\n' : '\r\n')
    return text.length > LONGEST_HEAD ? text.slice(0, LONGEST_HEAD + 1) : text
  }

  /** Trailer lines, for a chunked body. */
  trailerText(): string {
    return this.#lines
  }

  #pseudo(before: string, { value }: Field): string {
    this.#require(before === '' && value !== '' && !this.#ordinary)
    return value
  }

  /** More than fits in a head is not kept: a block of a few bytes can stand for megabytes. */
  #add(line: string): void {
    if (this.#lines.length <= LONGEST_HEAD) this.#lines += line
  }

  /** One may come as many fields (section 8.2.3). */
  #takeCookie(value: string): void {
    if (this.#cookie === null) this.#cookie = value
    else if (this.#cookie.length <= LONGEST_HEAD) this.#cookie += `; ${value}`
  }

  #takeHost(value: string): void {
    this.#require(this.#host === '' && value !== '')
    this.#host = value
  }

  #takeLength({ value, line }: Field): void {
    this.#require(this.contentLength === -1 && LENGTH.test(value))
    this.contentLength = Number(value)
    this.#add(line)
  }

  #require(held: boolean): void {
    if (!held) this.malformed = true
  }
}
