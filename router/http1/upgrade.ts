import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Work } from '../drain.ts'
import { errorPage, failureProblem } from '../error-pages.ts'
import { FAILURES, type FailureCode } from '../failures.ts'
import type { Service } from '../service.ts'
import type { Target } from '../target.ts'
import { type Attempt, attemptTargets } from './attempts.ts'
import { requestHeaders, responseHeaders } from './headers.ts'
import type { Journal } from './journal.ts'
import { Pump } from './pump.ts'
import { headText, sendRawPage } from './raw-answer.ts'
import type { RequestHead } from './request-head.ts'
import { Tunnel } from './tunnel.ts'
import { Upstream, type UpstreamHead } from './upstream.ts'

/** A request to change the protocol (WebSocket or another), and the tunnel it becomes. */
export class Upgrade implements Work {
  readonly kind = 'tunnel'
  readonly #incoming: IncomingMessage
  readonly #client: Duplex
  readonly #early: Buffer
  readonly #head: RequestHead
  readonly #service: Service
  readonly #journal: Journal
  readonly #gone = new AbortController()
  #onCut: ((code: FailureCode) => void) | null = null

  constructor(
    incoming: IncomingMessage,
    socket: { stream: Duplex; early: Buffer },
    head: RequestHead,
    service: Service,
    journal: Journal,
  ) {
    this.#incoming = incoming
    this.#client = socket.stream
    this.#early = socket.early
    this.#head = head
    this.#service = service
    this.#journal = journal
    this.#client.once('close', () => {
      this.#gone.abort()
      this.#onCut?.('H27')
    })
  }

  /** Resolves when the tunnel, or the answer that refused it, is over. */
  async run(): Promise<void> {
    const failure = await attemptTargets(this.#service, this, this.#gone.signal, (target) => this.#attempt(target))
    if (failure) this.#fail(failure)
  }

  cut(): void {
    this.#onCut?.('H18')
  }

  async #attempt(target: Target): Promise<Attempt> {
    const { method, path } = this.#head
    const { timeouts } = this.#service.spec
    const headers = requestHeaders(this.#head, this.#journal.client)
    const upstream = new Upstream(target, { method, path, headers, agent: false, timeouts, upgrade: true })
    this.#onCut = (code) => upstream.abort(code)
    upstream.request.end()
    const answer = await upstream.head
    this.#onCut = null
    this.#journal.target = target
    this.#journal.connectMs = upstream.connectMs
    if (answer.kind === 'failed') {
      const { code, unreached, broken } = answer
      return { code, unreached, repeatable: broken, reused: false }
    }
    target.passed()
    if ((answer.response.statusCode ?? 0) < 101) {
      answer.response.destroy()
      return { code: 'H17', unreached: false, repeatable: false, reused: false }
    }
    if (answer.kind === 'upgraded') await this.#tunnel(answer)
    else await this.#refused(answer.response)
    return 'answered'
  }

  async #tunnel({ response, socket, early }: UpstreamHead & { kind: 'upgraded' }): Promise<void> {
    const protocol = response.headers.upgrade ?? ''
    const headers = [...responseHeaders(response.rawHeaders, false), 'Connection', 'Upgrade', 'Upgrade', protocol]
    this.#client.write(headText(101, headers))
    const websocket = protocol.toLowerCase() === 'websocket'
    const tunnel = new Tunnel(this.#client, socket, { websocket, idleMs: this.#service.spec.timeouts.websocketIdleMs })
    this.#onCut = () => tunnel.cut()
    tunnel.begin(this.#early, early)
    const { bytes } = await tunnel.done
    this.#journal.bytes = bytes
    this.#journal.close(101)
  }

  /** The app said no: its answer goes through, and the connection ends with it. */
  async #refused(response: IncomingMessage): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const status = response.statusCode ?? 0
    const headers = [...responseHeaders(response.rawHeaders, false), 'Connection', 'close']
    const idle = setTimeout(() => response.destroy(), this.#service.spec.timeouts.idleMs)
    this.#onCut = () => response.destroy()
    this.#client.write(headText(status, headers))
    const pump = new Pump(response, this.#client, (chunk) => {
      this.#journal.bytes += chunk.length
      idle.refresh()
    })
    response.on('error', () => {})
    response.once('close', () => {
      clearTimeout(idle)
      pump.stop()
      if (response.complete) this.#client.end(() => this.#client.destroy())
      else this.#client.destroy()
      this.#journal.close(status, response.complete ? undefined : 'H18')
      resolve()
    })
    await promise
  }

  #fail(code: FailureCode): void {
    this.#journal.close(FAILURES[code].status, code)
    if (code === 'H27') this.#client.destroy()
    else
      sendRawPage(
        this.#client,
        errorPage(failureProblem(code), this.#incoming.headers.accept, this.#journal.client.requestId),
      )
  }
}
