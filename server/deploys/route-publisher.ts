import type { RouterClient } from '../../router/client.ts'
import type { RouterStatus, TargetState } from '../../router/contract/call.ts'
import type { Apps } from '../apps/apps.ts'
import type { Domains } from '../apps/domains.ts'
import type { Formation } from '../apps/formation.ts'
import type { PathRoutes } from '../apps/path-routes.ts'
import type { RoutingStore } from '../apps/routing.ts'
import type { Endpoint } from '../engine/engine.ts'
import { messageOf, PaasError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { AcmeStore } from './acme-settings.ts'
import type { BoxSettingsStore } from './box-settings.ts'
import type { InstanceRegistry } from './instance-registry.ts'
import type { Releases } from './releases.ts'
import { type RoutedApp, routeTable } from './route-table.ts'
import { WEB } from './workloads.ts'

/** Without the router's acknowledgement by then, a swap has not happened (RELIABILITY 5.1). */
export const ACKNOWLEDGE_MS = 5_000

/** Where the API answers; its hosts may change. */
export type Platform = { hosts: () => string[]; endpoint: Endpoint }

/** Keeps the router's table equal to the state: the whole table each time, one request at a time. */
export class RoutePublisher {
  readonly #router: RouterClient
  readonly #registry: InstanceRegistry
  readonly #apps: Apps
  readonly #domains: Domains
  readonly #formation: Formation
  readonly #routing: Pick<RoutingStore, 'stored'>
  readonly #releases: Pick<Releases, 'wishes'>
  readonly #paths: Pick<PathRoutes, 'all'>
  readonly #boxSettings: Pick<BoxSettingsStore, 'edge'>
  readonly #acme: Pick<AcmeStore, 'forRouter'>
  readonly #httpsPort: number | null
  readonly #log: Log
  readonly #leaving = new Set<string>()
  readonly #surge = new Map<string, number>()
  readonly #targets = new Map<string, TargetState>()
  #platform: Platform | null = null
  #version = 0
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(options: {
    router: RouterClient
    registry: InstanceRegistry
    apps: Apps
    domains: Domains
    formation: Formation
    routing: Pick<RoutingStore, 'stored'>
    releases: Pick<Releases, 'wishes'>
    paths: Pick<PathRoutes, 'all'>
    boxSettings: Pick<BoxSettingsStore, 'edge'>
    acme: Pick<AcmeStore, 'forRouter'>
    httpsPort: number | null
    log: Log
  }) {
    this.#router = options.router
    this.#registry = options.registry
    this.#apps = options.apps
    this.#domains = options.domains
    this.#formation = options.formation
    this.#routing = options.routing
    this.#releases = options.releases
    this.#paths = options.paths
    this.#boxSettings = options.boxSettings
    this.#acme = options.acme
    this.#httpsPort = options.httpsPort
    this.#log = options.log
  }

  setPlatform(platform: Platform): void {
    this.#platform = platform
  }

  /** Takes instances out of the table before they are stopped, or puts them back. */
  setLeaving(ids: string[], leaving: boolean): void {
    for (const id of ids) leaving ? this.#leaving.add(id) : this.#leaving.delete(id)
  }

  isLeaving(id: string): boolean {
    return this.#leaving.has(id)
  }

  /** More `web` instances than the formation asks for, while a restart exchanges them; the formation's own number ends it. */
  setSurge(appId: string, quantity: number): void {
    const wanted = this.#formation.get(appId, WEB)?.quantity ?? 0
    quantity > wanted ? this.#surge.set(appId, quantity) : this.#surge.delete(appId)
  }

  /** The router's word on an instance; undefined when it has not said. */
  targetState(id: string): TargetState | undefined {
    return this.#targets.get(id)
  }

  /** Resolves when a table that was made after this call is in force in every worker. Throws `router.unavailable`. */
  publish(): Promise<void> {
    if (!this.#running) return this.#start()
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.#start()
      })
    return this.#next
  }

  /** Publishes in the background, once the engine has been listed; the next change or reconnection tries again. */
  publishSoon(): void {
    if (this.#registry.engineBootId === undefined) return
    this.publish().catch((error: unknown) => this.#log.warn('routes.publish', { reason: messageOf(error) }))
  }

  /** Follows the router until the signal, and gives it the table again whenever it has been away. */
  async follow(signal: AbortSignal): Promise<void> {
    for await (const event of this.#router.events(signal, 'target')) {
      if (event.type === 'connected') this.#meet(event.status)
      if (event.type === 'target') this.#targets.set(event.id, event.to)
    }
  }

  #meet(status: RouterStatus): void {
    this.#version = Math.max(this.#version, status.version)
    this.#targets.clear()
    for (const service of status.services) {
      for (const target of service.targets) this.#targets.set(target.id, target.state)
    }
    this.publishSoon()
  }

  #start(): Promise<void> {
    this.#running = this.#put().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #put(): Promise<void> {
    const engineBootId = this.#registry.engineBootId
    if (engineBootId === undefined) {
      throw new PaasError('unavailable', 'engine.unlisted', 'The engine has not been heard since the server started.', {
        fix: 'See the state of the box.',
        command: 'paas status',
      })
    }
    this.#version = Math.max(this.#version + 1, Date.now())
    const edge = this.#boxSettings.edge()
    const table = routeTable({
      version: this.#version,
      engineBootId,
      apps: this.#apps.list().map((app) => this.#routed(app)),
      platform: this.#platform && { hosts: this.#platform.hosts(), endpoint: this.#platform.endpoint },
      leaving: this.#leaving,
      paths: this.#paths.all(),
      ...(this.#httpsPort === null ? {} : { acme: this.#acme.forRouter() }),
      ...(edge && { edge }),
    })
    await withDeadline(this.#router.put(table), ACKNOWLEDGE_MS)
  }

  #routed(app: RoutedApp['app']): RoutedApp {
    return {
      app,
      hosts: this.#domains.hosts(app),
      quantity: this.#surge.get(app.id) ?? this.#formation.get(app.id, WEB)?.quantity ?? 0,
      instances: this.#registry.of(app.id),
      routing: this.#routing.stored(app.id),
      checks: this.#releases.wishes(app.id, app.currentRelease).healthChecks,
    }
  }
}

async function withDeadline(work: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds / 1_000} s`)), milliseconds)
  })
  try {
    await Promise.race([work, deadline])
  } catch (error) {
    throw new PaasError(
      'unavailable',
      'router.unavailable',
      `The router did not take the new routes: ${messageOf(error)}.`,
      {
        fix: 'See whether the router runs, then try again. What was live before still is.',
        command: 'paas status',
      },
    )
  } finally {
    clearTimeout(timer)
  }
}
