import type { Plane } from '../http1/plane.ts'
import type { Connection, ConnectionOwner } from '../io/connection.ts'
import { Budget } from './budget.ts'
import type { Carried } from './carrier.ts'
import { Encoder } from './encoder.ts'
import { CODE, type Code, DEFAULT_WINDOW, LARGEST_STREAM_ID } from './frames.ts'
import { GREETING } from './greeting.ts'
import type { Host } from './host.ts'
import { Intake } from './intake.ts'
import { Output } from './output.ts'
import { ResetStreams } from './reset-streams.ts'
import { Streams } from './streams.ts'
import { atTurnEnd } from './turn.ts'
import type { VirtualConnection } from './virtual-connection.ts'

/** Without any stream; as long as an HTTP/1.1 connection is kept. */
const KEEP_ALIVE_MS = 75_000
/** A peer that is told of its error gets this long to read it. */
const LINGER_MS = 1_000
/** Frames that cannot wait for the peer to read: answers to its own frames, heads. */
const MOST_HELD_BYTES = 1024 * 1024

type Phase = 'open' | 'leaving' | 'closed'

/**
 * One HTTP/2 connection (RFC 9113): a bundle of virtual HTTP/1.1 connections. It takes frames apart and puts them
 * together; what the requests mean, and what is answered, is the business of the same clients as in HTTP/1.1.
 */
export class Session implements ConnectionOwner, Host {
  readonly connection: Connection
  readonly output: Output
  readonly encoder = new Encoder()
  readonly streams: Streams
  readonly budget: Budget
  readonly #plane: Plane
  readonly #left: (session: Session) => void
  readonly #intake: Intake
  readonly #resets = new ResetStreams()
  #phase: Phase = 'open'
  sendWindow = DEFAULT_WINDOW
  lastId = 0
  /** Streams beyond it come too late: the peer has been told that it is the last. */
  #acceptedId = LARGEST_STREAM_ID
  #turning = false
  /** While there is no stream, or after the end. */
  #deadline: number
  /** Our side is to be ended when all is sent. */
  #ends = false

  constructor(plane: Plane, connection: Connection, left: (session: Session) => void) {
    this.connection = connection
    this.output = new Output(connection)
    this.streams = new Streams(plane, this, connection)
    this.budget = new Budget(plane.clock)
    this.#plane = plane
    this.#left = left
    this.#intake = new Intake(this, plane)
    this.#deadline = plane.clock.in(KEEP_ALIVE_MS)
    connection.owner = this
    connection.write(GREETING)
    connection.resume()
  }

  // What the connection tells.

  onData(bytes: Buffer, start: number, end: number): void {
    if (this.#phase === 'open') this.#intake.read(bytes, start, end)
  }

  /** Whoever cannot send cannot open windows either. */
  onEnd(): void {
    this.connection.endAndClose()
  }

  onDrain(): void {
    this.output.landed()
    if (this.#phase === 'open') this.streams.pump()
    this.output.flush()
    this.#endWhenSent()
  }

  onClose(): void {
    this.#phase = 'closed'
    this.streams.abandonAll()
    this.#left(this)
  }

  // What the plane tells.

  /** Called once per tick. */
  check(now: number): void {
    if (this.#phase === 'leaving') {
      if (now >= this.#deadline) this.connection.close()
      return
    }
    this.streams.check(now)
    if (this.streams.size > 0) this.#deadline = this.#plane.clock.in(KEEP_ALIVE_MS)
    else if (now >= this.#deadline) this.finish()
    this.#intake.check(now)
  }

  /** Asks the peer to go elsewhere (section 6.8); what it has sent already, and sends before it hears of it, is served. */
  leave(): void {
    if (this.#phase !== 'open') return
    this.output.goAway(LARGEST_STREAM_ID, CODE.noError)
    this.wrote(0)
  }

  /** No more streams; closes when those under way are over. */
  finish(): void {
    if (this.#phase !== 'open' || this.#acceptedId < LARGEST_STREAM_ID) return
    this.#acceptedId = this.lastId
    this.output.goAway(this.lastId, CODE.noError)
    this.#finished()
    this.wrote(0)
  }

  // What its frames tell.

  get open(): boolean {
    return this.#phase === 'open'
  }

  fail(code: Code): void {
    if (this.#phase !== 'open') return
    this.#end()
    this.output.goAway(Math.min(this.lastId, this.#acceptedId), code)
    this.connection.pause()
    this.streams.abandonAll()
    this.output.flush()
    this.#endWhenSent()
  }

  resetStream(id: number, code: Code): void {
    this.#reset(id, code)
    const stream = this.streams.find(id)
    if (stream) this.abandon(stream)
    if (!this.budget.failedStream()) this.fail(CODE.enhanceYourCalm)
  }

  abandon(stream: VirtualConnection): void {
    this.#dismiss(stream.id, false)
    stream.abandoned()
  }

  idleFrame(): void {
    if (!this.budget.idleFrame()) this.fail(CODE.enhanceYourCalm)
  }

  wasReset(id: number): boolean {
    return this.#resets.has(id)
  }

  begins(id: number): boolean {
    this.lastId = id
    if (id > this.#acceptedId) this.#resets.add(id)
    return this.open && id <= this.#acceptedId
  }

  widen(bytes: number): void {
    this.sendWindow += bytes
    this.streams.pump()
  }

  settingsAcked(): void {
    this.#intake.acked = true
  }

  // What its streams tell.

  wrote(bytes: number): void {
    if (bytes > 0) {
      this.sendWindow -= bytes
      this.budget.sent(bytes)
    }
    if (this.#turning) return
    this.#turning = true
    atTurnEnd(this)
  }

  wake(stream: Carried): void {
    this.streams.wake(stream)
    this.wrote(0)
  }

  waits(stream: Carried): void {
    this.streams.waits(stream)
  }

  consumed(stream: Carried, bytes: number): void {
    if (bytes > 0) this.#intake.consumed(stream.id, bytes)
  }

  answered({ id }: Carried): void {
    const stream = this.streams.find(id)
    if (!stream) return
    // Section 8.1: the answer is whole, and nobody wants the rest of the request.
    if (!stream.body.ended) this.#reset(id, CODE.noError)
    this.#dismiss(id, true)
    this.budget.finishedStream()
    stream.over()
  }

  broken({ id }: Carried, code: Code): void {
    this.#reset(id, code)
    this.#dismiss(id, false)
  }

  turnEnds(): void {
    this.#turning = false
    this.streams.turn()
    if (this.#phase === 'open') this.streams.pump()
    this.output.flush()
    if (this.output.held > MOST_HELD_BYTES) this.connection.close()
    this.#endWhenSent()
  }

  #reset(id: number, code: Code): void {
    this.#resets.add(id)
    this.output.resetStream(id, code)
    this.wrote(0)
  }

  #dismiss(id: number, again: boolean): void {
    const stream = this.streams.find(id)
    this.streams.leave(id, again)
    if (stream) this.consumed(stream, stream.body.drop())
    if (this.streams.size === 0) {
      this.#deadline = this.#plane.clock.in(KEEP_ALIVE_MS)
      this.#finished()
    }
  }

  /** In the course of leaving: the last stream is over. */
  #finished(): void {
    if (this.#phase === 'open' && this.#acceptedId < LARGEST_STREAM_ID && this.streams.size === 0) this.#end()
  }

  #end(): void {
    this.#phase = 'leaving'
    this.#ends = true
    this.#deadline = this.#plane.clock.in(LINGER_MS)
  }

  #endWhenSent(): void {
    if (!this.#ends || this.output.held > 0) return
    this.#ends = false
    this.connection.end()
  }
}
