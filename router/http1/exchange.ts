import type { Work } from '../drain.ts'
import type { FailureCode } from '../failures.ts'
import { NO_SLOT } from '../roster.ts'
import { BODY_TOO_LARGE, type Refused } from '../rules/refused.ts'
import type { Service } from '../service.ts'
import type { Broken } from './broken.ts'
import type { CoderWatcher } from './coder.ts'
import type { Receiver } from './download.ts'
import { lateCode, type Phase, patienceMs } from './patience.ts'
import type { Plane } from './plane.ts'
import type { Reply } from './reply.ts'
import type { ResponseHead } from './response-head.ts'
import { Search, type Searcher } from './search.ts'
import { addSecurityLine } from './security-line.ts'
import type { Tunnel, TunnelEnd } from './tunnel.ts'
import type { Upload } from './upload.ts'
import type { Upstream } from './upstream.ts'

/** One request of a client and the answer it is owed: chooses targets, tries again, watches the time. */
export class Exchange implements Searcher, CoderWatcher {
  readonly kind: Work['kind']
  slot = NO_SLOT
  readonly upload: Upload | null
  readonly #plane: Plane
  readonly #service: Service
  readonly #reply: Reply
  readonly #search: Search
  #phase: Phase = 'choosing'
  #upstream: Upstream | null = null
  #tunnel: Tunnel | null = null
  #deadline = 0

  constructor(plane: Plane, service: Service, reply: Reply) {
    const { ask, upload } = reply
    this.kind = ask.upgrade === null ? 'request' : 'tunnel'
    this.upload = upload
    this.#plane = plane
    this.#service = service
    this.#reply = reply
    if (ask.https) addSecurityLine(ask, service.spec.tls)
    this.#search = new Search(plane, service, this, ask)
  }

  get receiver(): Receiver {
    return this.#reply.ask
  }

  get sent(): boolean {
    return this.#reply.sent
  }

  get dateLine(): string {
    return this.#reply.dateLine
  }

  get over(): boolean {
    return this.#phase === 'over'
  }

  start(): void {
    const { ruled } = this.#reply.ask
    const refused = ruled === null ? null : ruled.rules.admit(ruled.visit, this.#plane.answers)
    if (refused instanceof Promise) void this.#await(refused)
    else this.#admit(refused)
  }

  async #await(verdict: Promise<Refused | null>): Promise<void> {
    this.held()
    const refused = await verdict
    if (!this.over) this.#admit(refused)
  }

