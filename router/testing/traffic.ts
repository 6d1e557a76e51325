import { Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { HOST } from './rig.ts'

export type Stream = { port: number; tls?: boolean; keepAlive: boolean; at?: number; host?: string }

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

  /** `at` visitors at a time for each stream. */
  constructor(...streams: Stream[]) {
    this.#visitors = streams.flatMap((stream) =>
      Array.from({ length: stream.at ?? 4 }, (_, index) => this.#visitor(stream, index)),
    )
  }

  /** Resolves when the last answer is in. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#visitors)
    for (const agent of this.#agents) agent.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #visitor({ port, tls = false, keepAlive, host = HOST }: Stream, index: number): Promise<void> {
    const Agent = tls ? TlsAgent : PlainAgent
    const agent = new Agent({ keepAlive, maxSockets: 1 })
    this.#agents.push(agent)
    const secure = { servername: host, rejectUnauthorized: false }
    const options = { host: '127.0.0.1', port, agent, headers: { host }, ...(tls ? secure : {}) }
    while (!this.#stopped) {
      // Every other visitor sends a body.
      const body = index % 2 === 0 ? undefined : 'x'.repeat(2_000)
      await ask(tls ? tlsRequest : plainRequest, { ...options, method: body ? 'POST' : 'GET' }, body).then(
        (answer) => {
          this.succeeded += 1
          this.bodies.set(answer, (this.bodies.get(answer) ?? 0) + 1)
        },
        (error: Error) => {
          const kind = `${tls ? 'https' : 'http'} ${keepAlive ? 'keep-alive' : 'fresh'}`
          this.failures.push(`${kind}: ${error.message}`)
        },
      )
      await pause(PAUSE_MS)
    }
  }
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
