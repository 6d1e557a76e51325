import type { Config } from '../config.ts'
import type { RouterProcess } from '../contract/call.ts'
import type { Control } from '../control.ts'
import type { EventStream } from '../event-stream.ts'
import { type Log, messageOf } from '../log.ts'
import type { MetricsServer } from '../metrics-server.ts'
import type { Router } from '../router.ts'
import type { Telemetry } from '../telemetry.ts'
import type { Tls } from '../tls/tls.ts'
import { Channel, ChannelLost } from './channel.ts'
import type { Followers } from './followers.ts'
import type { Inheritance } from './inheritance.ts'
import type { Leader } from './leader.ts'
import type { News } from './news.ts'
import { notifyReady, notifyStopping } from './notify.ts'
import type { Ports, Serving } from './serving.ts'
import { STOP_LIMIT_MS } from './stop-limit.ts'
import type { Predecessor, SuccessorChannel } from './succession.ts'
import type { Handover, PredecessorVerbs, SuccessorVerbs } from './verbs.ts'

/** So long may requests and WebSockets go on in a process that another one has followed. */
const LEAVE_LIMIT_MS = 15 * 60_000
/** For WebSockets that are told to go at that limit. */
const FAREWELL_MS = 3_000
/** Within this the readers of events have come over. */
const EVENTS_KEPT_MS = 2_000
/** The process before us has everything at hand. */
const ANSWER_MS = 10_000

export type GenerationParts = {
  config: Config
  log: Log
  followers: Followers
  events: EventStream
  news: News
  router: Router
  tls: Tls | null
  serving: Serving
  leader: Leader
  control: Control
  telemetry: Telemetry
  metrics: MetricsServer | null
}

type PredecessorChannel = Channel<PredecessorVerbs, SuccessorVerbs>

/**
 * The life of a primary: it begins alone, or by taking over from the one before; it may be followed by another one, for
 * which it then works as a follower until its last visitor is gone; it ends.
 */
export class Generation implements Predecessor {
  readonly #parts: GenerationParts
  #ports: Ports | null = null
  #left = false
  /** The process before us works on no certificate any more. */
  readonly #ordersOurs = Promise.withResolvers<void>()
  #ending = false

  constructor(parts: GenerationParts) {
    this.#parts = parts
  }

