import type { RouterClient } from '../../router/client.ts'
import type { RequestRecord } from '../../router/contract/event.ts'
import type { Apps } from '../apps/apps.ts'
import type { Engine, EngineEvent, Instance } from '../engine/engine.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { AppIds } from './app-ids.ts'
import type { Changes } from './changes.ts'
import { type Followed, InstanceFollower } from './instance-follower.ts'
import { InstanceStates } from './instance-states.ts'
import type { AppLogs } from './logs.ts'
import { pause } from './pause.ts'
import { ResumePoints } from './resume-points.ts'
import { routerLine } from './router-line.ts'

export type LogCollectorOptions = {
  engine: Pick<Engine, 'list' | 'watch' | 'logs'>
  router: Pick<RouterClient, 'events'>
  logs: AppLogs
  apps: Pick<Apps, 'find' | 'findById'>
  log: Log
  /** Are told what happens to instances and certificates. */
  changes?: Pick<Changes, 'tell'>
  /** Directory for the resume points. */
  state: string
}

/** A removed instance's stream ends by itself; where an engine fails to end it, it is cut after this. */
const LAST_WORDS_MS = 5_000
const ROUTER_PROCESS = 'router'
const WATCH_AGAIN_MS = 1_000

/** Brings together what every instance says, what happens to it, and what the router served, into each app's log. */
export class LogCollector implements AsyncDisposable {
  readonly #options: LogCollectorOptions
  readonly #appIds: AppIds
  readonly #points: ResumePoints
  readonly #states = new InstanceStates()
  readonly #followers = new Map<string, InstanceFollower>()
  /** Ids that the engine has. */
  readonly #present = new Set<string>()
  readonly #stop = new AbortController()
  #watching: Promise<unknown> = Promise.resolve()

  constructor(options: LogCollectorOptions) {
    this.#options = options
    this.#appIds = new AppIds(options.apps)
    this.#points = new ResumePoints(
      options.state,
      () => options.logs.flush(),
      (reason) => options.log.warn('logs.resume-points-not-written', { reason }),
    )
  }

  /** Goes on from where it stopped, by the resume point of each instance. */
  start(): void {
    this.#watching = Promise.all([
      this.#untilStopped('engine', (signal) => this.#watchEngine(signal)),
      this.#untilStopped('router', (signal) => this.#watchRouter(signal)),
    ])
  }

  /** For one-offs, which the engine does not list. Idempotent. */
  follow(instanceId: string, app: { id: string; name: string }, process: string): void {
    this.#follow({ id: instanceId, appId: app.id, process })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    const followers = [...this.#followers.values()]
    for (const follower of followers) follower.stop()
    await this.#watching
    await Promise.all(followers.map((follower) => follower.done))
    await this.#points.write()
  }

  /** Each try has a signal of its own, so that a failed one leaves no subscription behind. */
  async #untilStopped(what: string, watch: (signal: AbortSignal) => Promise<void>): Promise<void> {
    let lastReason = ''
    while (!this.#stop.signal.aborted) {
      const attempt = new AbortController()
      try {
        await watch(AbortSignal.any([this.#stop.signal, attempt.signal]))
      } catch (error) {
        const reason = messageOf(error)
        if (reason !== lastReason) this.#options.log.warn('logs.watch-failed', { what, reason })
        lastReason = reason
      }
      attempt.abort()
      await pause(WATCH_AGAIN_MS, this.#stop.signal)
    }
  }

  async #watchEngine(signal: AbortSignal): Promise<void> {
    const events = this.#options.engine.watch(signal)
    await this.#takeStock()
    for await (const event of events) await this.#engineEvent(event)
  }

  async #watchRouter(signal: AbortSignal): Promise<void> {
    for await (const event of this.#options.router.events(signal)) {
      if (event.type === 'request') this.#request(event)
      if (event.type === 'target') {
        const app = event.serviceId ?? event.service
        this.#say(app, event.instance, this.#states.reached(event))
        this.#changed(app)
      }
      if (event.type === 'certificate') this.#options.changes?.tell(null, 'certificates')
      if (event.type === 'dropped') this.#options.log.warn('logs.router-events-dropped', { count: event.count })
    }
  }

  async #takeStock(): Promise<void> {
    const instances = await this.#options.engine.list()
    this.#present.clear()
    for (const instance of instances) {
      this.#states.adopt(instance)
      this.#followInstance(instance)
    }
    this.#points.prune(new Set([...this.#followers.keys(), ...this.#present]))
  }

  async #engineEvent(event: EngineEvent): Promise<void> {
    if (event.type === 'resync') {
      await this.#takeStock()
      this.#options.changes?.tell(null, 'instances', 'box')
    } else this.#changed(event.type === 'removed' ? event.app : event.instance.app)
    if (event.type === 'removed') this.#removed(event.id)
    if (event.type === 'started') {
      this.#followInstance(event.instance)
      this.#sayOf(event.instance, this.#states.started(event.instance))
    }
    if (event.type === 'exited') this.#sayOf(event.instance, this.#states.exited(event.instance.id, event.exit))
  }

  #changed(app: string): void {
    const appId = this.#appIds.find(app)
    if (appId) this.#options.changes?.tell(appId, 'instances')
  }

  #removed(id: string): void {
    this.#states.forget(id)
    this.#present.delete(id)
    const follower = this.#followers.get(id)
    if (!follower) {
      this.#points.forget(id)
      return
    }
    const cut = setTimeout(() => follower.stop(), LAST_WORDS_MS).unref()
    void follower.done.finally(() => clearTimeout(cut))
  }

  #followInstance(instance: Instance): void {
    this.#present.add(instance.id)
    const appId = this.#appIds.find(instance.app)
    if (appId) this.#follow({ id: instance.id, appId, process: processOf(instance) })
  }

  #follow(instance: Followed): void {
    if (this.#followers.has(instance.id) || this.#stop.signal.aborted) return
    const { engine, logs, log } = this.#options
    const follower = new InstanceFollower(instance, {
      engine,
      logs,
      log,
      points: this.#points,
      present: () => this.#present.has(instance.id),
    })
    this.#followers.set(instance.id, follower)
    void follower.done.finally(() => this.#ended(instance.id))
  }

  /** Of its own accord, not because we stop: then there is nothing to resume. */
  #ended(id: string): void {
    this.#followers.delete(id)
    if (!this.#stop.signal.aborted && !this.#present.has(id)) this.#points.forget(id)
  }

  #sayOf(instance: Instance, lines: string[]): void {
    this.#say(instance.app, processOf(instance), lines)
  }

  #say(app: string, process: string, lines: string[]): void {
    const appId = this.#appIds.find(app)
    if (!appId) return
    for (const text of lines) this.#options.logs.append(appId, { at: new Date(), source: 'paas', process, text })
  }

  #request(record: RequestRecord): void {
    const appId = this.#appIds.find(record.serviceId ?? record.service)
    if (!appId) return
    const at = new Date(record.at)
    this.#options.logs.append(appId, { at, source: 'paas', process: ROUTER_PROCESS, text: routerLine(record) })
  }
}

function processOf({ processType, index }: Instance): string {
  return `${processType}.${index}`
}