  #admit(refused: Refused | null): void {
    if (refused !== null) this.#refuse(refused)
    else if (this.upload?.tooLarge) this.#refuse(BODY_TOO_LARGE)
    else this.#search.start()
  }

  /** More from the client while this is its current exchange. Returns the position after what belongs to it, or -1. */
  receive(bytes: Buffer, start: number, end: number): number {
    if (this.#tunnel) {
      this.#tunnel.up(bytes, start, end)
      return end
    }
    if (this.upload === null) return start
    const after = this.upload.receive(bytes, start, end)
    if (after >= 0 && this.upload.tooLarge) {
      this.#refuse(BODY_TOO_LARGE)
      return end
    }
    if (this.#phase === 'waiting' || this.#phase === 'answering') this.#touch()
    return after
  }

  /** The client's body is not valid. */
  malformed(): void {
    this.#giveUp('H26')
  }

  /** The client took what was pending. */
  drained(): void {
    const { coder } = this.#reply.ask
    if (coder !== null && !coder.done) {
      this.#touch()
      coder.drained()
    } else if (this.#phase === 'flushing') this.#finish()
    else if (this.#tunnel) this.#tunnel.drained(this.#reply.client)
    else if (this.#phase === 'answering') {
      this.#touch()
      this.#upstream?.download.drained()
    }
  }

  /** The client ended its side, or is gone altogether. */
  clientLeft(gone: boolean): void {
    if (this.#tunnel) {
      if (gone) this.#tunnel.closed()
      else this.#tunnel.ended(this.#reply.client)
    } else this.#giveUp('H27')
  }

  cut(): void {
    if (this.#tunnel) this.#tunnel.goodbye()
    else if (this.#phase !== 'over' && this.#phase !== 'flushing') this.#giveUp('H18')
  }

  /** Called once per tick. */
  check(now: number): void {
    if (this.#tunnel) {
      this.#tunnel.check(now)
      return
    }
    this.upload?.check(now)
    if (this.#deadline === 0 || now < this.#deadline) return
    if (this.#phase === 'connecting') this.#upstream?.late()
    else if (this.#phase === 'flushing') this.fail('H28')
    else if (this.#phase === 'waiting' || this.#phase === 'answering') {
      this.#giveUp(lateCode(this.#phase, this.upload?.stalled === true, this.#upstream?.download.blocked === true))
    }
  }

  // What the upstream tells.

  connected(upstream: Upstream): void {
    this.#reply.journal.connected()
    this.#send(upstream)
  }

  informed(head: ResponseHead, bytes: Buffer): void {
    if (head.status === 100) this.upload?.continue()
    this.#reply.informed(head, bytes)
  }

  answered(upstream: Upstream, head: ResponseHead, bytes: Buffer): boolean {
    upstream.target.passed()
    this.upload?.answered()
    return this.#reply.answered(head, bytes, upstream.target, this)
  }

  begun(bytes: number): void {
    this.#enter('answering')
    this.#reply.moved(bytes)
  }

  moved(bytes: number): void {
    this.#reply.moved(bytes)
    this.#touch()
  }

  switched(upstream: Upstream, head: ResponseHead, bytes: Buffer): Tunnel {
    upstream.target.passed()
    this.#phase = 'tunnel'
    const { websocketIdleMs } = this.#service.spec.timeouts
    this.#tunnel = this.#reply.switched(head, bytes, upstream, websocketIdleMs, (end) => this.#tunnelOver(end))
    return this.#tunnel
  }

  complete(blocked: boolean): void {
    this.upload?.stop()
    this.#upstream = null
    this.#search.leave()
    if (blocked || this.#reply.ask.coder?.done === false) this.#enter('flushing')
    else this.#finish()
  }

  broke(upstream: Upstream, broken: Broken): void {
    this.#upstream = null
    if (this.#phase === 'answering') {
      this.#search.leave()
      this.#phase = 'over'
      this.#reply.unmarked = upstream.download.unmarked
      this.#reply.break(broken.code)
      return
    }
    this.#phase = 'choosing'
    this.#deadline = 0
    this.#search.failed(upstream, broken)
  }

  // What the compression of the answer tells.

  taken(): void {
    this.#upstream?.download.drained()
  }

  coded(): void {
    this.#reply.moved(0)
    this.#touch()
  }

  codedWhole(blocked: boolean): void {
    if (blocked) this.#touch()
    else this.#finish()
  }

  codingFailed(): void {
    this.#giveUp('H99')
  }

  // What the search tells.

  held(): void {
    this.upload?.keep()
  }

  fail(code: FailureCode): void {
    if (this.#phase === 'over') return
    const begun = this.#phase === 'answering' || this.#phase === 'flushing'
    this.#phase = 'over'
    this.#reply.fail(code, begun)
  }

  found(upstream: Upstream): void {
    this.#upstream = upstream
    this.#reply.journal.found(upstream.target, upstream.connected)
    if (upstream.connected) {
      this.#send(upstream)
      return
    }
    this.upload?.keep()
    this.#enter('connecting')
  }

  #send(upstream: Upstream): void {
    this.#enter('waiting')
    const { text } = this.#reply.ask
    if (this.upload === null) upstream.connection.writeText(text)
    else this.upload.begin(upstream.connection, text, this.#plane.clock.now)
  }

  #enter(phase: Phase): void {
    this.#phase = phase
    this.#touch()
  }

  /** Something moved: the time starts anew. */
  #touch(): void {
    this.#deadline = this.#plane.clock.in(patienceMs(this.#phase, this.#service.spec.timeouts))
  }

  #refuse(refused: Refused): void {
    if (this.#phase === 'answering' || this.#phase === 'flushing') {
      this.#giveUp('H26')
      return
    }
    this.#abandon()
    this.#phase = 'over'
    this.#reply.refuse(refused)
  }

  #giveUp(code: FailureCode): void {
    this.#abandon()
    this.fail(code)
  }

  /** Nobody wants an answer of this target any more. */
  #abandon(): void {
    const upstream = this.#upstream
    this.#upstream = null
    this.#reply.unmarked = upstream?.download.unmarked ?? false
    upstream?.close()
    this.#search.abandon()
  }

  #finish(): void {
    this.#phase = 'over'
    this.#reply.finish()
  }

  #tunnelOver(end: TunnelEnd): void {
    this.#phase = 'over'
    this.#upstream = null
    this.#search.leave()
    this.#reply.tunnelled(end)
  }
}
