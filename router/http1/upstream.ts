import type { FailureCode } from '../failures.ts'
import type { Connection, ConnectionOwner } from '../io/connection.ts'
import type { Io } from '../io/io.ts'
import type { Target } from '../target.ts'
import { type Broken, CONNECT_TIMEOUT, notConnected } from './broken.ts'
import { Download, type Receiver } from './download.ts'
import { INCOMPLETE } from './fields.ts'
import { ResponseHead } from './response-head.ts'
import type { Tunnel } from './tunnel.ts'
import type { Upload } from './upload.ts'

const LONGEST_HEAD = 64 * 1024
const SWITCHING_PROTOCOLS = 101
const NOTHING = Buffer.alloc(0)

const head = new ResponseHead()

/** The request that an upstream carries, and what it hears of its answer. */
export interface Carried {
  readonly upload: Upload | null
  readonly receiver: Receiver
  /** The whole request has gone out to the app. */
  readonly sent: boolean
  readonly dateLine: string
  connected(upstream: Upstream): void
  /** An interim response (RFC 9110 section 15.2). */
  informed(head: ResponseHead, bytes: Buffer): void
  /** The head of the final answer is about to go out. Returns whether the client's connection ends with it. */
  answered(upstream: Upstream, head: ResponseHead, bytes: Buffer): boolean
  /** `bytes` of the body have been handed on, as in `moved`. */
  begun(bytes: number): void
  moved(bytes: number): void
  switched(upstream: Upstream, head: ResponseHead, bytes: Buffer): Tunnel
  /** The answer has been handed on whole; `blocked`: the client has yet to take the last of it. */
  complete(blocked: boolean): void
  /** The connection to the app failed. */
  broke(upstream: Upstream, broken: Broken): void
}

/** One connection to an app: one request at a time, then idle, then the next. */
export class Upstream implements ConnectionOwner {
  readonly target: Target
  readonly connection: Connection
  readonly #rest: (upstream: Upstream) => void
  readonly #gone: (upstream: Upstream) => void
  #state: 'connecting' | 'idle' | 'waiting' | 'answering' | 'tunnel' | 'closed' = 'connecting'
  #carried: Carried | null
  #download: Download
  #tunnel: Tunnel | null = null
  #held = NOTHING
  #persistent = false
  /** It has carried a request before, so the app may just be closing it. */
  reused = false
  idleSince = 0

