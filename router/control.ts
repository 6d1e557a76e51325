import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from './builtins.ts'
import {
  type DrainedAnswer,
  HANDED_OVER,
  type ProbeAnswer,
  type ProbeRequest,
  type PutTableAnswer,
  type RestartAnswer,
  type RouterProblem,
  type RouterStatus,
} from './contract/call.ts'
import type { RouterTable } from './contract/table.ts'
import { ControlError } from './control-error.ts'
import type { EventStream } from './event-stream.ts'
import { descriptorOf, fileNumber, listenInherited, listenUnix, removeSocketFile, stopAccepting } from './listen.ts'
import { codeOf, type Log, messageOf } from './log.ts'
import { type MetricsSource, sendMetrics } from './metrics-server.ts'
import { readDrained, readHold, readProbe, readTable } from './table.ts'
import type { Tls } from './tls/tls.ts'
import { readCertificatePut, readNames } from './tls-settings.ts'

const LARGEST_BODY = 64 * 1_048_576

type Call = { incoming: IncomingMessage; signal: AbortSignal; name: string }
type Handler = (call: Call) => Promise<unknown> | unknown

/** What the control socket is in front of. */
export interface ControlVerbs {
  status(): Promise<RouterStatus>
  put(table: RouterTable): Promise<PutTableAnswer>
  probe(request: ProbeRequest, signal: AbortSignal): Promise<ProbeAnswer>
  drained(ids: string[]): Promise<DrainedAnswer>
  pause(name: string, holdMs: number): Promise<void>
  resume(name: string): Promise<void>
  restart(): Promise<RestartAnswer>
}

/** Calls that are answered whatever goes on between two generations of the router. */
const ALWAYS = new Set(['GET /status', 'POST /restart'])
/** Calls that the old generation answers to the end. */
const FINISHED_HERE = new Set(['POST /drained', 'POST /restart'])
const FINISH_MS = 1_000
const CHECK_MS = 20

/** The contract's endpoints over HTTP on a unix socket. */
export class Control {
  readonly #events: EventStream
  readonly #log: Log
  readonly #server: Server
  readonly #handlers: Record<string, Handler>
  /** Null until the data plane is there. */
  metrics: MetricsSource | null = null
  /** Calls under way that a successor can answer as well. */
  readonly #movable = new Set<() => void>()
  #handedOver = false
  /** Calls wait for it while a successor is taking over. */
  #thawed: PromiseWithResolvers<void> | null = null
  #file: { path: string; number: number | undefined } | null = null
  #calls = 0

  /** `tls`: null where the router has no TLS port. */
  constructor(router: ControlVerbs, events: EventStream, log: Log, tls: Tls | null = null) {
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
        await router.pause(name, readHold(await readJson(incoming)))
        return {}
      },
      'POST /services/:name/resume': async ({ name }) => {
        await router.resume(name)
        return {}
      },
      'POST /restart': () => router.restart(),
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

  /** `fd`: the same socket, bound already. */
  async listen(path: string, fd?: number): Promise<void> {
    await (fd === undefined ? listenUnix(this.#server, path) : listenInherited(this.#server, fd))
    this.#file = { path, number: fileNumber(path) }
  }

  /** Of the listening socket, for a successor. */
  get descriptor(): number | undefined {
    return descriptorOf(this.#server)
  }

  /** Calls are held, for a successor asks how we stand. */
  freeze(): void {
    this.#thawed ??= Promise.withResolvers()
  }

  /** There is no successor after all. */
  thaw(): void {
    this.#thawed?.resolve()
    this.#thawed = null
  }

  /** A successor answers on the socket: what is held or comes now is sent there. */
  handOver(): void {
    this.#file = null
    stopAccepting(this.#server)
    this.#handedOver = true
    for (const move of this.#movable) move()
    this.thaw()
  }

  /** The socket file goes at once, so that whoever starts next can make its own. */
  stop(): void {
    stopAccepting(this.#server)
    if (this.#file) removeSocketFile(this.#file.path, this.#file.number)
    this.#file = null
    this.#server.closeIdleConnections()
  }

  /** Ends calls and streams that are still open, after a moment for the answers. */
  async close(): Promise<void> {
    for (let waited = 0; this.#calls > 0 && waited < FINISH_MS; waited += CHECK_MS) {
      await new Promise((resolve) => setTimeout(resolve, CHECK_MS))
    }
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
      send(response, 200, await this.#answer(key, () => handler({ incoming, signal: left.signal, name })))
    } catch (error) {
      const problem = this.#problem(error)
      send(response, problem.status, problem)
    }
  }

  async #answer(key: string, call: () => unknown): Promise<unknown> {
    this.#calls += 1
    try {
      if (!ALWAYS.has(key)) await this.#thawed?.promise
      if (this.#handedOver) throw handedOver()
      return await (FINISHED_HERE.has(key) ? call() : this.#movably(call))
    } finally {
      this.#calls -= 1
    }
  }

  /** Ends early when a successor has taken over, so that the caller asks there. */
  async #movably(call: () => unknown): Promise<unknown> {
    const { promise, reject } = Promise.withResolvers<never>()
    const move = () => reject(handedOver())
    this.#movable.add(move)
    try {
      return await Promise.race([promise, call()])
    } finally {
      this.#movable.delete(move)
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

/** The one that a client may repeat at once. */
function handedOver(): ControlError {
  return new ControlError(503, HANDED_OVER, 'Another process of the router has taken over.', 'Try again at once.')
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
