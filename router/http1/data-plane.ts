import type { RequestLog } from '../access-log.ts'
import { frameBuffers } from '../http2/output.ts'
import { Session } from '../http2/session.ts'
import type { Connection } from '../io/connection.ts'
import type { Io } from '../io/io.ts'
import { largeBuffers } from '../io/large-buffers.ts'
import { Listener } from '../io/listener.ts'
import { ProxyGreeting } from '../io/proxy-greeting.ts'
import { PUBLIC_IO } from '../io/public-io.ts'
import type { Place } from '../listen.ts'
import { NO_ANSWERS, type OwnAnswers } from '../own-answers.ts'
import { Roster } from '../roster.ts'
import type { Routes } from '../router.ts'
import { Client } from './client.ts'
import { Clock } from './clock.ts'
import { IdleUpstreams } from './idle-upstreams.ts'
import { PLANE_LIMITS, type Plane, type PlaneLimits } from './plane.ts'

/** When stopping, connections get this long to send one more request and hear `Connection: close`. */
const IDLE_GRACE_MS = 2_500
const STOP_CHECK_MS = 100
/** Buffers that were not needed for so long are given up. */
const TRIM_EVERY_MS = 5_000

export type StopOptions = { tunnelsMs?: number; arriving?: () => number }

/** HTTP/1.1 and, where ALPN has agreed on it, HTTP/2 towards the world. */
export class DataPlane {
  readonly #clients = new Roster<Client>()
  readonly #sessions = new Set<Session>()
  /** Those of which a proxy has yet to say whose they are. */
  readonly #greeting = new Set<Connection>()
  readonly #listener: Listener
  readonly #clock: Clock
  readonly #plane: Plane
  #trimAt = 0
  /** When stopping: in ms since 1970. */
  #cutAt = Number.POSITIVE_INFINITY
  #cutTunnelsAt = Number.POSITIVE_INFINITY

  /** `answers`: what is answered before any service is asked. `io`: how plain connections are read and written. */
  constructor(
    routes: Routes,
    log: RequestLog,
    limits: PlaneLimits = PLANE_LIMITS,
    answers: OwnAnswers = NO_ANSWERS,
    io: Io = PUBLIC_IO,
  ) {
    this.#listener = new Listener(io, (connection) => this.#arrive(connection))
    this.#clock = new Clock(limits.checkEveryMs, (now) => this.#sweep(now))
    this.#plane = { io, routes, answers, log, limits, clock: this.#clock, idle: new IdleUpstreams(), stopping: false }
  }

  /** Takes plain connections there; resolves with the port. */
  listen(place: Place): Promise<number> {
    return this.#listener.listen(place)
  }

  /** Of the listening socket, for a successor. */
  get descriptor(): number | undefined {
    return this.#listener.descriptor
  }

  /** Serves a connection that somebody else has accepted, such as a TLS listener after the handshake. */
  accept(connection: Connection): void {
    if (connection.alpn === 'h2') {
      const session = new Session(this.#plane, connection, (over) => this.#sessions.delete(over))
      this.#sessions.add(session)
      if (this.#plane.stopping) session.leave()
    } else this.#clients.add(new Client(this.#plane, connection, (client) => this.#clients.delete(client)))
  }

  /** Whoever comes from a proxy that announces its clients is known only after that. */
  #arrive(connection: Connection): void {
    const { routes, limits } = this.#plane
    if (routes.edge === null || !routes.edge.announces(connection.remoteAddress)) {
      this.accept(connection)
      return
    }
    const gone = () => this.#greeting.delete(connection)
    const accepted = () => {
      gone()
      this.accept(connection)
    }
    this.#greeting.add(connection)
    new ProxyGreeting(connection, limits.headersMs, { accepted, gone })
  }

  /** Open at this moment. */
  get connections(): { plain: number; tls: number } {
    let tls = 0
    for (const { connection } of this.#clients) if (connection.secure) tls += 1
    return { plain: this.#clients.size - tls, tls: tls + this.#sessions.size }
  }

  /**
   * Finishes what is under way, tells clients to go elsewhere, and cuts what is left after the limits. Called again, it
   * shortens them. `arriving`: connections that somebody has accepted and not handed over yet.
   */
  async stop(limitMs: number, { tunnelsMs = 0, arriving = () => 0 }: StopOptions = {}): Promise<void> {
    this.#plane.stopping = true
    this.#listener.stop()
    for (const session of this.#sessions) session.leave()
    const began = Date.now()
    this.#cutAt = Math.min(this.#cutAt, began + limitMs)
    this.#cutTunnelsAt = Math.min(this.#cutTunnelsAt, began + tunnelsMs)
    if (tunnelsMs === 0) this.#cutTunnels()
    const serving = () => this.#clients.size + this.#sessions.size + this.#greeting.size
    while (serving() + arriving() > 0 && Date.now() < this.#cutAt) {
      await new Promise((resolve) => setTimeout(resolve, STOP_CHECK_MS))
      if (Date.now() - began >= IDLE_GRACE_MS) this.#closeIdle()
      if (Date.now() >= this.#cutTunnelsAt) this.#cutTunnels()
    }
    for (const connection of this.#greeting) connection.close()
    for (const client of this.#clients) client.connection.close()
    for (const session of this.#sessions) session.connection.close()
    this.#plane.idle.close()
    this.#clock[Symbol.dispose]()
  }

  #closeIdle(): void {
    for (const client of this.#clients) if (client.idle) client.connection.close()
    for (const session of this.#sessions) session.finish()
  }

  #cutTunnels(): void {
    for (const { exchange } of this.#clients) if (exchange?.kind === 'tunnel') exchange.cut()
  }

  #sweep(now: number): void {
    for (const client of this.#clients) client.check(now)
    for (const session of this.#sessions) session.check(now)
    this.#plane.idle.sweep(now)
    if (now < this.#trimAt) return
    this.#trimAt = now + TRIM_EVERY_MS
    largeBuffers.trim()
    frameBuffers.trim()
  }
}
