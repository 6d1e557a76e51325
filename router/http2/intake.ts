import type { Plane } from '../http1/plane.ts'
import { ControlFrames } from './control-frames.ts'
import { FrameReader, type FrameTaker } from './frame-reader.ts'
import { CODE, type Code, DEFAULT_WINDOW, FLAG, FRAME } from './frames.ts'
import type { Host } from './host.ts'
import { Requests } from './requests.ts'

/** All that a peer sends: which frames may come when, and how long they may take. */
export class Intake implements FrameTaker {
  readonly #host: Host
  readonly #plane: Plane
  readonly #reader = new FrameReader(this)
  readonly #requests: Requests
  readonly #control: ControlFrames
  /** The peer's first SETTINGS are here. */
  #greeted = false
  /** It has acknowledged ours. */
  acked = false
  /** For both (RFC 9113 section 6.5.3); a head may take as long. */
  readonly #settingsDeadline: number
  /** Of what the peer has begun and not completed, and the frames that there were when it began. */
  #partialDeadline = 0
  #partialFrames = -1

  constructor(host: Host, plane: Plane) {
    this.#host = host
    this.#plane = plane
    this.#requests = new Requests(host, DEFAULT_WINDOW)
    this.#control = new ControlFrames(host, this.#requests)
    this.#settingsDeadline = plane.clock.in(plane.limits.headersMs)
  }

  read(bytes: Buffer, start: number, end: number): void {
    this.#reader.read(bytes, start, end)
  }

  consumed(id: number, bytes: number): void {
    this.#requests.consumed(id, bytes)
  }

  /** Called once per tick. */
  check(now: number): void {
    if (!(this.acked && this.#greeted) && now >= this.#settingsDeadline) this.#host.fail(CODE.settingsTimeout)
    this.#checkPartial(now)
  }

  get reading(): boolean {
    return this.#host.open
  }

  frame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (type !== FRAME.continuation && this.#requests.blockId !== 0) this.failed(CODE.protocolError)
    else if (!this.#greeted && (type !== FRAME.settings || flags & FLAG.ack)) this.failed(CODE.protocolError)
    else if (type === FRAME.headers) this.#requests.headers(flags, id, bytes, start, end)
    else if (type === FRAME.continuation) this.#requests.continuation(flags, id, bytes, start, end)
    else {
      this.#greeted = true
      this.#control.frame(type, flags, id, bytes, start, end)
    }
  }

  dataBegins(id: number, length: number): void {
    if (this.#requests.blockId !== 0 || !this.#greeted) this.failed(CODE.protocolError)
    else this.#requests.dataBegins(id, length)
  }

  data(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#requests.data(bytes, start, end, endStream)
  }

  dataEnds(endStream: boolean): void {
    if (this.#host.open) this.#requests.dataEnds(endStream)
  }

  failed(code: Code): void {
    this.#host.fail(code)
  }

  /** What the peer has begun it has to complete in the time that a head has. */
  #checkPartial(now: number): void {
    const { count, partial } = this.#reader
    const inBlock = this.#requests.blockId !== 0
    if (!partial && !inBlock) this.#partialFrames = -1
    else if (this.#partialFrames < 0 || (count !== this.#partialFrames && !inBlock)) {
      this.#partialFrames = count
      this.#partialDeadline = this.#plane.clock.in(this.#plane.limits.headersMs)
    } else if (now >= this.#partialDeadline) this.failed(CODE.enhanceYourCalm)
  }
}
