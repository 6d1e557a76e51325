import type { Duplex } from 'node:stream'
import { Frames, SERVICE_RESTART } from './frames.ts'
import { Pump } from './pump.ts'

/** After one side closed, the other has this long to take what is left and to close as well. */
const CLOSE_MS = 2_000

export type TunnelEnd = { bytes: number; reason: 'closed' | 'idle' | 'cut' }

/** Two sockets joined after an upgrade: bytes in both directions until one side closes, it falls idle, or it is cut. */
export class Tunnel {
  readonly done: Promise<TunnelEnd>
  readonly #client: Duplex
  readonly #upstream: Duplex
  readonly #frames: Frames | null
  readonly #idle: NodeJS.Timeout
  readonly #down: Pump
  readonly #up: Pump
  readonly #resolve: (end: TunnelEnd) => void
  #bytes = 0
  #reason: TunnelEnd['reason'] = 'closed'
  #closing: NodeJS.Timeout | null = null

  constructor(client: Duplex, upstream: Duplex, options: { websocket: boolean; idleMs: number }) {
    const { promise, resolve } = Promise.withResolvers<TunnelEnd>()
    this.done = promise
    this.#resolve = resolve
    this.#client = client
    this.#upstream = upstream
    this.#frames = options.websocket ? new Frames() : null
    this.#idle = setTimeout(() => this.#sayGoodbye('idle'), options.idleMs)
    this.#down = new Pump(upstream, client, (chunk) => this.#sawDown(chunk))
    this.#up = new Pump(client, upstream, () => this.#idle.refresh())
    this.#join(client, upstream)
    this.#join(upstream, client)
    if (client.destroyed || upstream.destroyed) this.#destroy()
  }

  /** Sends on what each side had said together with the handshake. */
  begin(earlyUp: Buffer, earlyDown: Buffer): void {
    if (earlyUp.length > 0) this.#upstream.write(earlyUp)
    if (earlyDown.length === 0) return
    this.#sawDown(earlyDown)
    this.#client.write(earlyDown)
  }

  cut(): void {
    this.#sayGoodbye('cut')
  }

  #sawDown(chunk: Buffer): void {
    this.#bytes += chunk.length
    this.#frames?.see(chunk)
    this.#idle.refresh()
  }

  #join(from: Duplex, to: Duplex): void {
    from.on('error', () => to.destroy())
    from.once('end', () => this.#finish(to))
    from.once('close', () => this.#finish(to))
    to.once('close', () => this.#closed())
  }

  #finish(side: Duplex): void {
    side.end()
    this.#closing ??= setTimeout(() => this.#destroy(), CLOSE_MS)
  }

  /** A close frame where one may stand; in the middle of another frame the connection is just closed. */
  #sayGoodbye(reason: TunnelEnd['reason']): void {
    if (this.#reason !== 'closed') return
    this.#reason = reason
    if (!this.#frames?.atBoundary || this.#client.destroyed) {
      this.#destroy()
      return
    }
    this.#down.stop()
    this.#client.end(SERVICE_RESTART)
    this.#upstream.resume()
    this.#finish(this.#upstream)
  }

  #destroy(): void {
    this.#client.destroy()
    this.#upstream.destroy()
  }

  #closed(): void {
    if (!this.#client.destroyed || !this.#upstream.destroyed) return
    clearTimeout(this.#idle)
    if (this.#closing) clearTimeout(this.#closing)
    this.#down.stop()
    this.#up.stop()
    this.#resolve({ bytes: this.#bytes, reason: this.#reason })
  }
}
