import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'
import { type Connection, type ConnectionOwner, shortAddress } from './connection.ts'
import { NOBODY } from './nobody.ts'
import { ReadBuffer } from './read-buffer.ts'

/** Above this a write has to be taken by the kernel before more is read. */
const HIGH_WATER_BYTES = 16 * 1024

/**
 * A plain TCP socket that reads into a buffer which is used again and again (the `onread` option of node:net), by
 * default one that all connections of the process share.
 */
export class PlainConnection implements Connection {
  owner: ConnectionOwner = NOBODY
  readonly secure = null
  readonly alpn = null
  readonly #socket: Socket
  readonly #reads = new ReadBuffer()
  #begun = false
  #error: Error | null = null
  #blocked = false

  /** `handle`: an accepted TCP handle; without one the socket is to be connected by `dial`. */
  constructor(handle?: unknown) {
    const onread = {
      buffer: () => this.#nextBuffer(),
      callback: (size: number, buffer: Buffer) => this.#read(size, buffer),
    } as unknown as OnReadOpts
    const options = { allowHalfOpen: true, writableHighWaterMark: HIGH_WATER_BYTES, onread, handle }
    const socket = new Socket(options as SocketConstructorOpts)
    this.#socket = socket
    socket.on('end', () => this.owner.onEnd())
    socket.on('drain', this.#released)
    socket.on('error', (error) => {
      this.#error = error
    })
    socket.on('close', () => this.owner.onClose(this.#error))
  }

  /** `connected` is called when the connection has come about; a failure comes as `onClose`. */
  static dial(host: string, port: number, connected: () => void): PlainConnection {
    const connection = new PlainConnection()
    connection.#socket.setNoDelay(true)
    connection.#socket.connect({ host, port }, connected)
    return connection
  }

  get remoteAddress(): string {
    return shortAddress(this.#socket.remoteAddress)
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0
  }

  get borrowed(): boolean {
    return this.#reads.borrowed
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
    const below = socket.write(bytes)
    if (socket.writableLength === 0) return true
    // `drain` comes only where the high water mark was passed; a callback at the end of the queue tells the rest.
    if (below) socket.write('', this.#released)
    this.#blocked = true
    return false
  }

  readLarge(): void {
    this.#reads.large()
  }

  readShared(inFlight: boolean): void {
    this.#reads.share(inFlight)
  }

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
    if (this.#socket.writableLength === 0) this.#socket.destroy()
    else this.#socket.destroySoon()
  }

  close(): void {
    this.#socket.destroy()
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  /** Called by node before the first read and after each one; what it returns is where the next read goes. */
  #nextBuffer(): Buffer | null {
    if (this.#begun) return this.#reads.turn() ?? null
    this.#begun = true
    return this.#reads.current
  }

  #read(size: number, buffer: Buffer): boolean {
    this.owner.onData(buffer, 0, size)
    return true
  }

  readonly #released = (): void => {
    if (!this.#blocked || this.#socket.writableLength > 0) return
    this.#blocked = false
    this.owner.onDrain()
  }
}
