import type { Socket } from 'node:net'
import { type Connection, type ConnectionOwner, type Secure, shortAddress } from './connection.ts'
import { NOBODY } from './nobody.ts'

export type StreamTraits = { secure?: Secure | null; alpn?: string | null }

/** A Connection over any socket of node, through its public events: TLS, and whatever else is not a plain socket. */
export class StreamConnection implements Connection {
  owner: ConnectionOwner = NOBODY
  readonly secure: Secure | null
  readonly alpn: string | null
  readonly #socket: Socket
  #error: Error | null = null
  #blocked = false

  constructor(socket: Socket, { secure = null, alpn = null }: StreamTraits = {}) {
    this.#socket = socket
    this.secure = secure
    this.alpn = alpn
    socket.allowHalfOpen = true
    socket.pause()
    socket.on('data', (bytes: Buffer) => this.owner.onData(bytes, 0, bytes.length))
    socket.on('end', () => this.owner.onEnd())
    socket.on('drain', this.#released)
    socket.on('error', (error) => {
      this.#error = error
    })
    socket.on('close', () => this.owner.onClose(this.#error))
  }

  get remoteAddress(): string {
    return shortAddress(this.#socket.remoteAddress)
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0
  }

  get borrowed(): boolean {
    return false
  }

  get pending(): number {
    return this.#socket.writableLength
  }

  get closed(): boolean {
    return this.#socket.destroyed
  }

  writeText(text: string): boolean {
    const socket = this.#socket
    if (socket.write(text, 'latin1') || socket.writableLength === 0) return true
    this.#blocked = true
    return false
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket
    socket.write(bytes, this.#released)
    if (socket.writableLength === 0) return true
    this.#blocked = true
    return false
  }

  readLarge(): void {}

  readShared(): void {}

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.end()
  }

  endAndClose(): void {
    this.#socket.destroySoon()
  }

  close(): void {
    this.#socket.destroy()
  }

  reset(): void {
    // A reset below TLS would go unnoticed by the session; without its close_notify the peer sees a truncation anyway.
    if (this.secure) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  readonly #released = (): void => {
    if (!this.#blocked || this.#socket.writableLength > 0) return
    this.#blocked = false
    this.owner.onDrain()
  }
}
