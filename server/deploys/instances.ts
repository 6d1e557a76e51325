import type { AppRecord } from '../apps/apps.ts'
import type { Formation } from '../apps/formation.ts'
import type { AppState } from '../contract/app.ts'
import type { Instance as InstanceView } from '../contract/formation.ts'
import type { Engine, Instance, InstanceStats } from '../engine/engine.ts'
import type { DeployRecords } from './deploy-records.ts'
import type { InstanceRegistry } from './instance-registry.ts'
import { nameOf } from './readiness-check.ts'
import type { ReleaseRecord, Releases } from './releases.ts'
import type { RoutePublisher } from './route-publisher.ts'
import { WEB, workloadsOf } from './workloads.ts'

type InstanceParts = {
  engine: Engine
  registry: InstanceRegistry
  publisher: RoutePublisher
  formation: Formation
  releases: Releases
  records: DeployRecords
}

/** How an app and its instances stand, in the user's words. */
export class Instances {
  readonly #parts: InstanceParts

  constructor(parts: InstanceParts) {
    this.#parts = parts
  }

  async list(app: AppRecord, withStats: boolean): Promise<InstanceView[]> {
    const instances = this.#parts.registry.of(app.id)
    const release = this.#current(app)
    const stats = withStats ? await this.#stats(instances) : new Map<string, InstanceStats>()
    return instances.map((instance) => this.#view(instance, release, stats.get(instance.id)))
  }

  state(app: AppRecord): AppState {
    const release = this.#current(app)
    if (!release) return this.#parts.records.unfinished(app.id).length > 0 ? 'deploying' : 'blank'
    if (app.maintenance) return 'maintenance'
    const wanted = workloadsOf(app, release, this.#parts.formation.list(app.id))
    if (wanted.length === 0) return 'stopped'
    const running = this.#parts.registry
      .of(app.id)
      .some((instance) => instance.release === release.number && instance.state === 'running')
    return running ? 'running' : 'crashed'
  }

  #view(instance: Instance, release: ReleaseRecord | undefined, stats: InstanceStats | undefined): InstanceView {
    const { lastExit } = instance
    return {
      id: instance.id,
      name: nameOf(instance),
      type: instance.processType,
      release: instance.release,
      state: this.#instanceState(instance),
      since: instance.startedAt?.toISOString() ?? null,
      restarts: instance.restarts,
      lastExit: lastExit && { ...lastExit, at: lastExit.at.toISOString() },
      command: release?.processTypes[instance.processType] ?? null,
      memoryBytes: stats ? Math.round(stats.memoryBytes) : null,
      cpuCores: stats?.cpuCores ?? null,
    }
  }

  /** A web instance is up when the router reaches it. */
  #instanceState(instance: Instance): InstanceView['state'] {
    if (instance.state === 'exited') return 'crashed'
    if (instance.state === 'starting') return 'starting'
    if (instance.processType !== WEB) return 'up'
    const target = this.#parts.publisher.targetState(instance.id)
    return target === 'adding' || target === 'unhealthy' ? 'starting' : 'up'
  }

  async #stats(instances: Instance[]): Promise<Map<string, InstanceStats>> {
    const running = instances.filter((instance) => instance.state === 'running').map(({ id }) => id)
    const stats = await this.#parts.engine.stats(running).catch(() => [])
    return new Map(stats.map((one) => [one.id, one]))
  }

  #current(app: AppRecord): ReleaseRecord | undefined {
    return app.currentRelease === null ? undefined : this.#parts.releases.find(app.id, app.currentRelease)
  }
}
