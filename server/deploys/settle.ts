import { setTimeout as pause } from 'node:timers/promises'
import type { RouterClient } from '../../router/client.ts'
import type { AppRecord, Apps } from '../apps/apps.ts'
import type { ConfigVarStore } from '../apps/config-vars.ts'
import type { Formation } from '../apps/formation.ts'
import type { Database } from '../db/database.ts'
import type { Engine, Exit, Instance } from '../engine/engine.ts'
import { messageOf } from '../errors.ts'
import type { Faults } from '../faults.ts'
import type { Log } from '../log.ts'
import type { AppLocks } from './app-locks.ts'
import type { BoxSettingsStore } from './box-settings.ts'
import { type DeployRecord, type DeployRecords, isFinal } from './deploy-records.ts'
import type { DiskSettingsStore } from './disk-settings.ts'
import type { InstanceRegistry } from './instance-registry.ts'
import type { DeployNews } from './news.ts'
import { nameOf } from './readiness-check.ts'
import type { Releases } from './releases.ts'
import type { RoutePublisher } from './route-publisher.ts'
import type { Turns } from './turns.ts'
import { STOP_GRACE_MS, WEB, workloadsOf } from './workloads.ts'

const RETRY_MS = 2_000
/** From the end of its first instance to that of an engine which is shut down. */
const SHUTDOWN_MS = 20_000
/** 128 + SIGTERM. */
const ASKED_TO_STOP = 143

export type SettleParts = {
  db: Database
  boxSettings: Pick<BoxSettingsStore, 'monitorMs'>
  diskSettings: DiskSettingsStore
  engine: Engine
  router: RouterClient
  apps: Apps
  configVars: ConfigVarStore
  formation: Formation
  records: DeployRecords
  releases: Releases
  registry: InstanceRegistry
  publisher: RoutePublisher
  locks: AppLocks
  turns: Turns
  news: DeployNews
  faults: Faults
  log: Log
}

/** What goes on behind the push: the old release drains and goes, while the new one is watched for a moment. */
export class Settling {
  readonly #parts: SettleParts
  readonly #superseded = new Map<string, AbortController>()
  readonly #closing = new AbortController()

  constructor(parts: SettleParts) {
    this.#parts = parts
  }

