import type { Work } from '../drain.ts'
import { errorPage, failureProblem } from '../error-pages.ts'
import { FAILURES, type FailureCode } from '../failures.ts'
import type { Service } from '../service.ts'
import { pageText } from './answer.ts'
import type { Ask, Asker } from './ask.ts'
import type { Receiver } from './download.ts'
import type { Journal } from './journal.ts'
import type { Plane } from './plane.ts'
import type { ResponseHead } from './response-head.ts'
import { hintsText, responseText } from './response-text.ts'
import { Search, type Searcher } from './search.ts'
import { addSecurityLine } from './security-line.ts'
import { Tunnel, type TunnelEnd } from './tunnel.ts'
import { CONTINUE_MS, type Upload } from './upload.ts'
import type { Broken, Upstream } from './upstream.ts'

type Phase = 'choosing' | 'connecting' | 'waiting' | 'answering' | 'flushing' | 'tunnel' | 'over'

/** One request of a client and the answer it is owed: chooses targets, tries again, watches the time, keeps the journal. */
export class Exchange implements Searcher {
  readonly kind: Work['kind']
  readonly upload: Upload | null
  readonly #plane: Plane
  readonly #asker: Asker
  readonly #service: Service
  readonly #ask: Ask
  readonly #journal: Journal
  #phase: Phase = 'choosing'
  readonly #search: Search
  #upstream: Upstream | null = null
  #tunnel: Tunnel | null = null
  #status = 0
  #close: boolean
  /** What the client got of an abandoned answer could be taken for the whole. */
  #unmarked = false
  #dialed = 0
  #deadline = 0
  #continueAt = 0

  constructor(plane: Plane, asker: Asker, service: Service, ask: Ask, upload: Upload | null, journal: Journal) {
    this.kind = ask.upgrade === null ? 'request' : 'tunnel'
    this.upload = upload
    this.#plane = plane
    this.#asker = asker
    this.#service = service
    this.#ask = ask
    if (ask.connection.secure) addSecurityLine(ask, service.spec.tls)
    this.#journal = journal
    this.#close = ask.close
    const safe = isSafe(ask.method)
    // Safe to send twice: no body, and a method without effects (RFC 9110 section 9.2.1).
    const traits = { reuse: ask.upgrade === null, safe, repeatable: upload === null && safe }
    this.#search = new Search(plane, service, this, traits)
  }

  get receiver(): Receiver {
    return this.#ask
  }

  get mayUpgrade(): boolean {
    return this.#ask.upgrade !== null
  }

  /** The whole request has gone out to the app. */
  get sent(): boolean {
    return this.upload === null || this.upload.complete
  }

  get dateLine(): string {
    return this.#plane.clock.dateLine(Date.now())
  }

  get over(): boolean {
    return this.#phase === 'over'
  }

  start(): void {
    this.#search.start()
  }

