import { errorPage, type Problem, UNKNOWN_HOST } from '../error-pages.ts'
import type { Connection, ConnectionOwner } from '../io/connection.ts'
import { type Listed, NO_SLOT } from '../roster.ts'
import { hasSteps } from '../rules/path-routes.ts'
import type { Service } from '../service.ts'
import { type Answering, ownText, pageText } from './answer.ts'
import { answerBefore } from './answer-before.ts'
import type { Asker } from './ask.ts'
import { Exchange } from './exchange.ts'
import { INCOMPLETE } from './fields.ts'
import { Journal } from './journal.ts'
import type { Plane } from './plane.ts'
import { placeIn, type Received, Reception } from './reception.ts'
import { refusalProblem } from './refusal-problem.ts'
import { Reply } from './reply.ts'
import { LONGEST_HEAD, type Refusal, RequestHead } from './request-head.ts'
import { newRequestId } from './request-id.ts'
import { Upload } from './upload.ts'

/** Above the 60 s of common load balancers, so that they are the ones who close. */
const KEEP_ALIVE_MS = 75_000
/** So much before that, after 5 s of rest, what would only speed up the next request is given up. */
const FORGET_LEFT_MS = 70_000
/** A client that is still sending gets this long to stop, so that it reads our answer instead of a reset. */
const LINGER_MS = 1_000
/** A client that asks and asks without taking the answers waits when this much is pending. */
const MOST_PENDING_BYTES = 64 * 1024
const LF = 10
/** On a host whose parts belong to several services, nobody but the app could say whose part is meant. */
const STEPS: Refusal = { status: 400, reason: 'the path has "." or ".." in it' }
const NOTHING = Buffer.alloc(0)
const head = new RequestHead()

type Phase = 'head' | 'exchange' | 'leaving' | 'closed'

/** A visitor's connection: one request after the other, in order, however they arrive. */
export class Client implements ConnectionOwner, Asker, Listed {
  readonly connection: Connection
  slot = NO_SLOT
  readonly #plane: Plane
  readonly #left: (client: Client) => void
  #phase: Phase = 'head'
  #exchange: Exchange | null = null
  /** Bytes that wait for their turn: a head that is not complete, or the next requests. */
  #held = NOTHING
  #serving = false
  #deadline: number
  /** Part of a head is here, and its time is running. */
  #dripping = false
  readonly #reception: Reception

  constructor(plane: Plane, connection: Connection, left: (client: Client) => void) {
    this.connection = connection
    this.#plane = plane
    this.#left = left
    this.#reception = new Reception(connection)
    this.#deadline = plane.clock.in(plane.limits.headersMs)
    connection.owner = this
    connection.resume()
  }

  get idle(): boolean {
    return this.#phase === 'head' && this.#held.length === 0
  }

  get exchange(): Exchange | null {
    return this.#exchange
  }

