import { errorPage, failureProblem, type Problem } from '../error-pages.ts'
import { FAILURES, type FailureCode } from '../failures.ts'
import type { Connection } from '../io/connection.ts'
import type { Refused } from '../rules/refused.ts'
import type { Target } from '../target.ts'
import { amend } from './amend.ts'
import { pageText } from './answer.ts'
import type { Ask, Asker } from './ask.ts'
import type { CoderWatcher } from './coder.ts'
import { compress } from './compress.ts'
import type { Journal } from './journal.ts'
import type { Plane } from './plane.ts'
import type { ResponseHead } from './response-head.ts'
import { hintsText, responseText } from './response-text.ts'
import { Tunnel, type TunnelEnd } from './tunnel.ts'
import type { Upload } from './upload.ts'
import type { Upstream } from './upstream.ts'

/** What a client is owed for one request: an app's answer, an error page or a broken connection, and the journal's line. */
export class Reply {
  readonly ask: Ask
  readonly upload: Upload | null
  readonly journal: Journal
  readonly #plane: Plane
  readonly #asker: Asker
  #status = 0
  #close: boolean
  /** What the client got of an abandoned answer could be taken for the whole. */
  unmarked = false

  constructor(plane: Plane, asker: Asker, ask: Ask, upload: Upload | null, journal: Journal) {
    this.ask = ask
    this.upload = upload
    this.journal = journal
    this.#plane = plane
    this.#asker = asker
    this.#close = ask.close
  }

  get client(): Connection {
    return this.#asker.connection
  }

  /** The whole request has gone out to the app. */
  get sent(): boolean {
    return this.upload === null || this.upload.complete
  }

  get dateLine(): string {
    return this.#plane.clock.dateLine
  }

  /** 103 is passed on to clients that know interim responses. */
  informed(head: ResponseHead, bytes: Buffer): void {
    if (head.status !== 103 || this.ask.minor !== 1) return
    const hints = hintsText(head, bytes)
    if (hints !== '') this.client.writeText(hints)
  }

  /** The app has answered. Returns whether the client's connection ends with it. */
  answered(head: ResponseHead, bytes: Buffer, target: Target, watcher: CoderWatcher): boolean {
    const { ask } = this
    this.#status = head.status
    if (ask.ruled !== null) {
      if (ask.ruled.rules.spec.compress) compress(ask, ask.ruled.visit, head, bytes, watcher)
      amend(ask, ask.ruled, head, target)
    }
    if (this.#last) this.#close = true
    return this.#close
  }

  /** The app speaks another protocol from here on. */
  switched(
    head: ResponseHead,
    bytes: Buffer,
    { target, connection }: Upstream,
    idleMs: number,
    over: (end: TunnelEnd) => void,
  ): Tunnel {
    if (this.ask.ruled !== null) amend(this.ask, this.ask.ruled, head, target)
    const { lines = '', upgrade } = this.ask
    const passage = { chunked: false, close: false, keepTrailers: false, upgrade: true, lines, bodyFrom: -1 }
    this.client.writeText(responseText(head, bytes, passage, this.dateLine))
    this.journal.switched()
    const websocket = upgrade?.toLowerCase() === 'websocket'
    const tunnel = new Tunnel(this.client, connection, { websocket, idleMs, clock: this.#plane.clock, over })
    tunnel.begin(this.#asker.takeHeld())
    return tunnel
  }

  /** So much of the app's body has been handed on, or what compression made of it. */
  moved(bytes: number): void {
    this.journal.bytes = this.ask.coder?.bytes ?? bytes
  }

  /** The client has the whole answer. */
  finish(): void {
    this.#record(this.#status)
    this.#asker.finished(this.sent, this.#close)
  }

  tunnelled({ bytes, received }: TunnelEnd): void {
    this.journal.bytes = bytes
    this.journal.received = received
    this.journal.close(101)
    this.#asker.broken(false)
  }

  /** Ends with an error page, or, when an answer had `begun` or nobody is there to read, by breaking the connection. */
  fail(code: FailureCode, begun: boolean): void {
    const { status } = FAILURES[code]
    if (begun || status === 499) {
      this.break(code)
      return
    }
    if (code === 'H26') this.#close = true
    this.#say(failureProblem(code), '', code)
  }

  /** Ends with what the rules say in place of the app. */
  refuse({ problem, lines }: Refused): void {
    this.#say(problem, lines)
  }

  #say(problem: Problem, lines: string, code?: FailureCode): void {
    const { requestId, accept, method, ruled } = this.ask
    this.ask.coder?.close()
    if (this.#last) this.#close = true
    const page = errorPage(problem, accept, requestId, ruled?.rules.spec.pages)
    if (method !== 'HEAD') this.journal.bytes = Buffer.byteLength(page.body)
    this.#record(problem.status, code)
    const traits = { close: this.#close, headOnly: method === 'HEAD', date: this.dateLine }
    this.client.writeText(pageText(page, requestId, traits, lines))
    this.#asker.finished(this.sent, this.#close)
  }

  break(code: FailureCode): void {
    this.ask.coder?.close()
    this.#record(FAILURES[code].status, code)
    this.#asker.broken(this.unmarked)
  }

  #record(status: number, code?: FailureCode): void {
    if (this.upload !== null) this.journal.received = this.upload.bytes
    this.journal.close(status, code)
  }

  /** No request can follow on this connection. */
  get #last(): boolean {
    return !this.sent || this.#plane.stopping || this.ask.upgrade !== null
  }
}
