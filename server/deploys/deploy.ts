import { setTimeout as pause } from 'node:timers/promises'
import { redactor } from '../../builder/redaction.ts'
import type { AppRecord, Apps } from '../apps/apps.ts'
import type { ConfigVarStore } from '../apps/config-vars.ts'
import type { Domains } from '../apps/domains.ts'
import type { Formation } from '../apps/formation.ts'
import type { Database } from '../db/database.ts'
import type { Engine, Instance } from '../engine/engine.ts'
import { PaasError } from '../errors.ts'
import type { Faults } from '../faults.ts'
import type { AppLocks } from './app-locks.ts'
import type { BoxSettingsStore } from './box-settings.ts'
import type { DeployRecord, DeployRecords } from './deploy-records.ts'
import { DeployFailure, heading, type Say } from './failure.ts'
import type { InstanceRegistry } from './instance-registry.ts'
import type { DeployNews } from './news.ts'
import type { Readiness } from './readiness-check.ts'
import type { ReleasePhase } from './release-phase.ts'
import type { ReleaseRecord, Releases } from './releases.ts'
import type { RoutePublisher } from './route-publisher.ts'
import type { HeldTurn } from './turns.ts'
import { isScalable, RELEASE_PHASE, STOP_GRACE_MS, workloadsOf } from './workloads.ts'

const DISK_FULL_RETRY_MS = 1_000

export type DeployParts = {
  db: Database
  boxSettings: Pick<BoxSettingsStore, 'bootTimeoutMs'>
  engine: Engine
  apps: Apps
  domains: Domains
  formation: Formation
  configVars: ConfigVarStore
  records: DeployRecords
  releases: Releases
  registry: InstanceRegistry
  publisher: RoutePublisher
  readiness: Readiness
  releasePhase: ReleasePhase
  locks: AppLocks
  news: DeployNews
  faults: Faults
}

/**
 * From a release to serving it: run its release phase, start the new instances beside the old, prove them through the
 * router, swap. What throws before the swap has changed nothing for visitors. Settling the old ones is settle.ts.
 */
export class Deploy {
  readonly #parts: DeployParts

  constructor(parts: DeployParts) {
    this.#parts = parts
  }

  /** Resumable: each step looks first at what an interrupted attempt has left. */
  async run(deploy: DeployRecord, turn: HeldTurn, tell: Say): Promise<void> {
    const { apps, releases, locks, records } = this.#parts
    const app = apps.findById(deploy.appId) ?? gone()
    const release = releases.record(app.id, deploy.release ?? 0)
    const redact = redactor({ ...release.config, ...release.attached })
    const say: Say = (line) => tell(redact(line))
    await this.#releasePhase(app, deploy, release, turn, say)
    await locks.hold(app.id, async () => {
      try {
        turn.signal.throwIfAborted()
        say(heading('Launching...'))
        const instances = await this.#start(app, records.get(deploy.id), release)
        await this.#prove(app, deploy, release, instances, turn, say)
        turn.setInterruptible(false)
        await this.#promote(app, records.get(deploy.id), release)
      } catch (error) {
        await this.#undo(app, deploy, release)
        throw error
      }
    })
  }