  /** Dials. `rest` is told when it may carry another request, `gone` when it closed while it was idle. */
  constructor(
    io: Io,
    target: Target,
    carried: Carried,
    told: { rest: (upstream: Upstream) => void; gone: (upstream: Upstream) => void },
  ) {
    this.target = target
    this.#carried = carried
    this.#rest = told.rest
    this.#gone = told.gone
    this.connection = io.dial(target.host, target.port, () => this.#connected())
    this.connection.owner = this
    this.#download = new Download(this.connection)
  }

  get download(): Download {
    return this.#download
  }

  get connected(): boolean {
    return this.#state !== 'connecting'
  }

  /** Takes the next request, which sends itself. */
  carry(carried: Carried): void {
    this.reused = true
    this.#state = 'waiting'
    this.#carried = carried
  }

  /** Connecting takes too long. */
  late(): void {
    this.#break(CONNECT_TIMEOUT)
  }

  /** Ends it without another word to the request. */
  close(): void {
    this.#carried = null
    this.#state = 'closed'
    this.connection.close()
  }

  onData(bytes: Buffer, start: number, end: number): void {
    switch (this.#state) {
      case 'waiting':
        this.#readHead(bytes, start, end)
        return
      case 'answering':
        this.#pass(bytes, start, end)
        return
      case 'tunnel':
        this.#tunnel?.down(bytes, start, end)
        return
      case 'idle':
        // Nobody asked: whatever it is, the next request must not take it for its answer.
        this.#gone(this)
        this.close()
    }
  }

  onEnd(): void {
    if (this.#state === 'tunnel') this.#tunnel?.ended(this.connection)
    else this.#over('H13')
  }

  onDrain(): void {
    if (this.#state === 'tunnel') this.#tunnel?.drained(this.connection)
    else this.#carried?.upload?.drained()
  }

  onClose(error: Error | null): void {
    if (this.#state === 'connecting') this.#break(notConnected(error))
    else if (this.#state === 'tunnel') this.#tunnel?.closed()
    else if (this.#state !== 'closed') this.#over('H13', error)
  }

  #connected(): void {
    if (this.#state !== 'connecting') return
    this.#state = 'waiting'
    this.#carried?.connected(this)
  }

  /** The app has ended the connection, in order or not. */
  #over(code: FailureCode, error: Error | null = null): void {
    if (this.#state === 'idle') {
      this.#gone(this)
      this.close()
    } else if (this.#state === 'waiting') this.#break({ code, unreached: false, silent: this.#held.length === 0 })
    else if (this.#state === 'answering') {
      if (!this.#download.endsWithConnection || error) {
        this.#break({ code: 'H18', unreached: false, silent: false })
        return
      }
      this.#download.end()
      this.#finish(false)
    }
  }

  #break(broken: Broken): void {
    const carried = this.#carried
    this.close()
    carried?.broke(this, broken)
  }

  #readHead(chunk: Buffer, start: number, end: number): void {
    let bytes = chunk
    let at = start
    let stop = end
    if (this.#held.length > 0) {
      bytes = Buffer.concat([this.#held, chunk.subarray(start, end)])
      at = 0
      stop = bytes.length
      this.#held = NOTHING
    }
    while (this.#state === 'waiting' && at < stop) {
      const after = head.read(bytes, at, stop)
      if (after === INCOMPLETE && stop - at <= LONGEST_HEAD) {
        this.#held = Buffer.from(bytes.subarray(at, stop))
        return
      }
      if (after < 0) {
        this.#break({ code: 'H17', unreached: false, silent: false })
        return
      }
      at = this.#answer(bytes, after, stop)
    }
  }

  /** Returns the position from which to read on. */
  #answer(bytes: Buffer, after: number, end: number): number {
    const carried = this.#carried as Carried
    if (head.status === SWITCHING_PROTOCOLS) {
      this.#switch(carried, bytes, after, end)
      return end
    }
    if (head.status < 200) {
      carried.informed(head, bytes)
      return after
    }
    const close = carried.answered(this, head, bytes)
    this.#persistent = head.persistent
    this.#state = 'answering'
    const to = carried.receiver
    const at = this.#download.begin(head, to, close, carried.dateLine, bytes, after, end)
    if (at < 0) this.#break({ code: 'H17', unreached: false, silent: false })
    else {
      carried.begun(this.#download.bytes)
      if (this.#download.done) this.#finish(at === end)
    }
    return end
  }

  #switch(carried: Carried, bytes: Buffer, after: number, end: number): void {
    if (carried.receiver.upgrade === null || head.upgrade < 0) {
      this.#break({ code: 'H17', unreached: false, silent: false })
      return
    }
    this.#state = 'tunnel'
    this.#tunnel = carried.switched(this, head, bytes)
    if (end > after) this.#tunnel.down(bytes, after, end)
  }

  #pass(bytes: Buffer, start: number, end: number): void {
    const carried = this.#carried as Carried
    const at = this.#download.receive(bytes, start, end)
    if (at < 0) {
      this.#break({ code: 'H18', unreached: false, silent: false })
      return
    }
    carried.moved(this.#download.bytes)
    if (this.#download.done) this.#finish(at === end)
  }

  /** The answer is whole. The connection may rest if nothing came after it and the request went out whole as well. */
  #finish(clean: boolean): void {
    const carried = this.#carried as Carried
    const reusable = clean && this.#persistent && !this.#download.endsWithConnection && carried.sent
    const { blocked } = this.#download
    this.#carried = null
    if (reusable) {
      this.#state = 'idle'
      if (blocked) this.#download.drained()
      this.#rest(this)
    } else this.close()
    carried.complete(blocked)
  }
}
