import type { AppRecord, Apps } from '../apps/apps.ts'
import type { ConfigVarStore } from '../apps/config-vars.ts'
import type { Database } from '../db/database.ts'
import { PaasError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Actor } from '../people/actor.ts'
import type { Deploy } from './deploy.ts'
import type { DeployRecord, DeployRecords } from './deploy-records.ts'
import type { DeployScripts } from './deploy-scripts.ts'
import type { Endings } from './endings.ts'
import { DeployFailure } from './failure.ts'
import type { DeployNews } from './news.ts'
import { reasonOf } from './rejection.ts'
import type { ReleaseRecord, Releases } from './releases.ts'
import type { Settling } from './settle.ts'
import { type HeldTurn, Stopped, type Turns } from './turns.ts'

export type ReleaseChangeParts = {
  db: Database
  apps: Apps
  configVars: ConfigVarStore
  records: DeployRecords
  releases: Releases
  endings: Endings
  turns: Turns
  deploy: Deploy
  scripts: Pick<DeployScripts, 'runDetached'>
  settling: Settling
  news: DeployNews
  log: Log
}

/** Releases that need no build: a config change takes the code that serves, a rollback takes an earlier release whole. */
export class ReleaseChange {
  readonly #parts: ReleaseChangeParts

  constructor(parts: ReleaseChangeParts) {
    this.#parts = parts
  }

  /** Null when the app has no release yet: the first push will take the config vars. */
  configChanged(actor: Actor, app: AppRecord, description: string): { release: number; deploy: string } | null {
    const { apps, releases } = this.#parts
    const base = apps.findById(app.id)?.currentRelease ?? this.#firstRelease(app.id)
    if (base === null) return null
    return this.#begin(actor, app, 'config', () => this.#withConfig(actor, releases.record(app.id, base), description))
  }

  rollback(actor: Actor, app: AppRecord, to?: number): { release: number; deploy: string } {
    const source = this.#rollbackSource(app, to)
    return this.#begin(actor, app, 'rollback', () =>
      this.#copy(actor, source, `Rollback to v${source.number}`, source.config),
    )
  }

  /** Takes its turn and carries the deploy to its end, in the background. */
  async carry(deployId: string): Promise<void> {
    const { deploy, endings, log, news, records, settling, turns } = this.#parts
    const { appId, kind } = records.get(deployId)
    let turn: HeldTurn | undefined
    try {
      turn = await turns.take(appId, deployId, kind)
      endings.flush()
      const record = this.#upToDate(records.get(deployId))
      await deploy.run(record, turn, (line) => log.debug('deploy.line', { line }))
      settling.begin(records.get(deployId))
      await this.#scripts(record)
    } catch (error) {
      const reason = reasonOf(error, log, deployId)
      endings.end(deployId, { state: error instanceof Stopped ? error.state : 'failed', reason })
      const app = this.#parts.apps.findById(appId)
      if (app) news.failed(app, reason)
    } finally {
      await turn?.[Symbol.asyncDispose]()
    }
  }

  async #scripts(deploy: DeployRecord): Promise<void> {
    const { apps, releases, scripts } = this.#parts
    const app = apps.findById(deploy.appId)
    if (app) await scripts.runDetached(app, deploy, releases.record(app.id, deploy.release as number))
  }

  #begin(actor: Actor, app: AppRecord, kind: 'config' | 'rollback', create: () => ReleaseRecord) {
    const { db, records } = this.#parts
    const deploy = db.transaction(() =>
      records.insert({ appId: app.id, kind, release: create().number, userId: actor.user?.id ?? null }),
    )
    void this.carry(deploy.id)
    return { release: deploy.release as number, deploy: deploy.id }
  }

  /** The one that the app's first push is about to put live: it has taken the config vars as they were. */
  #firstRelease(appId: string): number | null {
    return this.#parts.records.unfinished(appId).find(({ release }) => release !== null)?.release ?? null
  }

  /** A push that went live while this one waited has other code: the config change then stands on that. */
  #upToDate(deploy: DeployRecord): DeployRecord {
    const { apps, db, records, releases } = this.#parts
    const current = apps.findById(deploy.appId)?.currentRelease ?? null
    const mine = releases.record(deploy.appId, deploy.release as number)
    if (deploy.kind !== 'config' || deploy.state !== 'queued') return deploy
    if (current === null) {
      throw new DeployFailure('the first release did not go live, so there is nothing to change', {
        fix: 'The config vars are kept: the next push takes them.',
      })
    }
    const live = releases.record(deploy.appId, current)
    if (live.image === mine.image && live.number < mine.number) return deploy
    return db.transaction(() => {
      releases.setStatus(deploy.appId, mine.number, 'failed', `Superseded: v${live.number} went live first.`)
      const fresh = releases.create({
        ...live,
        description: mine.description,
        userId: mine.userId,
        config: this.#config(deploy.appId),
      })
      return records.move(deploy.id, 'queued', { release: fresh.number })
    })
  }

  #withConfig(actor: Actor, current: ReleaseRecord, description: string): ReleaseRecord {
    return this.#copy(actor, current, description, this.#config(current.appId))
  }

  #config(appId: string): Record<string, string> {
    return this.#parts.configVars.all(appId)
  }

  #copy(actor: Actor, source: ReleaseRecord, description: string, config: Record<string, string>): ReleaseRecord {
    return this.#parts.releases.create({ ...source, description, userId: actor.user?.id ?? null, config })
  }

  #rollbackSource(app: AppRecord, to: number | undefined): ReleaseRecord {
    const { releases } = this.#parts
    const current = app.currentRelease
    if (current === null) {
      throw new PaasError('conflict', 'release.none', `${app.name} has no release yet.`, {
        fix: 'Push some code first.',
        command: 'git push paas main',
      })
    }
    const source = to === undefined ? releases.lastGoodBefore(app.id, current) : releases.record(app.id, to)
    if (!source) {
      throw new PaasError('conflict', 'release.no-earlier', `There is no release before v${current} to return to.`, {
        fix: 'See the releases that there are.',
        command: `paas releases -a ${app.name}`,
      })
    }
    if (source.number === current) {
      throw new PaasError('conflict', 'release.current', `v${current} is the release that serves already.`, {
        fix: 'Name an earlier one.',
        command: `paas releases -a ${app.name}`,
      })
    }
    if (source.status === 'failed') {
      throw new PaasError(
        'conflict',
        'release.failed',
        `v${source.number} never went live: ${source.reason ?? 'it failed'}`,
        {
          fix: 'Choose a release that has served.',
          command: `paas releases -a ${app.name}`,
        },
      )
    }
    return source
  }
}
