import type { AppRecord } from './apps/apps.ts'
import type { DeployNews } from './deploys/news.ts'
import { nameOf } from './deploys/readiness-check.ts'
import type { ReleaseRecord } from './deploys/releases.ts'
import type { Instance } from './engine/engine.ts'
import type { Log } from './log.ts'
import type { ActivityLog } from './people/activity.ts'
import { SYSTEM } from './people/actor.ts'
import type { LogCollector } from './telemetry/collector.ts'
import type { AppLogs } from './telemetry/logs.ts'

type AppName = Pick<AppRecord, 'id' | 'name'>

/** Writes what deploys tell into the app's own log, as Heroku's `app[api]` lines. */
export class DeployLog implements DeployNews {
  readonly #logs: AppLogs
  readonly #collector: Pick<LogCollector, 'follow'>
  readonly #activity: Pick<ActivityLog, 'record'>
  readonly #log: Log

  constructor(logs: AppLogs, collector: Pick<LogCollector, 'follow'>, activity: Pick<ActivityLog, 'record'>, log: Log) {
    this.#logs = logs
    this.#collector = collector
    this.#activity = activity
    this.#log = log
  }

  released(app: AppRecord, release: ReleaseRecord): void {
    this.#line(app, `Release v${release.number} serves: ${release.description}`)
  }

  configured(app: AppRecord, names: string[]): void {
    this.#activity.record(SYSTEM, 'config.update', `${names.join(', ')} (app.json)`, app)
  }

  failed(app: AppRecord, reason: string): void {
    this.#line(app, `Deploy failed: ${reason}`)
  }

  leftBehind(app: AppRecord, release: ReleaseRecord): void {
    this.#log.warn('deploy.left-behind', { app: app.name, release: release.number })
  }

  scaled(app: AppRecord, processType: string, quantity: number): void {
    this.#line(app, `Scaled ${processType} to ${quantity}`)
  }

  restarting(app: AppRecord, instance: Instance): void {
    this.#line(app, `Restarting ${nameOf(instance)}`)
  }

  /** The first of a row of failures alone is somebody's news; all of them are in the log. */
  jobFailed(app: AppName, name: string, reason: string, again = false): void {
    this.#line(app, `${name} ${reason}`)
    if (!again) this.#activity.record(SYSTEM, 'job.failed', `${name} ${reason}`, app)
  }

  jobLeftOut(app: AppName, name: string, reason: string): void {
    this.#line(app, `${name} ${reason}`)
  }

  runStarted(app: AppRecord, instanceId: string, name: string): void {
    this.#collector.follow(instanceId, app, name)
  }

  #line(app: AppName, text: string): void {
    this.#logs.append(app.id, { at: new Date(), source: 'paas', process: 'api', text })
  }
}
