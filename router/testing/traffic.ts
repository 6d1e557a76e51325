import { Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { Http2Visitor } from './http2-visitor.ts'
import { HOST } from './rig.ts'

/** `http2`: over TLS, all on one connection. */
export type Stream = { port: number; tls?: boolean; http2?: boolean; keepAlive: boolean; at?: number; host?: string }
type Ask = (method: string, body: string | undefined) => Promise<string>

const PAUSE_MS = 5

/** Visitors who ask one thing after the other until they are stopped: what failed is written down. */
export class Traffic implements AsyncDisposable {
  readonly failures: string[] = []
  succeeded = 0
  /** How often a body came; each visitor's answers must say what the app says. */
  readonly bodies = new Map<string, number>()
  #stopped = false
  readonly #visitors: Promise<void>[]
  readonly #agents: (PlainAgent | TlsAgent)[] = []
  readonly #browsers: Http2Visitor[] = []

  /** `at` visitors at a time for each stream. */
  constructor(...streams: Stream[]) {
    this.#visitors = streams.flatMap((stream) => {
      const browser = stream.http2 ? this.#browser(stream) : null
      return Array.from({ length: stream.at ?? 4 }, (_, index) => {
        const ask: Ask = browser ? (method, body) => browser.ask(method, body) : this.#asker(stream)
        return this.#visitor(ask, kindOf(stream), index)
      })
    })
  }

  /** Connections of HTTP/2 that were left because the router asked for it. */
  get goneAway(): number {
    return this.#browsers.reduce((sum, { left }) => sum + left, 0)
  }

  /** Resolves when the last answer is in. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#visitors)
    for (const agent of this.#agents) agent.destroy()
    for (const browser of this.#browsers) browser.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #browser({ port, host = HOST }: Stream): Http2Visitor {
    const browser = new Http2Visitor(port, host)
    this.#browsers.push(browser)
    return browser
  }

  #asker({ port, tls = false, keepAlive, host = HOST }: Stream): Ask {
    const Agent = tls ? TlsAgent : PlainAgent
    const agent = new Agent({ keepAlive, maxSockets: 1 })
    this.#agents.push(agent)
    const secure = { servername: host, rejectUnauthorized: false }
    const options = { host: '127.0.0.1', port, agent, headers: { host }, ...(tls ? secure : {}) }
    return (method, body) => ask(tls ? tlsRequest : plainRequest, { ...options, method }, body)
  }

  async #visitor(ask: Ask, kind: string, index: number): Promise<void> {
    while (!this.#stopped) {
      // Every other visitor sends a body.
      const body = index % 2 === 0 ? undefined : 'x'.repeat(2_000)
      await ask(body ? 'POST' : 'GET', body).then(
        (answer) => {
          this.succeeded += 1
          this.bodies.set(answer, (this.bodies.get(answer) ?? 0) + 1)
        },
        (error: Error) => this.failures.push(`${kind}: ${error.message}`),
      )
      await pause(PAUSE_MS)
    }
  }
}

function kindOf({ tls, http2, keepAlive }: Stream): string {
  if (http2) return 'h2'
  return `${tls ? 'https' : 'http'} ${keepAlive ? 'keep-alive' : 'fresh'}`
}

function ask(request: typeof plainRequest, options: object, body: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`answered ${response.statusCode}: ${text.slice(0, 80)}`))
      })
    })
    outgoing.setTimeout(20_000, () => outgoing.destroy(new Error('no answer within 20 s')))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