  /** Resolves when it serves. */
  async begin(): Promise<void> {
    const { config, router, tls, serving, control, log, metrics } = this.#parts
    const { inherited } = config
    await serving.prepare()
    const before = inherited.as === 'successor' ? this.#meet() : null
    const handover = await before?.ask('takeOver', null, ANSWER_MS).catch((error: unknown) => this.#alone(error))
    if (handover) this.#adopt(handover)
    else await this.#restore()
    const ports = await serving.listen(inherited)
    await control.listen(config.socket, inherited.control)
    if (tls) router.follow(tls)
    if (before && handover) await this.#follow(before)
    if (metrics && config.metrics) {
      const place = inherited.metrics === undefined ? config.metrics : { fd: inherited.metrics }
      ports.metrics = await metrics.listen(place)
    }
    this.#ports = ports
    log.info('router.serves', { pid: process.pid, ...ports })
  }

  /** Tells whoever has started this process that it serves. */
  say(): void {
    const { config } = this.#parts
    const line = { event: 'listening', ...this.#ports, socket: config.socket, pid: process.pid }
    process.stdout.write(`${JSON.stringify(line)}\n`)
    if (config.notify) notifyReady(config.environment)
  }

  report(): RouterProcess {
    const { serving } = this.#parts
    const role = this.#left ? 'leaving' : 'primary'
    const { plain, tls } = serving.connections
    return { pid: process.pid, role, rssBytes: process.memoryUsage.rss(), connections: plain + tls }
  }

  /** As a signal asks: finishes what is under way, within the limit, and ends the process. */
  async stop(signal: string): Promise<void> {
    if (this.#ending) return
    this.#ending = true
    const { log, config, control, followers, serving } = this.#parts
    log.info('router.stopping', { signal, pid: process.pid })
    if (config.notify && !this.#left) notifyStopping(config.environment)
    followers.stop()
    control.stop()
    await serving.stop(STOP_LIMIT_MS)
    await this.#end()
  }

  // What a successor asks.

  descriptors(): Omit<Inheritance, 'as'> {
    const { serving, control, metrics } = this.#parts
    const own = Object.entries({ control: control.descriptor, metrics: metrics?.descriptor })
    return { ...Object.fromEntries(own.filter(([, fd]) => fd !== undefined)), ...serving.descriptors }
  }

  async freeze(): Promise<Handover> {
    const { control, router, tls, telemetry } = this.#parts
    control.freeze()
    await router.settled()
    void tls?.leave()
    return { standing: router.standing(), telemetry: await telemetry.handOver(), tls: tls?.handOver() ?? null }
  }

  thaw(): void {
    this.#parts.control.thaw()
    this.#parts.tls?.stay()
  }

  retire(successor: SuccessorChannel): void {
    this.#left = true
    const { control, router, news, events, tls, telemetry, metrics } = this.#parts
    control.handOver()
    metrics?.stop()
    telemetry[Symbol.dispose]()
    news.leader = successor
    router.leaveChecks()
    events.end()
    void Promise.all([tls?.leave(), this.#ordersOurs.promise]).then(() => successor.tell('ordersLeft', null))
    void this.#leave(successor)
  }

  get follows(): Omit<PredecessorVerbs, 'takeOver' | 'stepDown' | 'failed'> {
    const { leader, news, followers } = this.#parts
    return {
      ...leader.obey(),
      watch: (watched) => {
        news.wantedByLeader = watched
      },
      stop: () => {
        followers.stop()
        void this.stop('stop')
      },
    }
  }

  async #leave(successor: SuccessorChannel): Promise<void> {
    const { serving, followers, news, leader } = this.#parts
    await serving.stop(LEAVE_LIMIT_MS + FAREWELL_MS, LEAVE_LIMIT_MS)
    await followers.gone()
    news.flush()
    successor.tell('measured', await leader.measure())
    await successor.flushed()
    await this.#end()
  }

  async #end(): Promise<void> {
    const { control, tls, router, followers, news, telemetry, metrics } = this.#parts
    await followers.gone()
    news.flush()
    await control.close()
    metrics?.[Symbol.dispose]()
    await tls?.[Symbol.asyncDispose]()
    router[Symbol.dispose]()
    telemetry[Symbol.dispose]()
    process.exit(0)
  }

  // What it asks of the one before.

  #meet(): PredecessorChannel {
    const { leader } = this.#parts
    return new Channel<PredecessorVerbs, SuccessorVerbs>(process, {
      ...leader.listen(),
      ordersLeft: () => this.#takeOrders(),
    })
  }

  #alone(error: unknown): null {
    if (!(error instanceof ChannelLost)) throw error
    this.#parts.log.warn('router.alone', { reason: messageOf(error) })
    return null
  }

  #adopt({ standing, telemetry, tls: handover }: Handover): void {
    const { router, tls } = this.#parts
    this.#parts.telemetry.adopt(telemetry)
    router.adopt(standing)
    if (tls && handover) tls.adopt(handover, false)
  }

  /** Unless there is a successor by now: then they are its own, and it is told. */
  #takeOrders(): void {
    this.#ordersOurs.resolve()
    if (!this.#left) void this.#parts.tls?.goOn()
  }

  async #restore(): Promise<void> {
    this.#ordersOurs.resolve()
    const { router, log } = this.#parts
    const restored = await router.restore()
    if (restored) log.info('table.restored', restored)
  }

  /** From here on the one before follows us. */
  async #follow(before: PredecessorChannel): Promise<void> {
    const { events, followers } = this.#parts
    events.keep(EVENTS_KEPT_MS)
    await before.ask('stepDown', null, ANSWER_MS)
    followers.add({ pid: process.ppid, channel: before })
    void before.closed.then(() => this.#takeOrders())
  }
}
