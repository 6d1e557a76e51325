import { setTimeout as pause } from 'node:timers/promises'
import type { RouterClient } from '../../router/client.ts'
import type { AppRecord, Apps } from '../apps/apps.ts'
import type { Formation } from '../apps/formation.ts'
import type { Database } from '../db/database.ts'
import type { Engine, Instance } from '../engine/engine.ts'
import { messageOf } from '../errors.ts'
import type { Faults } from '../faults.ts'
import type { Log } from '../log.ts'
import { type DeployRecord, type DeployRecords, isFinal } from './deploy-records.ts'
import type { InstanceRegistry } from './instance-registry.ts'
import type { DeployNews } from './news.ts'
import { nameOf } from './readiness-check.ts'
import type { Releases } from './releases.ts'
import type { RoutePublisher } from './route-publisher.ts'
import { STOP_GRACE_MS, WEB, workloadsOf } from './workloads.ts'

/** RELIABILITY 5.1: a new release that crashes this soon is rolled back by itself; the old one still runs. */
export const MONITOR_MS = 10_000
/** Images of this many releases that served are kept for rollbacks. */
export const KEEP_IMAGES = 5

export type SettleParts = {
  db: Database
  engine: Engine
  router: RouterClient
  apps: Apps
  formation: Formation
  records: DeployRecords
  releases: Releases
  registry: InstanceRegistry
  publisher: RoutePublisher
  news: DeployNews
  faults: Faults
  log: Log
}

/** What goes on behind the push: the old release drains and goes, while the new one is watched for a moment. */
export class Settling {
  readonly #parts: SettleParts
  readonly #superseded = new Map<string, AbortController>()
  readonly #running = new Set<Promise<void>>()

  constructor(parts: SettleParts) {
    this.#parts = parts
  }

  /** In the background; a newer release that goes live cuts the watch short. */
  begin(deploy: DeployRecord): void {
    this.#superseded.get(deploy.appId)?.abort()
    const superseded = new AbortController()
    this.#superseded.set(deploy.appId, superseded)
    const work = this.#settle(deploy, superseded.signal).catch((error: unknown) =>
      this.#parts.log.error('deploy.settle', { deploy: deploy.id, reason: messageOf(error) }),
    )
    this.#running.add(work)
    void work.finally(() => this.#running.delete(work))
  }

  /** Ends the watch of every app; draining goes on in the next life of the server. */
  close(): void {
    for (const controller of this.#superseded.values()) controller.abort()
  }

  async #settle(deploy: DeployRecord, superseded: AbortSignal): Promise<void> {
    const { apps, faults, records } = this.#parts
    const app = apps.findById(deploy.appId)
    if (!app || deploy.release === null) return
    const old = deploy.oldRelease === deploy.release ? null : deploy.oldRelease
    const drained = old === null ? Promise.resolve() : this.#drain(app, old)
    const crashed = await this.#firstCrash(app, deploy, superseded)
    if (crashed && old !== null && apps.findById(app.id)?.currentRelease === deploy.release) {
      return await this.#rollBack(app, deploy, old, crashed)
    }
    await drained
    if (isFinal(records.get(deploy.id).state)) return
    records.move(deploy.id, 'retiring')
    faults('retire:before')
    if (old !== null) await this.#retire(app, old)
    faults('retire:after')
    records.move(deploy.id, 'live')
    await this.#parts.engine.pruneImages(app.id, this.#keptImages(app.id))
  }

  /** Workers of the old release end at once, as at Heroku; web when nothing is in flight any more. */
  async #drain(app: AppRecord, old: number): Promise<void> {
    const { engine, registry, router, log } = this.#parts
    const instances = registry.of(app.id).filter((instance) => instance.release === old)
    const workers = new Set(instances.map((instance) => instance.processType).filter((type) => type !== WEB))
    const stopped = [...workers].map((processType) =>
      engine.remove({ app: app.id, release: old, processType }, STOP_GRACE_MS),
    )
    const targets = instances.filter((instance) => instance.processType === WEB).map(({ id }) => id)
    try {
      await Promise.all([...stopped, targets.length > 0 ? router.drained({ targets }) : undefined])
    } catch (error) {
      log.warn('deploy.drain', { app: app.name, reason: messageOf(error) })
    }
  }

  async #retire(app: AppRecord, old: number): Promise<void> {
    const { engine, registry } = this.#parts
    const instances = registry.of(app.id).filter((instance) => instance.release === old)
    const types = new Set([WEB, ...instances.map((instance) => instance.processType)])
    await Promise.all(
      [...types].map((processType) => engine.remove({ app: app.id, release: old, processType }, STOP_GRACE_MS)),
    )
    registry.forget(instances.map(({ id }) => id))
  }

  async #firstCrash(app: AppRecord, deploy: DeployRecord, superseded: AbortSignal): Promise<Instance | undefined> {
    const left = deploy.updatedAt.getTime() + MONITOR_MS - Date.now()
    if (left <= 0) return undefined
    const { promise, resolve } = Promise.withResolvers<Instance>()
    using _ = this.#parts.registry.onNews((news) => {
      if (news.type !== 'exited') return
      const { instance } = news
      const mine = instance.app === app.id && instance.release === deploy.release
      if (mine && this.#isWanted(app, instance)) resolve(instance)
    })
    const over = pause(left, undefined, { signal: superseded, ref: false }).catch(() => undefined)
    return await Promise.race([promise, over])
  }

  /** An instance that a scale or a restart stops has not crashed. */
  #isWanted(app: AppRecord, instance: Instance): boolean {
    const quantity = this.#parts.formation.get(app.id, instance.processType)?.quantity ?? 0
    return instance.index <= quantity && !this.#parts.publisher.isLeaving(instance.id)
  }

  async #rollBack(app: AppRecord, deploy: DeployRecord, old: number, crashed: Instance): Promise<void> {
    const { apps, db, engine, formation, news, publisher, records, releases } = this.#parts
    const reason = `${nameOf(crashed)} crashed within ${MONITOR_MS / 1_000} s of going live; v${old} serves again`
    db.transaction(() => {
      records.move(deploy.id, 'failed', { reason, serving: false })
      releases.setStatus(app.id, deploy.release as number, 'failed', reason)
      apps.setCurrentRelease(app.id, old)
    })
    const oldRelease = releases.record(app.id, old)
    for (const workload of workloadsOf(app, oldRelease, formation.list(app.id))) {
      this.#parts.registry.learn(await engine.apply(workload))
    }
    await publisher.publish()
    await this.#retire(app, deploy.release as number)
    news.failed(app, reason)
  }

  #keptImages(appId: string): string[] {
    return this.#parts.releases.recentImages(appId, KEEP_IMAGES)
  }
}
