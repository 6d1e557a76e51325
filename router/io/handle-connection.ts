import { getSystemErrorName } from '../builtins.ts'
import { type Connection, type ConnectionOwner, shortAddress } from './connection.ts'
import type { HandleRequest, Handles, TcpHandle } from './handles.ts'
import { NOBODY } from './nobody.ts'
import { ReadBuffer } from './read-buffer.ts'

/** libuv's UV_EOF. */
const END = -4_095

/** A write that the kernel takes at once leaves its request untouched, so that the next one may use it. */
type WriteRequest = HandleRequest & { bytes?: Uint8Array }
let spare: WriteRequest | null = null

/** A plain TCP connection on node's handle for it. */
export class HandleConnection implements Connection {
  owner: ConnectionOwner = NOBODY
  readonly secure = null
  readonly alpn = null
  readonly localPort: number
  readonly #handles: Handles
  readonly #handle: TcpHandle
  readonly #reads = new ReadBuffer()
  #address: string | null = null
  #error: Error | null = null
  #reading = false
  /** Writes that the kernel has not taken whole. */
  #writes = 0
  #ended = false
  /** The end of our side has gone out, after all that was pending. */
  #shut = false
  /** The peer has ended its side. */
  #over = false
  /** To be closed as soon as nothing is pending. */
  #leaving = false
  #closed = false

  constructor(handles: Handles, handle: TcpHandle, localPort: number) {
    this.#handles = handles
    this.#handle = handle
    this.localPort = localPort
    handle.onread = () => this.#read()
    handle.useUserBuffer(this.#reads.current)
  }

  get remoteAddress(): string {
    if (this.#address === null) {
      const name: { address?: string } = {}
      this.#address = this.#closed || this.#handle.getpeername(name) !== 0 ? '' : shortAddress(name.address)
    }
    return this.#address
  }

  get borrowed(): boolean {
    return this.#reads.borrowed
  }

  get pending(): number {
    return this.#writes === 0 || this.#closed ? 0 : this.#handle.writeQueueSize
  }

  get closed(): boolean {
    return this.#closed
  }

  writeText(text: string): boolean {
    if (this.#closed || this.#ended) return true
    const request = this.#request()
    return this.#written(request, this.#handle.writeLatin1String(request, text))
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#ended) return true
    const request = this.#request()
    const through = this.#written(request, this.#handle.writeBuffer(request, bytes))
    // The kernel still takes from them, so they must not be collected.
    if (!through) request.bytes = bytes
    return through
  }

  readLarge(): void {
    this.#reads.large()
  }

  readShared(inFlight: boolean): void {
    this.#reads.share(inFlight)
  }

  pause(): void {
    if (!this.#reading) return
    this.#reading = false
    if (!this.#closed) this.#handle.readStop()
  }

  resume(): void {
    if (this.#reading || this.#over || this.#closed) return
    this.#reading = true
    const error = this.#handle.readStart()
    if (error !== 0) this.fail(error)
  }

  end(): void {
    if (this.#ended || this.#closed) return
    this.#ended = true
    const request = new this.#handles.ShutdownRequest()
    request.oncomplete = () => this.#wentOut()
    // Where the peer is gone already there is nothing to end.
    if (this.#handle.shutdown(request) !== 0) this.#wentOut()
  }

  endAndClose(): void {
    if (this.#writes === 0) this.close()
    else this.#leaving = true
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#handle.close(() => this.owner.onClose(this.#error))
  }

  reset(): void {
    // Node cannot reset a connection whose end is on its way.
    if (this.#ended) this.close()
    if (this.#closed) return
    this.#closed = true
    this.#handle.reset(() => this.owner.onClose(this.#error))
  }

  /** Closes for a reason of the system's, a negative number of libuv. */
  fail(status: number): void {
    if (this.#closed) return
    const code = getSystemErrorName(status)
    this.#error = Object.assign(new Error(`the connection failed: ${code}`), { code })
    this.close()
  }

  /** What was dialed has come about, or not. */
  connected(status: number, told: () => void): void {
    if (this.#closed) return
    if (status !== 0) {
      this.fail(status)
      return
    }
    this.resume()
    told()
  }

  /** Returns where the next read goes, when that changes. */
  #read(): Buffer | undefined {
    const size = this.#handles.state[this.#handles.READ_BYTES_OR_ERROR] as number
    if (this.#closed) return undefined
    if (size > 0) {
      this.owner.onData(this.#reads.current, 0, size)
      return this.#reads.turn()
    }
    if (size === END) {
      this.#reading = false
      this.#over = true
      this.owner.onEnd()
      if (this.#shut) this.close()
    } else if (size < 0) this.fail(size)
    return undefined
  }

  #request(): WriteRequest {
    spare ??= new this.#handles.WriteRequest()
    return spare
  }

  #wentOut(): void {
    this.#shut = true
    if (this.#over) this.close()
  }

  #written(request: HandleRequest, error: number): boolean {
    if (error !== 0) {
      this.fail(error)
      return true
    }
    if (this.#handles.state[this.#handles.LAST_WRITE_WAS_ASYNC] === 0) return true
    spare = null
    this.#writes += 1
    request.oncomplete = (status) => this.#released(status)
    return false
  }

  #released(status: number): void {
    this.#writes -= 1
    if (this.#closed) return
    if (status !== 0) this.fail(status)
    else if (this.#writes > 0) return
    else if (this.#leaving) this.close()
    else this.owner.onDrain()
  }
}
