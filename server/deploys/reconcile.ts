import type { RouterClient } from '../../router/client.ts'
import type { AppRecord, Apps } from '../apps/apps.ts'
import type { Formation, FormationRow } from '../apps/formation.ts'
import type { Engine, Instance, Workload, WorkloadKey } from '../engine/engine.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { AppLocks } from './app-locks.ts'
import type { DeployRecord, DeployRecords } from './deploy-records.ts'
import type { InstanceRegistry } from './instance-registry.ts'
import type { ReleaseRecord, Releases } from './releases.ts'
import type { RoutePublisher } from './route-publisher.ts'
import { keyOf, STOP_GRACE_MS, WEB, workloadsOf } from './workloads.ts'

export type ReconcilePlan = { apply: Workload[]; remove: WorkloadKey[] }

/**
 * Desired against actual for one app. A release that a deploy is putting up or taking down is left to that deploy;
 * everything else that runs and is not wanted goes.
 */
export function reconcilePlan(input: {
  app: AppRecord
  release: ReleaseRecord | undefined
  formation: FormationRow[]
  unfinished: DeployRecord[]
  actual: Instance[]
}): ReconcilePlan {
  const { app, release, formation, unfinished, actual } = input
  const wanted = release ? workloadsOf(app, release, formation) : []
  const wantedKeys = new Set(wanted.map(keyOf))
  const inHand = new Set(unfinished.flatMap((deploy) => [deploy.release, deploy.oldRelease]))
  const running = Map.groupBy(actual, keyOf)
  return {
    apply: wanted.filter((workload) => !isWhole(workload, running.get(keyOf(workload)) ?? [])),
    remove: [...running.entries()]
      .filter(([key, instances]) => !wantedKeys.has(key) && !inHand.has(instances[0]?.release ?? null))
      .map(([, instances]) => instances[0])
      .filter((instance) => instance !== undefined)
      .map(({ release, processType }) => ({ app: app.id, release, processType })),
  }
}

function isWhole(workload: Workload, instances: Instance[]): boolean {
  const indexes = new Set(instances.map(({ index }) => index))
  return (
    instances.length === workload.quantity &&
    Array.from({ length: workload.quantity }).every((_, i) => indexes.has(i + 1))
  )
}

type ReconcileParts = {
  engine: Engine
  apps: Apps
  formation: Formation
  records: DeployRecords
  releases: Releases
  registry: InstanceRegistry
  router: Pick<RouterClient, 'drained'>
  publisher: Pick<RoutePublisher, 'publish' | 'publishSoon'>
  locks: AppLocks
  log: Log
}

/** Closes the gap between the database and the engine: at start, when the engine has been away, and on a timer. */
export class Reconciler {
  readonly #parts: ReconcileParts
  #running: Promise<void> | undefined

  constructor(parts: ReconcileParts) {
    this.#parts = parts
  }

  /** One pass at a time; with the engine away nothing is touched, since absence of evidence proves nothing. */
  reconcile(): Promise<void> {
    this.#running ??= this.#pass().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #pass(): Promise<void> {
    const { apps, log, publisher, registry } = this.#parts
    try {
      await registry.refresh()
    } catch (error) {
      log.warn('reconcile.paused', { reason: messageOf(error) })
      return
    }
    const list = apps.list()
    await Promise.all(list.map((app) => this.#app(app.id)))
    await this.#strangers(new Set(list.map(({ id }) => id)))
    publisher.publishSoon()
  }

  async #app(appId: string): Promise<void> {
    const { locks, log } = this.#parts
    if (locks.held(appId)) return
    try {
      await locks.hold(appId, () => this.#close(appId))
    } catch (error) {
      log.warn('reconcile.app', { app: appId, reason: messageOf(error) })
    }
  }

  async #close(appId: string): Promise<void> {
    const { apps, engine, formation, log, records, registry, releases } = this.#parts
    const app = apps.findById(appId)
    if (!app) return
    const plan = reconcilePlan({
      app,
      release: app.currentRelease === null ? undefined : releases.find(app.id, app.currentRelease),
      formation: formation.list(app.id),
      unfinished: records.unfinished(app.id),
      actual: registry.of(app.id),
    })
    await this.#makeWay(app, plan)
    for (const workload of plan.apply) {
      log.info('reconcile.apply', { app: app.name, release: workload.release, process: workload.processType })
      registry.learn(await engine.apply(workload))
    }
    for (const key of plan.remove) {
      log.info('reconcile.remove', { app: app.name, release: key.release, process: key.processType })
      await engine.remove(key, STOP_GRACE_MS)
      registry.forget(
        registry
          .of(app.id)
          .filter((instance) => keyOf(instance) === keyOf(key))
          .map(({ id }) => id),
      )
    }
  }

  /**
   * What the router may still send requests to is not stopped before it has confirmed that it does not, and has none in
   * flight. Throws when it does not answer: the next pass tries again.
   */
  async #makeWay(app: AppRecord, { apply, remove }: ReconcilePlan): Promise<void> {
    const { publisher, registry, router } = this.#parts
    const goes = (instance: Instance) =>
      remove.some((key) => keyOf(key) === keyOf(instance)) ||
      apply.some((workload) => keyOf(workload) === keyOf(instance) && instance.index > workload.quantity)
    const targets = registry.of(app.id).filter((instance) => instance.processType === WEB && goes(instance))
    if (targets.length === 0) return
    await publisher.publish()
    const limit = AbortSignal.timeout(STOP_GRACE_MS)
    await router.drained({ targets: targets.map(({ id }) => id) }, limit).catch(() => undefined)
  }

  /** Instances of apps that were destroyed while the server was down. */
  async #strangers(known: ReadonlySet<string>): Promise<void> {
    const { engine, log, registry } = this.#parts
    for (const appId of new Set(registry.all().map((instance) => instance.app))) {
      if (known.has(appId)) continue
      log.info('reconcile.stranger', { app: appId })
      await engine
        .removeApp(appId)
        .catch((error: unknown) => log.warn('reconcile.app', { app: appId, reason: messageOf(error) }))
    }
  }
}