  /** In the background; a newer release that goes live cuts the watch short. */
  begin(deploy: DeployRecord): void {
    this.#superseded.get(deploy.appId)?.abort()
    const superseded = new AbortController()
    this.#superseded.set(deploy.appId, superseded)
    void this.#untilSettled(deploy.id, superseded.signal).finally(() => {
      if (this.#superseded.get(deploy.appId) === superseded) this.#superseded.delete(deploy.appId)
    })
  }

  /** Nothing more is touched: the next life of the server goes on from what is written. */
  close(): void {
    this.#closing.abort()
  }

  /** An engine that is away, or a full disk, is waited for: the old release does not stay for ever. */
  async #untilSettled(deployId: string, superseded: AbortSignal): Promise<void> {
    const { log, records } = this.#parts
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        const deploy = records.find(deployId)
        if (!deploy || isFinal(deploy.state)) return
        return await this.#settle(deploy, superseded)
      } catch (error) {
        if (!signal.aborted) log.warn('deploy.settle', { deploy: deployId, reason: messageOf(error) })
      }
      await pause(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  async #settle(deploy: DeployRecord, superseded: AbortSignal): Promise<void> {
    const { apps, engine, faults, records } = this.#parts
    const app = apps.findById(deploy.appId)
    if (!app || deploy.release === null) return
    const old = deploy.oldRelease === deploy.release ? null : deploy.oldRelease
    const drained = old === null ? Promise.resolve() : this.#drain(app, old)
    const crashed = await this.#firstCrash(app, deploy, AbortSignal.any([superseded, this.#closing.signal]))
    if (crashed && old !== null && (await this.#rollBack(app, deploy, old, crashed))) return
    await drained
    if (this.#closing.signal.aborted || !records.find(deploy.id)) return
    records.move(deploy.id, 'retiring')
    faults('retire:before')
    if (old !== null) await this.#retire(app, old)
    faults('retire:after')
    if (this.#closing.signal.aborted || !records.find(deploy.id)) return
    records.move(deploy.id, 'live')
    // An image that a build has just made belongs to no release yet.
    if (this.#parts.turns.length(app.id) === 0) await engine.pruneImages(app.id, this.#keptImages(app.id))
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
      const { signal } = this.#closing
      await Promise.all([...stopped, targets.length > 0 ? router.drained({ targets }, signal) : undefined])
    } catch (error) {
      if (this.#closing.signal.aborted) return
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

  async #firstCrash(app: AppRecord, deploy: DeployRecord, stop: AbortSignal): Promise<Instance | undefined> {
    const left = deploy.updatedAt.getTime() + this.#parts.boxSettings.monitorMs - Date.now()
    if (left <= 0 || deploy.state === 'retiring') return undefined
    const { registry } = this.#parts
    const engineBootId = registry.engineBootId
    const isCrash = (instance: Instance) =>
      instance.release === deploy.release && !wasAsked(instance.lastExit) && this.#isWanted(app, instance)
    const { promise, resolve } = Promise.withResolvers<Instance>()
    using _ = registry.onNews((news) => {
      if (news.type === 'exited' && news.instance.app === app.id && isCrash(news.instance)) resolve(news.instance)
    })
    const already = registry.of(app.id).find((instance) => instance.state === 'exited' && isCrash(instance))
    if (already) resolve(already)
    const over = pause(left, undefined, { signal: stop, ref: false }).catch(() => undefined)
    const crashed = await Promise.race([promise, over])
    return crashed && (await this.#isOfItself(crashed, engineBootId, stop)) ? crashed : undefined
  }

  /**
   * An engine that is shut down takes its instances with it, and starts them again when it is back, which says nothing of
   * the release: only what the same life of the engine starts again has crashed. Throws when the engine has gone.
   */
  async #isOfItself(crashed: Instance, engineBootId: string | undefined, stop: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>()
    using _ = this.#parts.registry.onNews((news) => {
      if (news.type === 'started' && news.instance.id === crashed.id) resolve()
    })
    await Promise.race([promise, pause(SHUTDOWN_MS, undefined, { signal: stop, ref: false }).catch(() => undefined)])
    const { bootId } = await this.#parts.engine.info()
    return bootId === engineBootId && !stop.aborted
  }

  /** An instance that a scale or a restart stops has not crashed. */
  #isWanted(app: AppRecord, instance: Instance): boolean {
    const quantity = this.#parts.formation.get(app.id, instance.processType)?.quantity ?? 0
    return instance.index <= quantity && !this.#parts.publisher.isLeaving(instance.id)
  }

  /** False when another release serves meanwhile. */
  async #rollBack(app: AppRecord, deploy: DeployRecord, old: number, crashed: Instance): Promise<boolean> {
    const { apps, boxSettings, engine, formation, locks, news, publisher, registry, releases } = this.#parts
    const reason = `${nameOf(crashed)} crashed within ${boxSettings.monitorMs / 1_000} s of going live; v${old} serves again`
    const done = await locks.hold(app.id, async () => {
      if (apps.findById(app.id)?.currentRelease !== deploy.release) return false
      this.#writeRollBack(deploy, old, reason)
      for (const workload of workloadsOf(app, releases.record(app.id, old), formation.list(app.id))) {
        registry.learn(await engine.apply(workload))
      }
      await publisher.publish()
      return true
    })
    if (!done) return false
    news.failed(app, reason)
    await this.#drain(app, deploy.release as number)
    await this.#retire(app, deploy.release as number)
    return true
  }

  #writeRollBack({ id, appId, kind, release }: DeployRecord, old: number, reason: string): void {
    const { apps, configVars, db, records, releases } = this.#parts
    db.transaction(() => {
      records.move(id, 'failed', { reason, serving: false })
      releases.setStatus(appId, release as number, 'failed', reason)
      apps.setCurrentRelease(appId, old)
      if (kind === 'rollback') configVars.replace(appId, releases.record(appId, old).config)
    })
  }

  #keptImages(appId: string): string[] {
    const { diskSettings, releases } = this.#parts
    return releases.recentImages(appId, diskSettings.get().keepReleases)
  }
}

/** Ended by SIGTERM, which no crash sends. */
function wasAsked(exit: Exit | null): boolean {
  return exit?.signal === 'SIGTERM' || exit?.code === ASKED_TO_STOP
}
