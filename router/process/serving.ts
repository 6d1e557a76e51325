import type { RequestLog } from '../access-log.ts'
import type { Config } from '../config.ts'
import type { Measurements } from '../contract/event.ts'
import { DataPlane } from '../http1/data-plane.ts'
import { PLANE_LIMITS } from '../http1/plane.ts'
import type { Connection } from '../io/connection.ts'
import type { Io } from '../io/io.ts'
import { NO_ANSWERS } from '../own-answers.ts'
import type { Router } from '../router.ts'
import type { Tls } from '../tls/tls.ts'
import type { Inheritance } from './inheritance.ts'

export type Ports = { http: number; https?: number; metrics?: number }
export type ServingParts = { config: Config; router: Router; log: RequestLog; tls: Tls | null; io: Io }

/** Whoever takes the visitors in. */
export interface Serving {
  readonly connections: Measurements['connections']
  /** Of the listening sockets. */
  readonly descriptors: Pick<Inheritance, 'http' | 'https'>
  /** What takes time before it can listen. */
  prepare(): Promise<void>
  /** On what was inherited, else where the configuration says. */
  listen(inherited: Pick<Inheritance, 'http' | 'https'>): Promise<Ports>
  /** Accepts nobody any more, and resolves when the last one is gone; see DataPlane.stop. */
  stop(limitMs: number, tunnelsMs?: number): Promise<void>
}

/** This process itself does: both ports, and what comes in by them. */
export class OwnServing implements Serving {
  readonly #config: Config
  readonly #router: Router
  readonly #tls: Tls | null
  readonly #plane: DataPlane

  constructor({ config, router, log, tls, io }: ServingParts) {
    this.#config = config
    this.#router = router
    this.#tls = tls
    this.#plane = new DataPlane(router, log, PLANE_LIMITS, tls ?? NO_ANSWERS, io)
  }

  get connections(): Measurements['connections'] {
    return this.#plane.connections
  }

  async prepare(): Promise<void> {}

  async listen(inherited: Pick<Inheritance, 'http' | 'https'>): Promise<Ports> {
    const { http, https } = this.#config
    const ports: Ports = { http: await this.#plane.listen(place(inherited.http) ?? http) }
    if (!this.#tls || !https) return ports
    const take = (connection: Connection) => this.#plane.accept(connection)
    const port = await this.#tls.listen(place(inherited.https) ?? https, take, () => this.#router.edge)
    return { ...ports, https: port }
  }

  get descriptors(): Pick<Inheritance, 'http' | 'https'> {
    const [http, https] = [this.#plane.descriptor, this.#tls?.descriptor]
    return { ...(http === undefined ? {} : { http }), ...(https === undefined ? {} : { https }) }
  }

  async stop(limitMs: number, tunnelsMs = 0): Promise<void> {
    this.#tls?.stop()
    await this.#plane.stop(limitMs, { tunnelsMs, arriving: () => this.#tls?.open ?? 0 })
  }
}

function place(fd: number | undefined): { fd: number } | undefined {
  return fd === undefined ? undefined : { fd }
}
