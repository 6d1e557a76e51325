import type { z } from 'zod'
import { API_PREFIX, type OperationId, paths } from './paths.ts'
import type { Problem } from './problem.ts'
import type { Route } from './route.ts'
import type { Routes } from './routes.ts'

type Input<R extends Route> = (R['params'] extends z.ZodObject ? { params: z.input<R['params']> } : unknown) &
  (R['query'] extends z.ZodObject ? { query?: z.input<R['query']> } : unknown) &
  (R['body'] extends z.ZodType ? { body: z.input<R['body']> } : unknown) &
  (R extends { upload: true } ? { content: ReadableStream<Uint8Array> } : unknown)
type Output<R extends Route> = z.output<R['response']>

export type CallInput<Id extends OperationId> = Input<Routes[Id]> & { signal?: AbortSignal; idempotencyKey?: string }
export type CallOutput<Id extends OperationId> = Output<Routes[Id]>

/** Thrown for every answer that is not 2xx; `problem` is what the server said. */
export class ApiError extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ApiError'
    this.problem = problem
  }
}

/** Thrown when no server answered. */
export class ConnectionError extends Error {}

export type ClientOptions = { url: string; token?: string; fetch?: typeof fetch; userAgent?: string }

/** `bytes` is null where the server does not know beforehand. */
export type Downloaded = { name: string; bytes: number | null; content: ReadableStream<Uint8Array> }

export type Client = {
  call<Id extends OperationId>(id: Id, input?: CallInput<Id>): Promise<CallOutput<Id>>
  /** NDJSON, one value at a time, until the server ends it or the signal fires. */
  stream<Id extends OperationId>(id: Id, input?: CallInput<Id>): AsyncIterable<CallOutput<Id>>
  /** A file, as it comes; ends with an error when the server had to break off. */
  download<Id extends OperationId>(id: Id, input?: CallInput<Id>): Promise<Downloaded>
}

/** Requests `<url>/api/v1/...`; adds the bearer token, fills the path from `params`, sends `body` as JSON. */
export function createClient(options: ClientOptions): Client {
  const request = requester(options)
  return {
    async call(id, input) {
      const response = await request(id, input as AnyInput, 'application/json')
      return (response.status === 204 ? null : await response.json()) as never
    },
    async *stream(id, input) {
      const response = await request(id, input as AnyInput, 'application/x-ndjson')
      if (!response.body) return
      yield* ndjson(response.body) as AsyncGenerator<never>
    },
    async download(id, input) {
      const { body, headers } = await request(id, input as AnyInput, 'application/octet-stream')
      const name = /filename="([^"]+)"/.exec(headers.get('content-disposition') ?? '')?.[1] ?? 'download'
      const length = headers.get('content-length')
      return { name, bytes: length === null ? null : Number(length), content: body ?? new ReadableStream() }
    },
  }
}

type AnyInput =
  | {
      params?: Record<string, unknown>
      query?: Record<string, unknown>
      body?: unknown
      content?: ReadableStream<Uint8Array>
      signal?: AbortSignal
      idempotencyKey?: string
    }
  | undefined

function requester({ url, token, fetch: send = fetch, userAgent }: ClientOptions) {
  return async (id: OperationId, input: AnyInput, accept: string): Promise<Response> => {
    const [method, path] = splitEndpoint(paths[id])
    const target = new URL(API_PREFIX + fillPath(path, input?.params ?? {}), url)
    for (const [name, value] of Object.entries(input?.query ?? {})) {
      if (value !== undefined) target.searchParams.set(name, String(value))
    }
    const headers: Record<string, string> = { accept }
    if (token) headers['authorization'] = `Bearer ${token}`
    if (userAgent) headers['user-agent'] = userAgent
    if (input?.idempotencyKey) headers['idempotency-key'] = input.idempotencyKey
    const init: RequestInit & { duplex?: 'half' } = { method, headers, redirect: 'error' }
    if (input?.body !== undefined) {
      headers['content-type'] = 'application/json'
      init.body = JSON.stringify(input.body)
    }
    if (input?.content) {
      headers['content-type'] = 'application/x-tar'
      init.body = input.content
      init.duplex = 'half'
    }
    if (input?.signal) init.signal = input.signal
    const response = await send(target, init).catch((cause: unknown) => {
      if (input?.signal?.aborted) throw cause
      throw new ConnectionError(`No answer from ${target.origin}`, { cause })
    })
    if (!response.ok) throw new ApiError(await problemOf(response))
    return response
  }
}

function splitEndpoint(endpoint: string): [method: string, path: string] {
  const space = endpoint.indexOf(' ')
  return [endpoint.slice(0, space), endpoint.slice(space + 1)]
}

/** `/apps/:app` with `{ app: 'shop' }` is `/apps/shop`. */
export function fillPath(path: string, params: Record<string, unknown>): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
}

async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => undefined)
  if (typeof body === 'object' && body !== null && 'code' in body && 'detail' in body) return body as Problem
  return {
    type: 'about:blank',
    title: response.statusText || 'Unexpected answer',
    status: response.status,
    detail: `The server answered ${response.status} without saying why.`,
    code: 'server.unexpected',
    requestId: response.headers.get('x-request-id') ?? '-',
  }
}

async function* ndjson(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunksOf(body)) {
    rest += decoder.decode(chunk, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim()) yield JSON.parse(line)
  }
  if (rest.trim()) yield JSON.parse(rest)
}

/** By hand, because not every browser can iterate over a stream. Whoever stops reading ends the request. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
