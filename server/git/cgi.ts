import { Transform, type TransformCallback } from 'node:stream'

export type CgiHead = { status: number; headers: [name: string, value: string][] }

const MAX_HEAD_BYTES = 16 * 1024
const END = Buffer.from('\r\n\r\n')

/** Takes the head off a CGI answer (RFC 3875, section 6) and passes the body on. */
export class CgiAnswer extends Transform {
  readonly #onHead: (head: CgiHead) => void
  #head: Buffer | null = Buffer.alloc(0)

  constructor(onHead: (head: CgiHead) => void) {
    super()
    this.#onHead = onHead
  }

  /** True when the head has been read. */
  get complete(): boolean {
    return this.#head === null
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#head === null) {
      done(null, chunk)
      return
    }
    this.#head = Buffer.concat([this.#head, chunk])
    const end = this.#head.indexOf(END)
    if (end === -1) {
      done(this.#head.length > MAX_HEAD_BYTES ? new Error('CGI head is too long') : null)
      return
    }
    const body = this.#head.subarray(end + END.length)
    this.#onHead(parseHead(this.#head.toString('latin1', 0, end)))
    this.#head = null
    done(null, body)
  }

  override _flush(done: TransformCallback): void {
    done(this.#head === null ? null : new Error('CGI answer without a head'))
  }
}

function parseHead(text: string): CgiHead {
  const headers = text.split('\r\n').map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const status = headers.find(([name]) => name.toLowerCase() === 'status')?.[1]
  return {
    status: status === undefined ? 200 : Number.parseInt(status, 10),
    headers: headers.filter(([name]) => name.toLowerCase() !== 'status'),
  }
}
