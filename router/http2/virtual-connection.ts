import type { Connection, ConnectionOwner, Secure } from '../io/connection.ts'
import { NOBODY } from '../io/nobody.ts'
import type { Carried, Carrier } from './carrier.ts'
import { CODE } from './frames.ts'
import { ReceiveWindow } from './receive-window.ts'
import { type BodyTaker, RequestBody } from './request-body.ts'
import { Response } from './response.ts'

/** What a client may send on one stream before the app has taken any of it. */
export const STREAM_WINDOW_BYTES = 256 * 1024
const SCRATCH_BYTES = 64 * 1024

const requests = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
const answers = Buffer.allocUnsafeSlow(SCRATCH_BYTES)

/**
 * One stream as a connection of HTTP/1.1: its owner reads a request and writes an answer, and what leaves are frames.
 * Used again for the next stream when both ends of the one before are done and its owner waits for a request.
 */
export class VirtualConnection implements Connection, Carried, BodyTaker {
  owner: ConnectionOwner = NOBODY
  readonly body: RequestBody
  readonly response: Response
  readonly #carrier: Carrier
  readonly #real: Connection
  readonly secure: Secure | null
  readonly alpn: string | null
  /** Of the stream at hand; 0: none. */
  id = 0
  readonly receiveWindow = new ReceiveWindow(STREAM_WINDOW_BYTES)
  borrowed = true
  closed = false
  #blocked = false
  #gone = false
  /** Closes when the answer is out. */
  #closing = false

  constructor(carrier: Carrier, real: Connection) {
    this.#carrier = carrier
    this.#real = real
    this.secure = real.secure
    this.alpn = real.alpn
    this.body = new RequestBody(this)
    this.response = new Response(carrier, this)
  }

  get remoteAddress(): string {
    return this.#real.remoteAddress
  }

  get localPort(): number {
    return this.#real.localPort
  }

  get pending(): number {
    return this.response.pending
  }

  /** Carries stream `id` from now on. `declared`: its Content-Length, or -1; `ended`: it has no body. */
  open(id: number, traits: { headOnly: boolean; declared: number; ended: boolean }, sendWindow: number): void {
    this.id = id
    this.receiveWindow.open()
    this.#blocked = false
    this.#closing = false
    this.body.begin(traits.declared, traits.ended)
    this.response.begin(traits.headOnly, sendWindow)
  }

  /** Hands the request's head to the owner. */
  head(text: string): void {
    this.borrowed = true
    this.owner.onData(requests, 0, requests.write(text, 'latin1'))
  }

  takeBody(bytes: Buffer, start: number, end: number, own: boolean): void {
    this.borrowed = !own && this.#real.borrowed
    if (!this.closed) this.owner.onData(bytes, start, end)
  }

  wakeBody(): void {
    this.#carrier.wake(this)
  }

  bodyTaken(bytes: number): void {
    this.#carrier.consumed(this, bytes)
  }

  writeText(text: string): boolean {
    if (text.length > SCRATCH_BYTES) return this.#write(Buffer.from(text, 'latin1'), text.length, false)
    return this.#write(answers, answers.write(text, 'latin1'), true)
  }

  write(bytes: Uint8Array): boolean {
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    return this.#write(buffer, buffer.length, false)
  }

  readLarge(): void {}

  readShared(): void {}

  pause(): void {
    this.body.paused = true
  }

  resume(): void {
    if (!this.body.paused) return
    this.body.paused = false
    this.#carrier.wake(this)
  }

  end(): void {
    this.endAndClose()
  }

  /** HTTP/2 needs no lingering: a client whose request is not wanted any more is told so (RFC 9113 section 8.1). */
  endAndClose(): void {
    if (this.id !== 0 && this.response.whole) this.#closing = true
    else this.close()
  }

  close(): void {
    if (this.closed) return
    if (this.id !== 0) this.#carrier.broken(this, CODE.internalError)
    this.id = 0
    this.#leave()
  }

  reset(): void {
    this.close()
  }

  // What the session tells.

  /** There may be room. */
  pump(): void {
    this.response.pump()
    this.#drain()
  }

  /** The answer is out, or will never be: the stream is over. */
  over(): void {
    this.id = 0
    if (this.#closing) this.#leave()
  }

  turn(): void {
    if (this.#gone) this.#tellClosed()
    else if (!this.closed) this.body.deliver()
  }

  /** The peer has abandoned the stream, or the whole connection is gone. */
  abandoned(): void {
    this.id = 0
    this.closed = true
    this.response.drop()
    this.#tellClosed()
  }

  #write(bytes: Buffer, size: number, borrowed: boolean): boolean {
    if (this.closed || this.id === 0) return true
    if (!this.response.write(bytes, 0, size, borrowed)) {
      this.close()
      return true
    }
    if (this.response.pending === 0) return true
    this.#blocked = true
    return false
  }

  #drain(): void {
    if (!this.#blocked || this.response.pending > 0) return
    this.#blocked = false
    this.owner.onDrain()
  }

  /** The owner hears of it after what it does now. */
  #leave(): void {
    this.closed = true
    this.#gone = true
    this.response.drop()
    this.#carrier.wake(this)
  }

  #tellClosed(): void {
    this.#gone = false
    const { owner } = this
    this.owner = NOBODY
    owner.onClose(null)
  }
}
