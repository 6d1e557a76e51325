import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { z } from 'zod'
import { API_PREFIX, type OperationId, paths } from '../server/contract/paths.ts'
import type { Problem } from '../server/contract/problem.ts'
import type { Route } from '../server/contract/route.ts'
import { routes } from '../server/contract/routes.ts'

export type BoxRequest = {
  id: OperationId
  params: Record<string, string>
  query: Record<string, unknown>
  body: unknown
  token: string | undefined
}
/** The answer's body; an iterable for streams. Throw a `Refusal` for a problem. */
export type Handler = (request: BoxRequest, response: ServerResponse) => unknown
export type Handlers = Partial<Record<OperationId, Handler>>

export class Refusal extends Error {
  readonly problem: Partial<Problem> & { status: number }
  constructor(problem: Partial<Problem> & { status: number; detail: string; code: string }) {
    super(problem.detail)
    this.problem = problem
  }
}

export const TOKEN = 'paas_tok1_0123456789abcdef'

/** A box for tests: speaks HTTP on loopback, and lets nothing through, either way, that the contract forbids. */
export class TestBox implements AsyncDisposable {
  readonly requests: BoxRequest[] = []
  readonly server: Server
  readonly handlers: Handlers

  private constructor(handlers: Handlers) {
    this.handlers = handlers
    this.server = createServer((request, response) => void this.#serve(request, response))
  }

  static async start(handlers: Handlers, port = 0): Promise<TestBox> {
    const box = new TestBox(handlers)
    await new Promise<void>((resolve) => box.server.listen(port, '127.0.0.1', resolve))
    return box
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  requestsOf(id: OperationId): BoxRequest[] {
    return this.requests.filter((request) => request.id === id)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response)
    } catch (error) {
      if (response.headersSent) return void response.destroy()
      const problem =
        error instanceof Refusal ? error.problem : { status: 500, detail: String(error), code: 'test.bug' }
      const whole = { type: 'about:blank', title: 'Problem', requestId: 'req-1', ...problem }
      response.writeHead(problem.status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(whole))
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://box')
    const { id, params } = findRoute(request.method ?? '', url.pathname)
    const route: Route = routes[id]
    const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1]
    if (route.permission !== 'anyone' && token !== TOKEN) {
      throw new Refusal({ status: 401, code: 'token.unknown', detail: 'The token is not known here.' })
    }
    const query = checked(route.query, Object.fromEntries(url.searchParams)) as Record<string, unknown>
    const body = checked(route.body, JSON.parse((await text(request)) || 'null'))
    const call = { id, params, query: query ?? {}, body, token }
    this.requests.push(call)
    const answer = await this.handlers[id]?.(call, response)
    if (route.stream) return writeStream(route, answer as AsyncIterable<unknown>, response)
    if (route.status === 204) return void response.writeHead(204).end()
    const value = JSON.stringify(route.response.parse(answer))
    response.writeHead(route.status ?? 200, { 'content-type': 'application/json' }).end(value)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections()
    await new Promise<void>((resolve) => this.server.close(() => resolve()))
  }
}

async function writeStream(route: Route, values: AsyncIterable<unknown>, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  response.flushHeaders()
  for await (const value of values) response.write(`${JSON.stringify(route.response.parse(value))}\n`)
  response.end()
}

function findRoute(method: string, path: string): { id: OperationId; params: Record<string, string> } {
  for (const [id, endpoint] of Object.entries(paths)) {
    const [verb, template = ''] = endpoint.split(' ')
    const names = [...template.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
    const pattern = new RegExp(`^${API_PREFIX}${template.replace(/:\w+/g, '([^/]+)')}$`)
    const match = verb === method ? pattern.exec(path) : undefined
    if (!match) continue
    const params = Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]))
    return { id: id as OperationId, params }
  }
  throw new Refusal({ status: 404, code: 'route.not-found', detail: `There is no ${method} ${path}.` })
}

function checked(schema: z.ZodType | undefined, value: unknown): unknown {
  const result = schema?.safeParse(value)
  if (!result) return value
  if (result.success) return result.data
  const errors = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new Refusal({ status: 422, code: 'request.invalid', detail: 'The request does not fit.', errors })
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
