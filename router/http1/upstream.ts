import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { request } from '../builtins.ts'
import type { ServiceTimeouts } from '../contract.ts'
import type { FailureCode } from '../failures.ts'
import { codeOf } from '../log.ts'
import type { Target } from '../target.ts'

export type UpstreamHead =
  | { kind: 'response'; response: IncomingMessage }
  | { kind: 'upgraded'; response: IncomingMessage; socket: Duplex; early: Buffer }
  | UpstreamFailure

export type UpstreamFailure = {
  kind: 'failed'
  code: FailureCode
  /** No connection came about, so the target has seen nothing of the request. */
  unreached: boolean
  /** The connection broke before a byte of an answer. */
  broken: boolean
}

export type UpstreamRequest = {
  method: string
  path: string
  headers: string[]
  agent: Agent | false
  timeouts: ServiceTimeouts
  upgrade: boolean
}

/** The machine's own shortages say nothing about the target. */
const OWN_FAULTS = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL'])
const LARGEST_HEAD = 64 * 1024

class Ended extends Error {
  readonly failure: FailureCode

  constructor(failure: FailureCode) {
    super(failure)
    this.failure = failure
  }
}

/** One request to one target, from the connection to the head of the answer. */
export class Upstream {
  readonly request: ClientRequest
  readonly head: Promise<UpstreamHead>
  /** Who is to blame when the first byte does not come: a client that stopped sending its body makes this H28. */
  blame: () => FailureCode = () => 'H12'
  onConnected: (() => void) | null = null
  connectMs = 0
  readonly #began = performance.now()
  readonly #firstByteMs: number
  #settle: (head: UpstreamHead) => void
  #connected = false
  #settled = false
  #timer: NodeJS.Timeout

  constructor(target: Target, ask: UpstreamRequest) {
    const { promise, resolve } = Promise.withResolvers<UpstreamHead>()
    this.head = promise
    this.#settle = resolve
    this.#firstByteMs = ask.timeouts.firstByteMs
    this.#timer = setTimeout(() => this.abort('H19'), ask.timeouts.connectMs)
    this.request = request({
      host: target.host,
      port: target.port,
      method: ask.method,
      path: ask.path,
      headers: ask.headers,
      agent: ask.agent,
      maxHeaderSize: LARGEST_HEAD,
    })
    this.request.maxHeadersCount = 0
    this.#listen(ask.upgrade)
  }

  /** Something moves: the wait for the first byte starts anew. */
  keepWaiting(): void {
    this.#timer.refresh()
  }

  abort(code: FailureCode): void {
    this.request.destroy(new Ended(code))
  }

  #listen(upgrade: boolean): void {
    const { request } = this
    request.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => this.#reached())
      else this.#reached()
    })
    request.once('response', (response) => this.#finish({ kind: 'response', response }))
    request.once('upgrade', (response, socket, early) => {
      if (upgrade) return this.#finish({ kind: 'upgraded', response, socket, early })
      socket.on('error', () => {})
      socket.destroy()
      this.#finish({ kind: 'failed', code: 'H17', unreached: false, broken: false })
    })
    request.on('error', (error) => this.#finish(this.#explain(error)))
    request.once('close', () => this.#closed())
  }

  #reached(): void {
    this.#connected = true
    this.connectMs = performance.now() - this.#began
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.abort(this.blame()), this.#firstByteMs)
    this.onConnected?.()
  }

  /** Node closes a request without an error in few cases only; none of them may leave the client waiting. */
  #closed(): void {
    if (!this.#settled) this.#finish(this.#explain(new Error('closed without an answer')))
  }

  #finish(head: UpstreamHead): void {
    this.#settled = true
    clearTimeout(this.#timer)
    this.#settle(head)
  }

  #explain(error: Error): UpstreamFailure {
    const system = codeOf(error)
    const failed = (code: FailureCode, broken = false): UpstreamFailure => {
      const unreached = !this.#connected && (code === 'H19' || code === 'H21')
      return { kind: 'failed', code, unreached, broken }
    }
    if (error instanceof Ended) return failed(error.failure)
    if (OWN_FAULTS.has(system)) return failed('H99')
    if (!this.#connected) return failed(system === 'ETIMEDOUT' ? 'H19' : 'H21')
    if (system.startsWith('HPE_')) return failed('H17')
    return failed('H13', true)
  }
}
