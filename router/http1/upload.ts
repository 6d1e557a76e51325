import type { Connection } from '../io/connection.ts'
import { sendOn, sendTogether } from '../io/gather.ts'
import { Framing } from './framing.ts'
import type { RequestHead } from './request-head.ts'

/** An app that does not know `Expect` never says 100: the client's body is asked for after this long. */
const CONTINUE_MS = 1_000
/** Worth a buffer of its own. */
const LONG_BYTES = 32 * 1024
const NOTHING = Buffer.alloc(0)

/** A client's body on its way to one target. What comes before that is connected is held, and reading waits. */
export class Upload {
  readonly #client: Connection
  readonly #framing = new Framing()
  readonly #mostBytes: number
  #sink: Connection | null = null
  #early: Buffer = NOTHING
  #stopped = false
  /** The client waits for 100 (Continue) before it sends anything. */
  awaitsContinue: boolean
  #continueAt = 0
  /** The app is the one who keeps us waiting. */
  blocked = false

  constructor(client: Connection, head: RequestHead, mostBytes = Number.POSITIVE_INFINITY) {
    this.#client = client
    this.#mostBytes = mostBytes
    this.awaitsContinue = head.expectsContinue
    if (head.chunked) this.#framing.begin('chunked')
    else this.#framing.begin('sized', head.contentLength)
  }

  /** Bytes of payload so far. */
  get bytes(): number {
    return this.#framing.payload
  }

  get complete(): boolean {
    return this.#framing.done
  }

  /** More has come than the app takes; what is beyond is not sent on. */
  get tooLarge(): boolean {
    return this.#framing.payload > this.#mostBytes
  }

  /** The app would take more, but the client does not send it. */
  get stalled(): boolean {
    return !this.complete && this.#sink !== null && !this.blocked && !this.awaitsContinue
  }

  /**
   * What came together with the head, or nothing. The bytes are only looked at: `begin` sends them on, `keep` copies
   * them. Returns the position after what belongs to the body, or -1 when it is malformed.
   */
  first(bytes: Buffer, start: number, end: number): number {
    const after = this.#framing.read(bytes, start, end)
    if (after > start) this.awaitsContinue = false
    this.#early = bytes.subarray(start, this.#framing.passEnd)
    return after
  }

  /** There is no connection yet: what was only looked at must be kept. */
  keep(): void {
    if (this.#early.length > 0) this.#early = Buffer.from(this.#early)
    if (this.#early.length > 0 || this.#framing.tail !== '') this.#client.pause()
  }

  /** Returns the position after what belongs to the body, or -1 when it is malformed. */
  receive(bytes: Buffer, start: number, end: number): number {
    const framing = this.#framing
    const after = framing.read(bytes, start, end)
    if (after < 0) return after
    this.awaitsContinue = false
    if (this.#stopped || this.tooLarge) return after
    if (this.#sink === null) this.#hold(bytes, start)
    else this.#send(this.#sink, bytes, start)
    return after
  }

  /** Sends the head, and what is there of the body, over a connection that has come about. */
  begin(sink: Connection, head: string, now: number): void {
    this.#sink = sink
    if (this.awaitsContinue) this.#continueAt = now + CONTINUE_MS
    const early = this.#early
    this.#early = NOTHING
    if (!sendTogether(sink, head, early, 0, early.length, this.#framing.tail)) this.blocked = true
    if (this.blocked || this.complete) return
    if (this.#framing.left > LONG_BYTES) this.#client.readLarge()
    this.#client.resume()
  }

  /** The app takes more. */
  drained(): void {
    if (!this.blocked) return
    this.blocked = false
    if (!this.complete && !this.#stopped) this.#client.resume()
  }

  /** Called once per tick. */
  check(now: number): void {
    if (this.#continueAt > 0 && now >= this.#continueAt) this.continue()
  }

  /** The app wants the body, or has not said that it does not. */
  continue(): void {
    this.#continueAt = 0
    if (!this.awaitsContinue) return
    this.awaitsContinue = false
    this.#client.writeText('HTTP/1.1 100 Continue\r\n\r\n')
  }

  /** The final answer begins: the body is not asked for any more. */
  answered(): void {
    this.#continueAt = 0
  }

  /** The app has answered: what is left of the body is of no interest to it. */
  stop(): void {
    this.#stopped = true
    this.awaitsContinue = false
  }

  #hold(bytes: Buffer, start: number): void {
    this.#early = Buffer.concat([this.#early, bytes.subarray(start, this.#framing.passEnd)])
    this.#client.pause()
  }

  #send(sink: Connection, bytes: Buffer, start: number): void {
    const { passEnd, tail } = this.#framing
    let through = sendOn(this.#client, sink, bytes, start, passEnd)
    if (tail !== '') through = sink.writeText(tail) && through
    if (this.complete) this.#client.readShared(!through)
    if (through) return
    this.blocked = true
    if (!this.complete) this.#client.pause()
  }
}