  async #releasePhase(
    app: AppRecord,
    deploy: DeployRecord,
    release: ReleaseRecord,
    turn: HeldTurn,
    say: Say,
  ): Promise<void> {
    const { records, releasePhase } = this.#parts
    const done = ['starting', 'probing', 'promoting'].includes(deploy.state)
    if (done || deploy.kind === 'rollback' || !Object.hasOwn(release.processTypes, RELEASE_PHASE)) return
    turn.setInterruptible(false)
    records.move(deploy.id, 'releasing')
    await releasePhase.run(app, records.get(deploy.id), release, turn.signal, say)
    turn.setInterruptible(true)
  }

  async #start(app: AppRecord, deploy: DeployRecord, release: ReleaseRecord): Promise<Instance[]> {
    const { engine, faults, formation, records, registry } = this.#parts
    if (!(await engine.hasImage(release.image))) {
      throw new DeployFailure(`the image of v${release.number} is not on this box any more`, {
        fix: 'Push the code again to build it anew.',
      })
    }
    if (deploy.state !== 'promoting') records.move(deploy.id, 'starting', { oldRelease: app.currentRelease })
    formation.ensure(
      app.id,
      Object.keys(release.processTypes).filter((type) => isScalable(release, type)),
      { wishes: release.wishes.formation, first: app.currentRelease === null },
    )
    faults('instances:before')
    const workloads = workloadsOf(app, release, formation.list(app.id))
    const instances = (await Promise.all(workloads.map((workload) => engine.apply(workload)))).flat()
    registry.learn(instances)
    faults('instances:after')
    return instances
  }

  async #prove(
    app: AppRecord,
    deploy: DeployRecord,
    release: ReleaseRecord,
    instances: Instance[],
    turn: HeldTurn,
    say: Say,
  ): Promise<void> {
    const { domains, formation, readiness, records } = this.#parts
    if (records.get(deploy.id).state === 'promoting') return
    records.move(deploy.id, 'probing')
    await readiness.wait({
      service: app.name,
      host: domains.hosts(app)[0] ?? null,
      instances,
      memoryMb: (type) => formation.get(app.id, type)?.memoryMb ?? 0,
      checks: release.wishes.healthChecks,
      bootTimeoutMs: this.#parts.boxSettings.bootTimeoutMs,
      signal: turn.signal,
      say,
    })
  }

  /** The release that serves changes in the transaction that says so; the router then follows, or it is taken back. */
  async #promote(app: AppRecord, deploy: DeployRecord, release: ReleaseRecord): Promise<void> {
    const { apps, configVars, db, faults, publisher, records, releases } = this.#parts
    faults('swap:before')
    db.transaction(() => {
      records.move(deploy.id, 'promoting')
      apps.setCurrentRelease(app.id, release.number)
    })
    await publisher.publish()
    faults('swap:after')
    await whenThereIsRoom(() =>
      db.transaction(() => {
        records.move(deploy.id, 'draining', { serving: true })
        releases.setStatus(app.id, release.number, 'succeeded')
        if (deploy.kind === 'rollback') configVars.replace(app.id, release.config)
      }),
    )
    this.#parts.news.released(app, release)
  }

  /** The old release is put back in force where the swap was begun, and the new instances go. */
  async #undo(app: AppRecord, deploy: DeployRecord, release: ReleaseRecord): Promise<void> {
    const { engine, records } = this.#parts
    const record = records.find(deploy.id)
    if (!record || record.state === 'draining' || record.oldRelease === release.number) return
    if (record.state === 'promoting' && !(await this.#swapBack(app, record.oldRelease))) {
      return this.#parts.news.leftBehind(app, release)
    }
    for (const processType of Object.keys(release.processTypes)) {
      engine
        .remove({ app: app.id, release: release.number, processType }, STOP_GRACE_MS)
        .catch(() => this.#parts.news.leftBehind(app, release))
    }
  }

  /**
   * The router may have taken the new routes without our hearing of it: only when it has confirmed the old ones may the
   * new instances go. False when it does not answer; the reconciler then removes them later.
   */
  async #swapBack(app: AppRecord, oldRelease: number | null): Promise<boolean> {
    const { apps, publisher } = this.#parts
    apps.setCurrentRelease(app.id, oldRelease)
    return await publisher.publish().then(
      () => true,
      () => false,
    )
  }
}

/** What the router serves already must be written down: there is no way back, so room on a full disk is waited for. */
async function whenThereIsRoom(write: () => void): Promise<void> {
  for (;;) {
    try {
      return write()
    } catch (error) {
      if (!(error instanceof PaasError && error.code === 'disk.full')) throw error
    }
    await pause(DISK_FULL_RETRY_MS)
  }
}

function gone(): never {
  throw new DeployFailure('the app was destroyed meanwhile')
}