  onData(bytes: Buffer, start: number, end: number): void {
    if (this.#phase === 'exchange') this.#receive(this.#exchange as Exchange, bytes, start, end)
    else if (this.#phase === 'head') this.#read(bytes, start, end)
  }

  onEnd(): void {
    if (this.#phase === 'exchange') this.#exchange?.clientLeft(false)
    else this.connection.endAndClose()
  }

  onDrain(): void {
    if (this.#exchange) this.#exchange.drained()
    else if (this.#phase === 'head') this.#continue()
  }

  onClose(): void {
    this.#phase = 'closed'
    this.#exchange?.clientLeft(true)
    this.#left(this)
  }

  /** Called once per tick. */
  check(now: number): void {
    if (this.#exchange) this.#exchange.check(now)
    else if (now >= this.#deadline) this.#expire()
    else if (this.#phase === 'head' && this.#deadline - now < FORGET_LEFT_MS) this.#reception.rest()
  }

  #expire(): void {
    if (this.#phase !== 'head' || !this.#dripping) this.connection.close()
    else this.#refuse({ status: 408, title: 'Request Timeout', help: 'The request did not arrive in time.' })
  }

  finished(sent: boolean, close: boolean): void {
    this.#exchange = null
    if (this.#phase === 'closed') return
    if (close) {
      this.#leave(!sent || this.#held.length > 0)
      return
    }
    this.#rest()
    if (!this.#serving) this.#continue()
  }

  broken(unmarked: boolean): void {
    this.#exchange = null
    this.#phase = 'leaving'
    if (unmarked) this.connection.reset()
    else this.connection.close()
  }

  takeHeld(): Buffer {
    const held = this.#held
    this.#held = NOTHING
    return held
  }

  /** Between two requests. */
  #rest(): void {
    this.#phase = 'head'
    this.#deadline = this.#plane.clock.in(KEEP_ALIVE_MS)
    this.#dripping = false
  }

  #receive(exchange: Exchange, bytes: Buffer, start: number, end: number): void {
    const after = exchange.receive(bytes, start, end)
    if (after < 0) exchange.malformed()
    else if (after < end) this.#hold(bytes, after, end)
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    if (this.#phase !== 'head' && this.#phase !== 'exchange') return
    const part = bytes.subarray(start, end)
    this.#held = this.#held.length === 0 ? Buffer.from(part) : Buffer.concat([this.#held, part])
    if (this.#phase === 'exchange') this.connection.pause()
  }

  #read(bytes: Buffer, start: number, end: number): void {
    if (this.#held.length === 0) {
      this.#serve(bytes, start, end)
      return
    }
    const news = bytes.subarray(start, end)
    this.#held = Buffer.concat([this.#held, news])
    // Without another line there is nothing new to see, however small the drops are.
    if (news.includes(LF) || this.#held.length > LONGEST_HEAD) this.#serveHeld()
  }

  #serveHeld(): void {
    const held = this.takeHeld()
    this.#serve(held, 0, held.length)
  }

  #continue(): void {
    if (this.#held.length > 0) this.#serveHeld()
    if (this.#phase === 'head' && this.connection.pending <= MOST_PENDING_BYTES) this.connection.resume()
  }

  #serve(bytes: Buffer, start: number, end: number): void {
    let at = start
    this.#serving = true
    while (this.#phase === 'head' && at < end) {
      if (this.connection.pending > MOST_PENDING_BYTES) {
        this.connection.pause()
        break
      }
      const after = this.#reception.readHead(head, bytes, at, end, this.#plane.routes.edge)
      if (after === INCOMPLETE) {
        this.#awaitRest()
        break
      }
      if (after < 0) {
        this.#refuseReason(head.refusal, end)
        break
      }
      at = this.#begin(bytes, after, end)
    }
    this.#serving = false
    if (at < end) this.#hold(bytes, at, end)
  }

  #awaitRest(): void {
    if (this.#dripping) return
    this.#dripping = true
    this.#deadline = this.#plane.clock.in(this.#plane.limits.headersMs)
  }

  /** A whole head is here. Returns the position after what was taken of the bytes behind it. */
  #begin(bytes: Buffer, after: number, end: number): number {
    const received = this.#reception.read(head, bytes)
    if ('reason' in received) return this.#refuseReason(received, end)
    const { method, path, host, authority, requestId, accept } = received
    const headOnly = method === 'HEAD'
    const last = received.close || head.hasBody || head.upgrade >= 0
    const https = this.#reception.visitor.protocol === 'https'
    const own = answerBefore(this.#plane.answers, this.connection.secure, https, method, host, authority, path)
    if (own) {
      this.#plane.log.answered(own.status)
      this.#send({ headOnly, close: last }, (answering) => ownText(own, answering))
      return last ? end : after
    }
    const route = this.#plane.routes.route(host)
    if (route?.split && hasSteps(path)) return this.#refuseReason(STEPS, end)
    const service = route?.split ? placeIn(route, received) : route
    if (!service) {
      this.#sendPage(UNKNOWN_HOST, { accept, requestId, headOnly, close: last })
      return last ? end : after
    }
    return this.#exchangeWith(service, received, bytes, after, end)
  }

  #exchangeWith(service: Service, received: Received, bytes: Buffer, after: number, end: number): number {
    const startedAt = Date.now()
    const ask = this.#reception.ask(head, bytes, received, startedAt, service.rules)
    const upload = head.hasBody ? new Upload(this.connection, head, service.rules?.maxBodyBytes) : null
    const next = upload ? upload.first(bytes, after, end) : after
    if (next < 0) return this.#refuseReason({ status: 400, reason: 'the body is not well-formed' }, end)
    const journal = new Journal(this.#plane.log, service, this.#reception.visitor, received, startedAt)
    this.#exchange = new Exchange(this.#plane, service, new Reply(this.#plane, this, ask, upload, journal))
    this.#phase = 'exchange'
    this.#exchange.start()
    return next
  }

  #refuseReason({ status, reason }: Refusal, end: number): number {
    this.#refuse(refusalProblem(status, reason))
    return end
  }

  #refuse(problem: Problem): void {
    this.#sendPage(problem, { accept: undefined, requestId: newRequestId(), headOnly: false, close: true })
  }

  #sendPage(
    problem: Problem,
    to: { accept: string | undefined; requestId: string; headOnly: boolean; close: boolean },
  ): void {
    this.#plane.log.answered(problem.status)
    const page = errorPage(problem, to.accept, to.requestId)
    this.#send(to, (answering) => pageText(page, to.requestId, answering))
  }

  #send(to: { headOnly: boolean; close: boolean }, text: (answering: Answering) => string): void {
    const close = to.close || this.#plane.stopping
    const date = this.#plane.clock.dateLine
    this.connection.writeText(text({ close, headOnly: to.headOnly, date }))
    if (close) this.#leave(true)
    else this.#rest()
  }

  /** Ends the connection in order. `lingers`: what the client still sends is swallowed for a while first. */
  #leave(lingers: boolean): void {
    this.#phase = 'leaving'
    this.#held = NOTHING
    if (!lingers) {
      this.connection.endAndClose()
      return
    }
    this.#deadline = this.#plane.clock.in(LINGER_MS)
    this.connection.end()
    this.connection.resume()
  }
}
