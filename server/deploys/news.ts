import type { AppRecord } from '../apps/apps.ts'
import type { Instance } from '../engine/engine.ts'
import type { ReleaseRecord } from './releases.ts'

/** What this wing tells the outside: it ends up in the app's log. Owned here, so that deploys need not know of logs. */
export interface DeployNews {
  /** A release serves. */
  released(app: AppRecord, release: ReleaseRecord): void
  /** A build has given the app config vars that its app.json names. */
  configured(app: AppRecord, names: string[]): void
  /** A deploy ended without serving; `reason` is for the user. */
  failed(app: AppRecord, reason: string): void
  /** Instances of a release that did not go live could not be removed; the reconciler will try again. */
  leftBehind(app: AppRecord, release: ReleaseRecord): void
  scaled(app: AppRecord, processType: string, quantity: number): void
  /** A one-off was started: its output may be followed. */
  runStarted(app: AppRecord, instanceId: string, name: string): void
  /** A cron job, or a script behind a deploy; `reason` goes on from its name. `again`: as the time before. */
  jobFailed(app: Pick<AppRecord, 'id' | 'name'>, name: string, reason: string, again?: boolean): void
  /** A cron job was due and was not started, for a good reason; likewise. */
  jobLeftOut(app: Pick<AppRecord, 'id' | 'name'>, name: string, reason: string): void
  restarting(app: AppRecord, instance: Instance): void
}
