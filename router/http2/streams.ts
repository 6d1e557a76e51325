import { Client } from '../http1/client.ts'
import type { Plane } from '../http1/plane.ts'
import type { Connection } from '../io/connection.ts'
import type { Carried, Carrier } from './carrier.ts'
import { LARGEST_WINDOW } from './frames.ts'
import { VirtualConnection } from './virtual-connection.ts'

/** SETTINGS_MAX_CONCURRENT_STREAMS. */
export const MOST_STREAMS = 128
/** Kept for the next streams, each with its client. */
const MOST_RESTING = 32

type Seat = { stream: VirtualConnection; client: Client }

/** The streams of one connection that are under way, and the places of those that were. */
export class Streams {
  readonly #plane: Plane
  readonly #carrier: Carrier
  readonly #connection: Connection
  readonly #seats = new Map<number, Seat>()
  readonly #resting: Seat[] = []
  readonly #waiting = new Set<Carried>()
  #awake: Carried[] = []

  constructor(plane: Plane, carrier: Carrier, connection: Connection) {
    this.#plane = plane
    this.#carrier = carrier
    this.#connection = connection
  }

  get size(): number {
    return this.#seats.size
  }

  find(id: number): VirtualConnection | undefined {
    return this.#seats.get(id)?.stream
  }

  /** A connection for stream `id`, used before or new. */
  seat(id: number): VirtualConnection {
    const seat = this.#resting.at(-1)?.client.idle ? (this.#resting.pop() as Seat) : this.#makeSeat()
    this.#seats.set(id, seat)
    return seat.stream
  }

  /** The stream is over. `again`: its seat may be taken again. */
  leave(id: number, again: boolean): void {
    const seat = this.#seats.get(id)
    if (!seat) return
    this.#seats.delete(id)
    this.#waiting.delete(seat.stream)
    if (again && !seat.stream.closed && this.#resting.length < MOST_RESTING) this.#resting.push(seat)
  }

  /** The connection is gone. */
  abandonAll(): void {
    const seats = [...this.#seats.values()]
    this.#seats.clear()
    this.#waiting.clear()
    for (const { stream } of seats) stream.abandoned()
  }

  /** Called once per tick. */
  check(now: number): void {
    for (const { client } of this.#seats.values()) client.check(now)
  }

  /** The peer's windows for streams have changed by so much. False: one is larger than can be. */
  widen(bytes: number): boolean {
    for (const { stream } of this.#seats.values()) {
      stream.response.window += bytes
      if (stream.response.window > LARGEST_WINDOW) return false
    }
    return true
  }

  wake(stream: Carried): void {
    this.#awake.push(stream)
  }

  /** Lets streams do what they asked to be woken for. */
  turn(): void {
    if (this.#awake.length === 0) return
    const awake = this.#awake
    this.#awake = []
    for (const stream of awake) stream.turn()
  }

  waits(stream: Carried): void {
    this.#waiting.add(stream)
  }

  /** Lets streams send what there is room for, each in its turn. */
  pump(): void {
    let rounds = this.#waiting.size
    for (const stream of this.#waiting) {
      if (rounds-- === 0 || this.#carrier.output.room === 0) return
      this.#waiting.delete(stream)
      stream.pump()
    }
  }

  #makeSeat(): Seat {
    const stream = new VirtualConnection(this.#carrier, this.#connection)
    return { stream, client: new Client(this.#plane, stream, () => {}) }
  }
}
