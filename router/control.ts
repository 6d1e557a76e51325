import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from './builtins.ts'
import type { RouterProblem } from './contract.ts'
import { ControlError } from './control-error.ts'
import type { EventStream } from './event-stream.ts'
import { listenUnix, stopAccepting } from './listen.ts'
import { codeOf, type Log, messageOf } from './log.ts'
import { type MetricsSource, sendMetrics } from './metrics-server.ts'
import type { Router } from './router.ts'
import { readDrained, readHold, readProbe, readTable } from './table.ts'
import type { Tls } from './tls/tls.ts'
import { readCertificatePut, readNames } from './tls-settings.ts'

const LARGEST_BODY = 64 * 1_048_576

type Call = { incoming: IncomingMessage; signal: AbortSignal; name: string }
type Handler = (call: Call) => Promise<unknown> | unknown

/** The contract's endpoints over HTTP on a unix socket. */
export class Control {
  readonly #events: EventStream
  readonly #log: Log
  readonly #server: Server
  readonly #handlers: Record<string, Handler>
  /** Null until the data plane is there. */
  metrics: MetricsSource | null = null

  /** `tls`: null where the router has no TLS port. */
  constructor(router: Router, events: EventStream, log: Log, tls: Tls | null = null) {
    this.#events = events
    this.#log = log
    this.#handlers = {
      'GET /status': () => router.status(),
      'PUT /table': async ({ incoming }) => {
        const answer = await router.put(readTable(await readJson(incoming)))
        log.info('table.applied', answer)
        return answer
      },
      'POST /probe': async ({ incoming, signal }) => router.probe(readProbe(await readJson(incoming)), signal),
      'POST /drained': async ({ incoming }) => router.drained(readDrained(await readJson(incoming))),
      'POST /services/:name/pause': async ({ incoming, name }) => {
        router.pause(name, readHold(await readJson(incoming)))
        return {}
      },
      'POST /services/:name/resume': ({ name }) => {
        router.resume(name)
        return {}
      },
      'GET /certificates': () => ({ certificates: tls?.statuses() ?? [] }),
      'PUT /certificates/:name': async ({ incoming, name }) =>
        needed(tls).put(name, readCertificatePut(await readJson(incoming))),
      'DELETE /certificates/:name': async ({ name }) => {
        await needed(tls).remove(name)
        return {}
      },
      'POST /domains/check': async ({ incoming }) => ({
        checks: await needed(tls).check(readNames(await readJson(incoming))),
      }),
    }
    this.#server = createServer((incoming, response) => void this.#serve(incoming, response))
  }

  listen(path: string): Promise<void> {
    return listenUnix(this.#server, path)
  }

  /** The socket file goes at once, so that a successor can make its own. */
  stop(): void {
    stopAccepting(this.#server)
    this.#server.closeIdleConnections()
  }

  /** Ends calls and streams that are still open. */
  close(): void {
    this.#server.closeAllConnections()
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = new AbortController()
    response.on('error', () => {})
    response.once('close', () => left.abort())
    try {
      const [key, name] = this.#match(incoming)
      if (key === 'GET /events') return this.#stream(response, incoming)
      if (key === 'GET /metrics' && this.metrics) return await sendMetrics(this.metrics, response)
      const handler = this.#handlers[key]
      if (!handler) throw new ControlError(404, 'endpoint.not-found', `There is no ${key}.`)
      send(response, 200, await handler({ incoming, signal: left.signal, name }))
    } catch (error) {
      const problem = this.#problem(error)
      send(response, problem.status, problem)
    }
  }

  #match(incoming: IncomingMessage): [key: string, name: string] {
    const path = (incoming.url ?? '').split('?', 1)[0] ?? ''
    const [, certificate] = /^\/certificates\/([^/]+)$/.exec(path) ?? []
    if (certificate !== undefined) return [`${incoming.method} /certificates/:name`, decodeURIComponent(certificate)]
    const [, name, verb] = /^\/services\/([^/]+)\/(pause|resume)$/.exec(path) ?? []
    if (name === undefined) return [`${incoming.method} ${path}`, '']
    return [`${incoming.method} /services/:name/${verb}`, decodeURIComponent(name)]
  }

  #stream(response: ServerResponse, incoming: IncomingMessage): void {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.flushHeaders()
    this.#events.add(response, new URL(incoming.url ?? '/', 'http://router').searchParams.get('only'))
  }

  #problem(error: unknown): RouterProblem {
    if (error instanceof ControlError) return error.problem
    this.#log.error('control.failed', { reason: messageOf(error) })
    const full = codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT'
    return {
      status: full ? 507 : 500,
      code: full ? 'state.full' : 'router.failed',
      title: full ? 'The disk is full' : 'The router failed',
      detail: `${messageOf(error)}. The table in force has not changed.`,
      fix: full ? 'Free some space, then try again.' : 'Read the router’s log.',
    }
  }
}

function needed(tls: Tls | null): Tls {
  if (tls) return tls
  const fix = 'Start it with PAAS_ROUTER_HTTPS_PORT.'
  throw new ControlError(409, 'tls.off', 'This router serves plain HTTP alone.', fix)
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of incoming) {
    length += chunk.length
    if (length > LARGEST_BODY)
      throw new ControlError(413, 'request.too-large', `The body exceeds ${LARGEST_BODY} bytes.`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    throw new ControlError(400, 'request.invalid', `The body is not JSON: ${messageOf(error)}`)
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  response.writeHead(status, { 'content-type': type })
  response.end(JSON.stringify(body))
}
