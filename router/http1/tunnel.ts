import type { Connection } from '../io/connection.ts'
import { sendOn } from '../io/gather.ts'
import type { Clock } from './clock.ts'
import { Frames, SERVICE_RESTART } from './frames.ts'

/** After one side closed, the other has this long to take what is left and to close as well. */
const CLOSE_MS = 2_000

/** Bytes for the client, and from it. */
export type TunnelEnd = { bytes: number; received: number }

export type TunnelOptions = { websocket: boolean; idleMs: number; clock: Clock; over: (end: TunnelEnd) => void }

/** Two connections joined after an upgrade: bytes in both directions until one side closes, it falls idle, or it is cut. */
export class Tunnel {
  readonly #client: Connection
  readonly #upstream: Connection
  readonly #options: TunnelOptions
  readonly #frames: Frames | null
  #bytes = 0
  #received = 0
  #deadline: number
  #ending = false
  #silenced = false
  #over = false

  constructor(client: Connection, upstream: Connection, options: TunnelOptions) {
    this.#client = client
    this.#upstream = upstream
    this.#options = options
    this.#frames = options.websocket ? new Frames() : null
    this.#deadline = options.clock.in(options.idleMs)
  }

  /** `early`: what the client has sent already. */
  begin(early: Buffer): void {
    if (early.length > 0) this.up(early, 0, early.length)
    this.#client.resume()
  }

  /** From the client to the app. */
  up(bytes: Buffer, start: number, end: number): void {
    if (this.#silenced) return
    this.#received += end - start
    this.#touch()
    if (!sendOn(this.#client, this.#upstream, bytes, start, end)) this.#client.pause()
  }

  /** From the app to the client. */
  down(bytes: Buffer, start: number, end: number): void {
    if (this.#silenced) return
    this.#bytes += end - start
    this.#frames?.see(bytes.subarray(start, end))
    this.#touch()
    if (!sendOn(this.#upstream, this.#client, bytes, start, end)) this.#upstream.pause()
  }

  /** One side took what was pending: the other may send again. */
  drained(side: Connection): void {
    this.#touch()
    this.#other(side).resume()
  }

  /** One side has ended; the other hears so after what is still on its way. */
  ended(side: Connection): void {
    this.#other(side).end()
    this.#closeSoon()
  }

  /** One side is gone. */
  closed(): void {
    if (this.#client.closed && this.#upstream.closed) {
      if (this.#over) return
      this.#over = true
      this.#options.over({ bytes: this.#bytes, received: this.#received })
      return
    }
    if (this.#client.closed) this.#upstream.endAndClose()
    else this.#client.endAndClose()
    this.#closeSoon()
  }

  check(now: number): void {
    if (now < this.#deadline) return
    if (this.#ending) this.#destroy()
    else this.goodbye()
  }

  /** A close frame where one may stand; in the middle of another frame the connection is just closed. */
  goodbye(): void {
    if (this.#silenced) return
    if (!this.#frames?.atBoundary || this.#client.closed) {
      this.#destroy()
      return
    }
    this.#silenced = true
    this.#client.write(SERVICE_RESTART)
    this.#client.end()
    this.#upstream.end()
    this.#client.resume()
    this.#upstream.resume()
    this.#closeSoon()
  }

  #touch(): void {
    if (!this.#ending) this.#deadline = this.#options.clock.in(this.#options.idleMs)
  }

  #closeSoon(): void {
    if (this.#ending) return
    this.#ending = true
    this.#deadline = this.#options.clock.in(CLOSE_MS)
  }

  #other(side: Connection): Connection {
    return side === this.#client ? this.#upstream : this.#client
  }

  #destroy(): void {
    this.#client.close()
    this.#upstream.close()
  }
}
