import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { RequestLog } from '../access-log.ts'
import { createServer, randomUUID } from '../builtins.ts'
import { errorPage, type Page, type Problem, UNKNOWN_HOST } from '../error-pages.ts'
import { listenTcp, stopAccepting } from '../listen.ts'
import { codeOf } from '../log.ts'
import type { Routes } from '../router.ts'
import { Agents } from './agents.ts'
import { sendPage } from './answer.ts'
import { Exchange } from './exchange.ts'
import { forward } from './forward.ts'
import { type Client, requestIdFrom } from './headers.ts'
import { Journal } from './journal.ts'
import { sendRawPage } from './raw-answer.ts'
import { BadRequest, type RequestHead, readHead, wantsUpgrade } from './request-head.ts'
import { Upgrade } from './upgrade.ts'

/** Node's default ends uploads of more than five minutes; idle limits of the service do that better. */
const REQUEST_TIMEOUT_MS = 0
/** Above the 60 s of common load balancers, so that they are the ones who close. */
const KEEP_ALIVE_MS = 75_000
const LARGEST_HEAD = 16 * 1024
/** When stopping, connections get this long to send one more request and hear `Connection: close`. */
const IDLE_GRACE_MS = 2_500
const SWEEP_EVERY_MS = 100

/** A client that drips its head is cut off after `headersMs`, noticed every `checkEveryMs`. */
export type PlaneLimits = { headersMs: number; checkEveryMs: number }
export const PLANE_LIMITS: PlaneLimits = { headersMs: 10_000, checkEveryMs: 5_000 }

/** HTTP/1.1 towards the world: everything that touches node:http lives behind this class. */
export class DataPlane {
  readonly #routes: Routes
  readonly #log: RequestLog
  readonly #agents = new Agents()
  readonly #sockets = new Set<Socket>()
  readonly #upgrades = new Set<Upgrade>()
  readonly #server: Server
  #stopping = false

  constructor(routes: Routes, log: RequestLog, limits: PlaneLimits = PLANE_LIMITS) {
    this.#routes = routes
    this.#log = log
    this.#server = createServer({
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: LARGEST_HEAD,
      requireHostHeader: false,
      shouldUpgradeCallback: wantsUpgrade,
    })
    this.#server.maxHeadersCount = 0
    this.#wire()
  }

  async listen(host: string, port: number): Promise<number> {
    await listenTcp(this.#server, host, port)
    return (this.#server.address() as AddressInfo).port
  }

  /** Finishes what is under way, tells clients to go elsewhere, and cuts what is left after the limit. */
  async stop(limitMs: number): Promise<void> {
    this.#stopping = true
    stopAccepting(this.#server)
    for (const upgrade of this.#upgrades) upgrade.cut()
    const began = Date.now()
    while (this.#sockets.size > 0 && Date.now() - began < limitMs) {
      await new Promise((resolve) => setTimeout(resolve, SWEEP_EVERY_MS))
      if (Date.now() - began >= IDLE_GRACE_MS) this.#server.closeIdleConnections()
    }
    for (const socket of this.#sockets) socket.destroy()
  }

  #wire(): void {
    const server = this.#server
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    server.on('request', (incoming, response) => this.#serve(incoming, response, false))
    server.on('checkContinue', (incoming, response) => this.#serve(incoming, response, true))
    server.on('checkExpectation', (incoming, response) => {
      this.#refuse(incoming, response, { status: 417, title: 'Expectation Failed', help: 'Unknown Expect header.' })
    })
    server.on('upgrade', (incoming, stream, early) => this.#upgrade(incoming, stream, early))
    server.on('connect', (_incoming, stream) => {
      stream.on('error', () => {})
      sendRawPage(stream, plainPage({ status: 405, title: 'Method Not Allowed', help: 'This is not an open proxy.' }))
    })
    server.on('clientError', (error, stream) => refuseUnparsable(error, stream))
  }

  #serve(incoming: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    if (this.#stopping) response.shouldKeepAlive = false
    incoming.on('error', () => {})
    response.on('error', () => {})
    try {
      const head = readHead(incoming)
      const service = this.#routes.find(head.host)
      if (!service) {
        this.#refuse(incoming, response, UNKNOWN_HOST)
        return
      }
      const journal = this.#journal(incoming, head, service.name)
      const exchange = new Exchange(incoming, response, head, service, journal)
      forward(exchange, this.#agents, awaitsContinue).catch(() => response.destroy())
    } catch (error) {
      this.#refuse(incoming, response, badRequest(error))
    }
  }

  #upgrade(incoming: IncomingMessage, stream: Duplex, early: Buffer): void {
    stream.on('error', () => {})
    try {
      const head = readHead(incoming)
      const service = this.#routes.find(head.host)
      if (!service) {
        sendRawPage(stream, plainPage(UNKNOWN_HOST))
        return
      }
      const journal = this.#journal(incoming, head, service.name)
      const upgrade = new Upgrade(incoming, { stream, early }, head, service, journal)
      this.#upgrades.add(upgrade)
      upgrade
        .run()
        .catch(() => stream.destroy())
        .finally(() => this.#upgrades.delete(upgrade))
    } catch (error) {
      sendRawPage(stream, plainPage(badRequest(error)))
    }
  }

  #refuse(incoming: IncomingMessage, response: ServerResponse, problem: Problem): void {
    const requestId = requestIdFrom(incoming.headers['x-request-id'])
    if (problem.status === 400) response.shouldKeepAlive = false
    sendPage(incoming, response, errorPage(problem, incoming.headers.accept, requestId), requestId)
  }

  #journal(incoming: IncomingMessage, head: RequestHead, service: string): Journal {
    const { remoteAddress = '', localPort = 0 } = incoming.socket
    const client: Client = {
      address: remoteAddress.startsWith('::ffff:') ? remoteAddress.slice(7) : remoteAddress,
      port: localPort,
      requestId: requestIdFrom(incoming.headers['x-request-id']),
      startedAt: Date.now(),
      protocol: 'http',
    }
    return new Journal(this.#log, service, head, client)
  }
}

function badRequest(error: unknown): Problem {
  if (!(error instanceof BadRequest)) throw error
  return { status: error.status, title: 'Bad Request', help: `The request was refused: ${error.message}.` }
}

/** The socket must be destroyed here: with this handler in place nobody else does (timeouts included). */
function refuseUnparsable(error: Error, stream: Duplex): void {
  const code = codeOf(error)
  if (code === 'ECONNRESET' || !stream.writable) {
    stream.destroy()
    return
  }
  const known: Record<string, [number, string]> = {
    HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
    HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Content Too Large'],
    ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
  }
  const [status, title] = known[code] ?? [400, 'Bad Request']
  sendRawPage(stream, plainPage({ status, title, help: 'The request is not well-formed HTTP.' }))
}

function plainPage(problem: Problem): Page {
  return errorPage(problem, undefined, randomUUID())
}