  /** More from the client while this is its current exchange. Returns the position after what belongs to it, or -1. */
  receive(bytes: Buffer, start: number, end: number): number {
    if (this.#tunnel) {
      this.#tunnel.up(bytes, start, end)
      return end
    }
    if (this.upload === null) return start
    const after = this.upload.receive(bytes, start, end)
    if (this.#phase === 'waiting' || this.#phase === 'answering') this.#touch()
    return after
  }

  /** The client's body is not valid. */
  malformed(): void {
    this.#abandon()
    this.#fail('H26')
  }

  /** The client took what was pending. */
  drained(): void {
    if (this.#phase === 'flushing') this.#finish()
    else if (this.#tunnel) this.#tunnel.drained(this.#asker.connection)
    else if (this.#phase === 'answering') {
      this.#touch()
      this.#upstream?.download.drained()
    }
  }

  /** The client ended its side, or is gone altogether. */
  clientLeft(gone: boolean): void {
    if (this.#tunnel) {
      if (gone) this.#tunnel.closed()
      else this.#tunnel.ended(this.#asker.connection)
      return
    }
    this.#abandon()
    this.#fail('H27')
  }

  cut(): void {
    if (this.#tunnel) this.#tunnel.goodbye()
    else if (this.#phase !== 'over' && this.#phase !== 'flushing') {
      this.#abandon()
      this.#fail('H18')
    }
  }

  /** Called once per tick. */
  check(now: number): void {
    if (this.#tunnel) {
      this.#tunnel.check(now)
      return
    }
    if (this.#continueAt > 0 && now >= this.#continueAt) this.#continue()
    if (this.#deadline === 0 || now < this.#deadline) return
    const upstream = this.#upstream
    if (this.#phase === 'connecting' && upstream) {
      upstream.close()
      this.broke(upstream, { code: 'H19', unreached: true, silent: true })
    } else if (this.#phase === 'waiting') this.#overdue(this.upload?.stalled ? 'H28' : 'H12')
    else if (this.#phase === 'answering') {
      this.#overdue(upstream?.download.blocked || this.upload?.stalled ? 'H28' : 'H15')
    } else if (this.#phase === 'flushing') this.#fail('H28')
  }

  // What the upstream tells.

  connected(upstream: Upstream): void {
    this.#journal.connectMs = performance.now() - this.#dialed
    this.#send(upstream)
  }

  /** An interim response (RFC 9110 section 15.2). */
  informed(head: ResponseHead, bytes: Buffer): void {
    if (head.status === 100) this.#continue()
    if (head.status !== 103 || this.#ask.minor !== 1) return
    const hints = hintsText(head, bytes)
    if (hints !== '') this.#asker.connection.writeText(hints)
  }

  /** The head of the final answer is about to go out. Returns whether the client's connection ends with it. */
  answered(upstream: Upstream, head: ResponseHead): boolean {
    upstream.target.passed()
    this.#status = head.status
    if (!this.sent || this.#plane.stopping || this.#ask.upgrade !== null) this.#close = true
    this.#continueAt = 0
    return this.#close
  }

  begun(bytes: number): void {
    this.#phase = 'answering'
    this.moved(bytes)
  }

  moved(bytes: number): void {
    this.#journal.bytes = bytes
    this.#touch()
  }

  switched(upstream: Upstream, head: ResponseHead, bytes: Buffer): Tunnel {
    upstream.target.passed()
    this.#phase = 'tunnel'
    const client = this.#asker.connection
    const passage = { chunked: false, close: false, keepTrailers: false, upgrade: true } as const
    client.writeText(responseText(head, bytes, passage, this.dateLine))
    this.#tunnel = new Tunnel(client, upstream.connection, {
      websocket: this.#ask.upgrade?.toLowerCase() === 'websocket',
      idleMs: this.#service.spec.timeouts.websocketIdleMs,
      clock: this.#plane.clock,
      over: (end) => this.#tunnelOver(end),
    })
    const early = this.#asker.takeHeld()
    if (early.length > 0) this.#tunnel.up(early, 0, early.length)
    client.resume()
    return this.#tunnel
  }

  /** The answer has been handed on whole; `blocked`: the client has yet to take the last of it. */
  complete(blocked: boolean): void {
    this.upload?.stop()
    this.#upstream = null
    this.#search.leave()
    if (blocked) {
      this.#phase = 'flushing'
      this.#touch()
    } else this.#finish()
  }

  /** The connection to the app failed. */
  broke(upstream: Upstream, broken: Broken): void {
    const { unmarked } = upstream.download
    this.#upstream = null
    if (this.#phase === 'answering') {
      this.#search.leave()
      this.#break(broken.code, unmarked)
      return
    }
    this.#phase = 'choosing'
    this.#deadline = 0
    this.#search.failed(upstream, broken)
  }

  // What the search tells.

  /** There is no target yet; what the client has sent of its body must be kept. */
  held(): void {
    this.upload?.keep()
  }

  refused(code: FailureCode): void {
    this.#fail(code)
  }

  found(upstream: Upstream): void {
    this.#upstream = upstream
    this.#journal.target = upstream.target
    this.#journal.connectMs = 0
    if (upstream.connected) {
      this.#send(upstream)
      return
    }
    this.upload?.keep()
    this.#phase = 'connecting'
    this.#dialed = performance.now()
    this.#deadline = this.#plane.clock.in(this.#service.spec.timeouts.connectMs)
  }

  #send(upstream: Upstream): void {
    const { clock } = this.#plane
    this.#phase = 'waiting'
    this.#deadline = clock.in(this.#service.spec.timeouts.firstByteMs)
    if (this.upload === null) upstream.connection.writeText(this.#ask.text)
    else this.upload.begin(upstream.connection, this.#ask.text)
    if (this.upload?.awaitsContinue) this.#continueAt = clock.now + CONTINUE_MS
  }

  #continue(): void {
    this.#continueAt = 0
    if (!this.upload?.awaitsContinue) return
    this.upload.awaitsContinue = false
    this.#asker.connection.writeText('HTTP/1.1 100 Continue\r\n\r\n')
  }

  /** Something moved: the time starts anew. */
  #touch(): void {
    const { firstByteMs, idleMs } = this.#service.spec.timeouts
    this.#deadline = this.#plane.clock.in(this.#phase === 'waiting' ? firstByteMs : idleMs)
  }

  #overdue(code: FailureCode): void {
    this.#abandon()
    this.#fail(code)
  }

  /** Nobody wants an answer of this target any more. */
  #abandon(): void {
    const upstream = this.#upstream
    this.#upstream = null
    this.#unmarked = upstream?.download.unmarked ?? false
    upstream?.close()
    this.#search.abandon()
  }

  #finish(): void {
    this.#phase = 'over'
    this.#journal.close(this.#status)
    this.#asker.finished(this.sent, this.#close)
  }

  #tunnelOver({ bytes }: TunnelEnd): void {
    this.#phase = 'over'
    this.#upstream = null
    this.#search.leave()
    this.#journal.bytes = bytes
    this.#journal.close(101)
    this.#asker.broken(false)
  }

  /** Ends the exchange with an error page, or, when the answer had begun, by breaking the connection. */
  #fail(code: FailureCode): void {
    if (this.#phase === 'over') return
    const { status } = FAILURES[code]
    if (this.#phase === 'answering' || this.#phase === 'flushing' || status === 499) {
      this.#break(code, this.#unmarked)
      return
    }
    this.#phase = 'over'
    const { requestId, accept, method } = this.#ask
    if (!this.sent || this.#plane.stopping || this.#ask.upgrade !== null || code === 'H26') this.#close = true
    const page = errorPage(failureProblem(code), accept, requestId)
    if (method !== 'HEAD') this.#journal.bytes = Buffer.byteLength(page.body)
    this.#journal.close(status, code)
    const traits = { close: this.#close, headOnly: method === 'HEAD', date: this.dateLine }
    this.#asker.connection.writeText(pageText(page, requestId, traits))
    this.#asker.finished(this.sent, this.#close)
  }

  #break(code: FailureCode, unmarked: boolean): void {
    this.#phase = 'over'
    this.#journal.close(FAILURES[code].status, code)
    this.#asker.broken(unmarked)
  }
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE'
}
