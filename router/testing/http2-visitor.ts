import { type ClientHttp2Session, connect, constants } from 'node:http2'

const LIMIT_MS = 20_000
const REFUSED = Symbol('refused')

/** Visitors of one browser over HTTP/2: one connection for all, and another one once they have been asked to leave it. */
export class Http2Visitor {
  readonly #port: number
  readonly #host: string
  #session: ClientHttp2Session | null = null
  /** Connections that it was asked to leave (GOAWAY). */
  left = 0

  constructor(port: number, host: string) {
    this.#port = port
    this.#host = host
  }

  /**
   * Resolves with the body of a 200; rejects with what else came. What was on its way when the connection was to be left
   * is asked again, as every client does (RFC 9113 section 8.7: nobody has looked at it).
   */
  async ask(method: string, body: string | undefined): Promise<string> {
    for (;;) {
      const answer = await this.#askOnce(method, body)
      if (answer !== REFUSED) return answer
    }
  }

  #askOnce(method: string, body: string | undefined): Promise<string | typeof REFUSED> {
    return new Promise((resolve, reject) => {
      const headers = { ':method': method, ':authority': this.#host, ':path': '/' }
      const stream = this.#open().request(headers, { endStream: body === undefined })
      let status: number | undefined
      let text = ''
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      stream.on('response', (found) => {
        status = found[':status']
      })
      const isRefused = () => stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
      stream.on('error', (error) => (isRefused() ? resolve(REFUSED) : reject(error)))
      stream.setTimeout(LIMIT_MS, () => stream.destroy(new Error('no answer within 20 s')))
      stream.on('close', () => {
        if (status === 200 && stream.rstCode === 0) resolve(text)
        else reject(new Error(`answered ${status}, reset with ${stream.rstCode}: ${text.slice(0, 80)}`))
      })
      if (body !== undefined) stream.end(body)
    })
  }

  close(): void {
    this.#session?.destroy()
  }

  #open(): ClientHttp2Session {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session
    const session = connect(`https://127.0.0.1:${this.#port}`, { servername: this.#host, rejectUnauthorized: false })
    // Streams that it takes with it tell by themselves.
    session.on('error', () => {})
    session.once('goaway', () => {
      this.left += 1
    })
    this.#session = session
    return session
  }
}
