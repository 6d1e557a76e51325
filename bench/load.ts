import { Agent, request } from 'node:http'

export type LoadResult = { sent: number; failed: number; failures: string[]; latencyMs: number[] }

export type LoadOptions = {
  port: number
  /** Host header. */
  host: string
  path?: string
  perSecond: number
  /** Share of requests on connections of their own. */
  fresh?: number
  /** Says what is wrong with an answer, or undefined. */
  judge?: (status: number, body: string) => string | undefined
}

const KEPT_FAILURES = 20
const REQUEST_TIMEOUT_MS = 30_000

/**
 * A steady number of GET requests per second to 127.0.0.1, independent of how fast the answers come, until stopped:
 * a part on kept connections, a part on fresh ones. Everything but a 200 counts as failed.
 */
export class Load {
  readonly #options: LoadOptions
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  readonly #pending = new Set<Promise<void>>()
  readonly #result: LoadResult = { sent: 0, failed: 0, failures: [], latencyMs: [] }
  readonly #timer: NodeJS.Timeout
  readonly #startedAt = performance.now()

  constructor(options: LoadOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#catchUp(), 5)
  }

  /** Stops sending and waits for what is under way. */
  async stop(): Promise<LoadResult> {
    clearInterval(this.#timer)
    await Promise.all(this.#pending)
    this.#agent.destroy()
    return this.#result
  }

  #catchUp(): void {
    const due = Math.floor(((performance.now() - this.#startedAt) / 1_000) * this.#options.perSecond)
    while (this.#result.sent < due) this.#send()
  }

  #send(): void {
    const fresh = this.#result.sent % 100 < (this.#options.fresh ?? 0.3) * 100
    this.#result.sent += 1
    const begun = performance.now()
    const work = this.#ask(fresh).then((problem) => {
      this.#result.latencyMs.push(performance.now() - begun)
      if (problem === undefined) return
      this.#result.failed += 1
      if (this.#result.failures.length < KEPT_FAILURES) this.#result.failures.push(problem)
    })
    this.#pending.add(work)
    void work.finally(() => this.#pending.delete(work))
  }

  async #ask(fresh: boolean): Promise<string | undefined> {
    const { port, host, path = '/', judge } = this.#options
    try {
      const { status, body } = await get({ port, host, path, agent: fresh ? false : this.#agent })
      if (status !== 200) return `${status} ${body.slice(0, 80)}`
      return judge?.(status, body)
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}

/** One GET to 127.0.0.1 with the given Host header. */
export function get(options: {
  port: number
  host: string
  path?: string
  agent?: Agent | false
}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: options.port,
      path: options.path ?? '/',
      agent: options.agent ?? false,
      headers: { host: options.host, accept: 'text/plain' },
      timeout: REQUEST_TIMEOUT_MS,
    })
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer within 30 s')))
    outgoing.once('error', reject)
    outgoing.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('close', () => {
        if (!response.complete) reject(new Error('the answer was cut off'))
      })
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
    })
    outgoing.end()
  })
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
