import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'

export type Received = { method: string; path: string; query: URLSearchParams; body: Buffer }

export type Answer = {
  status?: number
  headers?: Record<string, string>
  json?: unknown
  lines?: unknown[]
  hangs?: true
  /** Closes the connection after the lines, in the middle of the answer. */
  dies?: true
}

/** For tests: answers like a container engine, on a real unix socket. */
export class FakeEngine implements AsyncDisposable {
  readonly socketPath: string
  readonly received: Received[] = []
  /** By `METHOD /path`; anything else is 404. */
  readonly answers: Record<string, (request: Received) => Answer> = {}
  onSession: ((socket: Duplex, request: IncomingMessage) => void) | undefined
  readonly #server: Server
  readonly #directory = mkdtempSync(join(tmpdir(), 'engine-'))

  private constructor() {
    this.socketPath = join(this.#directory, 'engine.sock')
    this.#server = createServer((request, response) => void this.#serve(request, response))
    this.#server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => {})
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n')
      if (head.length > 0) socket.unshift(head)
      this.onSession?.(socket, request)
    })
  }

  static async start(): Promise<FakeEngine> {
    const engine = new FakeEngine()
    await new Promise<void>((resolve) => engine.#server.listen(engine.socketPath, resolve))
    return engine
  }

  paths(): string[] {
    return this.received.map(({ method, path }) => `${method} ${path}`)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://engine')
    const method = request.method ?? ''
    const received = {
      method,
      path: url.pathname,
      query: url.searchParams,
      body: await buffer(request).catch(() => Buffer.alloc(0)),
    }
    this.received.push(received)
    const answer = this.answers[`${method} ${url.pathname}`]?.(received) ?? {
      status: 404,
      json: { message: 'No such image' },
    }
    response.writeHead(answer.status ?? 200, { 'api-version': '1.41', ...answer.headers })
    for (const line of answer.lines ?? []) response.write(`${JSON.stringify(line)}\n`)
    if (answer.hangs) response.flushHeaders()
    else if (answer.dies) setTimeout(() => response.destroy(), 20)
    else response.end(answer.json === undefined ? '' : JSON.stringify(answer.json))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
