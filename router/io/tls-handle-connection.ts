import { getSystemErrorName } from '../builtins.ts'
import { type Connection, type ConnectionOwner, type Secure, shortAddress } from './connection.ts'
import { NOBODY } from './nobody.ts'
import type { LowerHandle, TlsHandle, TlsHandles, TlsRequest } from './tls-handles.ts'

/** libuv's UV_EOF. */
const END = -4_095

/** The most that one record holds (RFC 8446 section 5.1), and so the most that a read brings. */
const RECORD_BYTES = 16 * 1024
/** Above this a write has to be taken by the kernel before more is asked for. */
const HIGH_WATER_BYTES = 16 * 1024

/** Where all sessions are read into, from their first byte on. */
export const TLS_READS = Buffer.allocUnsafeSlow(RECORD_BYTES)

/**
 * A TLS session on node's handles, after its handshake, without any stream. It is reading already: whoever takes it
 * sets `owner` in the same turn.
 */
export class TlsHandleConnection implements Connection {
  owner: ConnectionOwner = NOBODY
  readonly secure: Secure
  readonly alpn: string | null
  readonly localPort: number
  readonly borrowed = true
  readonly copies = true
  readonly #handles: TlsHandles
  readonly #tcp: LowerHandle
  readonly #tls: TlsHandle
  #state: 'open' | 'ending' | 'ended' | 'closed' = 'open'
  #reading = true
  /** The peer has ended its side. */
  #heardEnd = false
  #closesWhenEnded = false
  /** Bytes of the write that is under way. A second one beside it would end the process. */
  #inFlight = 0
  #queue: Buffer[] = []
  #queued = 0
  #blocked = false

  constructor(handles: TlsHandles, tcp: LowerHandle, tls: TlsHandle, localPort: number) {
    this.#handles = handles
    this.#tcp = tcp
    this.#tls = tls
    this.localPort = localPort
    this.secure = { servername: (tls.getServername() || '').toLowerCase() }
    this.alpn = tls.getALPNNegotiatedProtocol() || null
    tls.owner = this
    tls.onread = onRead
    tls.onerror = onError
    tls.onhandshakedone = nothing
  }

  get remoteAddress(): string {
    const name: { address?: string } = {}
    if (!this.closed) this.#tcp.getpeername(name)
    return shortAddress(name.address)
  }

  get pending(): number {
    return this.#inFlight + this.#queued
  }

  get closed(): boolean {
    return this.#state === 'closed'
  }

  writeText(text: string): boolean {
    if (this.#state !== 'open' || text === '') return true
    if (this.#inFlight > 0) return this.#enqueue(Buffer.from(text, 'latin1'))
    const request = this.#request()
    return this.#sent(this.#tls.writeLatin1String(request, text), text.length)
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== 'open' || bytes.length === 0) return true
    if (this.#inFlight > 0) return this.#enqueue(Buffer.from(bytes))
    return this.#writeNow(bytes)
  }

  readLarge(): void {}

  readShared(): void {}

  pause(): void {
    if (!this.#reading || this.closed) return
    this.#reading = false
    this.#tls.readStop()
  }

  resume(): void {
    if (this.#reading || this.closed || this.#heardEnd) return
    this.#reading = true
    this.#tls.readStart()
  }

  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    if (this.pending === 0) this.#shutDown()
  }

  endAndClose(): void {
    this.#closesWhenEnded = true
    if (this.#state === 'ended') this.close()
    else this.end()
  }

  close(): void {
    this.#close(null)
  }

  /** A reset below TLS would go unnoticed by the session; without its close_notify the peer sees a truncation anyway. */
  reset(): void {
    this.#close(null)
  }

  /** What a read brought, a number of bytes or an error; called by node's handle alone. */
  arrived(): void {
    const size = this.#handles.state[this.#handles.READ_BYTES_OR_ERROR] as number
    if (this.closed || size === 0) return
    if (size > 0) this.owner.onData(TLS_READS, 0, size)
    else if (size === END) this.#ended()
    else this.#close(systemError('read', size))
  }

  /** The session is broken: a forged record, a message out of place. */
  broke(error: Error): void {
    this.#close(error)
  }

  /** The write under way is through. */
  written(status: number): void {
    this.#inFlight = 0
    if (this.closed) return
    if (status < 0) {
      this.#close(systemError('write', status))
      return
    }
    this.#sendQueue()
    if (this.pending > 0) return
    if (this.#state === 'ending') this.#shutDown()
    if (!this.#blocked) return
    this.#blocked = false
    this.owner.onDrain()
  }

  /** Our close_notify is out. */
  shutDown(): void {
    if (this.#closesWhenEnded) this.close()
  }

  #ended(): void {
    if (this.#heardEnd) return
    this.#heardEnd = true
    this.owner.onEnd()
  }

  #request(): TlsRequest {
    const request = new this.#handles.WriteRequest()
    request.owner = this
    request.oncomplete = onWritten
    return request
  }

  #writeNow(bytes: Uint8Array): boolean {
    const request = this.#request()
    return this.#sent(this.#tls.writeBuffer(request, bytes), bytes.length)
  }

  #sent(code: number, size: number): boolean {
    if (code !== 0) this.#close(systemError('write', code))
    else if (this.#handles.state[this.#handles.LAST_WRITE_WAS_ASYNC] !== 0) this.#inFlight = size
    return this.#below()
  }

  #enqueue(bytes: Buffer): boolean {
    this.#queue.push(bytes)
    this.#queued += bytes.length
    return this.#below()
  }

  #below(): boolean {
    if (this.pending < HIGH_WATER_BYTES) return true
    this.#blocked = true
    return false
  }

  #sendQueue(): void {
    if (this.#queued === 0) return
    const [first = TLS_READS, ...more] = this.#queue
    const bytes = more.length > 0 ? Buffer.concat(this.#queue) : first
    this.#queue = []
    this.#queued = 0
    this.#writeNow(bytes)
  }

  #shutDown(): void {
    this.#state = 'ended'
    const request = new this.#handles.ShutdownRequest()
    request.owner = this
    request.oncomplete = onShutDown
    // Not 0: there is nothing to wait for.
    if (this.#tls.shutdown(request) !== 0) this.shutDown()
  }

  #close(error: Error | null): void {
    if (this.closed) return
    this.#state = 'closed'
    this.#queue = []
    this.#queued = 0
    this.#tcp.close(() => {
      this.#tls.destroySSL()
      this.owner.onClose(error)
    })
  }
}

function nothing(): void {}

function onRead(this: TlsHandle): undefined {
  ;(this.owner as TlsHandleConnection).arrived()
}

function onError(this: TlsHandle, error: Error): void {
  ;(this.owner as TlsHandleConnection).broke(error)
}

function onWritten(this: TlsRequest, status: number): void {
  ;(this.owner as TlsHandleConnection).written(status)
}

function onShutDown(this: TlsRequest): void {
  ;(this.owner as TlsHandleConnection).shutDown()
}

function systemError(call: string, status: number): Error {
  const code = getSystemErrorName(status)
  return Object.assign(new Error(`${call}: ${code}`), { code })
}
