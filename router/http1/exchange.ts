import type { Work } from '../drain.ts'
import { errorPage, failureProblem } from '../error-pages.ts'
import { FAILURES, type FailureCode } from '../failures.ts'
import type { Connection } from '../io/connection.ts'
import type { Service } from '../service.ts'
import type { Target } from '../target.ts'
import { pageText } from './answer.ts'
import { Attempts } from './attempts.ts'
import type { Receiver } from './download.ts'
import type { Journal } from './journal.ts'
import type { Plane } from './plane.ts'
import type { ResponseHead } from './response-head.ts'
import { hintsText, responseText } from './response-text.ts'
import { addSecurityLine } from './security-line.ts'
import { Tunnel, type TunnelEnd } from './tunnel.ts'
import { CONTINUE_MS, type Upload } from './upload.ts'
import { type Broken, Upstream } from './upstream.ts'

/** One request, as its client hands it over. */
export type Ask = {
  /** Where the answer goes. */
  connection: Connection
  method: string
  minor: number
  /** The head as the app gets it. */
  text: string
  requestId: string
  accept: string | undefined
  acceptsTrailers: boolean
  lines?: string
  /** The protocol of a valid `Upgrade`. */
  upgrade: string | null
  /** The client does not reuse its connection after this. */
  close: boolean
}

/** What an exchange asks of its client. */
export interface Asker {
  readonly connection: Connection
  /** The exchange is over; `close`: so is the connection, in order. */
  finished(exchange: Exchange, close: boolean): void
  /** What came after the head of an upgrade. */
  takeHeld(): Buffer
  /** The exchange is over, and what was sent of the answer must not look whole. */
  broken(exchange: Exchange, unmarked: boolean): void
}

type Phase = 'choosing' | 'connecting' | 'waiting' | 'answering' | 'flushing' | 'tunnel' | 'over'

const NONE: ReadonlySet<Target> = new Set()

/** One request of a client and the answer it is owed: chooses targets, tries again, watches the time, keeps the journal. */
export class Exchange implements Work {
  readonly kind: Work['kind']
  readonly upload: Upload | null
  readonly #plane: Plane
  readonly #asker: Asker
  readonly #service: Service
  readonly #ask: Ask
  readonly #journal: Journal
  #phase: Phase = 'choosing'
  #attempts: Attempts | null = null
  #target: Target | null = null
  #upstream: Upstream | null = null
  #tunnel: Tunnel | null = null
  #gone: AbortController | null = null
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

  start(): void {
    const { upload } = this
    const choice = this.#service.choose(this, NONE)
    if (typeof choice === 'string') {
      upload?.keep()
      if (choice === 'wait') void this.#wait()
      else this.#fail(choice)
    } else this.#attempt(choice)
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
    this.#gone?.abort()
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
    this.#leaveTarget()
    if (blocked) {
      this.#phase = 'flushing'
      this.#touch()
    } else this.#finish()
  }

  /** The connection to the app failed. */
  broke(upstream: Upstream, broken: Broken): void {
    const target = upstream.target
    const unmarked = upstream.download.unmarked
    const answering = this.#phase === 'answering'
    this.#upstream = null
    this.#leaveTarget()
    if (answering) {
      this.#break(broken.code, unmarked)
      return
    }
    this.#attempts ??= new Attempts()
    const traits = { repeatable: this.#repeatable, reused: upstream.reused }
    if (this.#attempts.failed(target, broken, traits)) this.#next(this.#attempts)
    else this.#fail(broken.code)
  }

  /** Safe to send twice: no body, and a method without effects (RFC 9110 section 9.2.1). */
  get #repeatable(): boolean {
    return this.upload === null && isSafe(this.#ask.method)
  }

  #next(attempts: Attempts): void {
    this.#phase = 'choosing'
    this.#deadline = 0
    const choice = this.#service.choose(this, attempts.tried)
    if (choice === 'wait') void this.#wait()
    else if (typeof choice === 'string') this.#fail(attempts.failure ?? choice)
    else this.#attempt(choice)
  }

  /** Held until the service has a target: it is paused, or its first one is being added. */
  async #wait(): Promise<void> {
    this.#gone = new AbortController()
    const choice = await this.#service.take(this, this.#attempts?.tried ?? NONE, this.#gone.signal)
    if (this.#phase === 'over') {
      if (typeof choice !== 'string') choice.end(this)
    } else if (typeof choice === 'string') this.#fail(this.#attempts?.failure ?? choice)
    else this.#attempt(choice)
  }

  #attempt(target: Target): void {
    const { idle, clock } = this.#plane
    this.#target = target
    this.#journal.target = target
    this.#journal.connectMs = 0
    const mayReuse = this.#ask.upgrade === null && !this.#attempts?.fresh
    const upstream = mayReuse ? idle.take(target, isSafe(this.#ask.method), clock.now) : undefined
    if (upstream) {
      this.#upstream = upstream
      upstream.carry(this)
      this.#send(upstream)
      return
    }
    this.upload?.keep()
    this.#phase = 'connecting'
    this.#dialed = performance.now()
    this.#deadline = clock.in(this.#service.spec.timeouts.connectMs)
    this.#upstream = new Upstream(target, this, {
      rest: (rested) => {
        rested.idleSince = clock.now
        if (target.drain === null) idle.put(rested)
        else rested.close()
      },
      gone: (left) => idle.remove(left),
    })
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
    this.#leaveTarget()
  }

  #leaveTarget(): void {
    this.#target?.end(this)
    this.#target = null
  }

  #finish(): void {
    this.#phase = 'over'
    this.#journal.close(this.#status)
    this.#asker.finished(this, this.#close)
  }

  #tunnelOver({ bytes }: TunnelEnd): void {
    this.#phase = 'over'
    this.#upstream = null
    this.#leaveTarget()
    this.#journal.bytes = bytes
    this.#journal.close(101)
    this.#asker.broken(this, false)
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
    this.#journal.close(status, code)
    const { requestId, accept, method } = this.#ask
    if (!this.sent || this.#plane.stopping || this.#ask.upgrade !== null || code === 'H26') this.#close = true
    const page = errorPage(failureProblem(code), accept, requestId)
    const traits = { close: this.#close, headOnly: method === 'HEAD', date: this.dateLine }
    this.#asker.connection.writeText(pageText(page, requestId, traits))
    this.#asker.finished(this, this.#close)
  }

  #break(code: FailureCode, unmarked: boolean): void {
    this.#phase = 'over'
    this.#journal.close(FAILURES[code].status, code)
    this.#asker.broken(this, unmarked)
  }
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE'
}
