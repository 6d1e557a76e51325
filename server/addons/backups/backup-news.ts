import type { Log } from '../../log.ts'
import type { ActivityLog } from '../../people/activity.ts'
import { SYSTEM } from '../../people/actor.ts'

type About = { appId: string; subjectName: string; name?: string }

/** Tells the app's activity, and the log of the box, what somebody should hear of. */
export class BackupNews {
  readonly #activity: Pick<ActivityLog, 'record'>
  readonly #nameOfApp: (appId: string) => string | undefined
  readonly #log: Log

  constructor(parts: {
    activity: Pick<ActivityLog, 'record'>
    nameOfApp: (appId: string) => string | undefined
    log: Log
  }) {
    this.#activity = parts.activity
    this.#nameOfApp = parts.nameOfApp
    this.#log = parts.log
  }

  tell(about: About, action: string, detail: string): void {
    const name = this.#nameOfApp(about.appId)
    const what = about.name === undefined ? about.subjectName : `${about.name} of ${about.subjectName}`
    this.#log.warn(action, { app: name ?? about.appId, reason: detail })
    const app = name === undefined ? undefined : { id: about.appId, name }
    this.#activity.record(SYSTEM, action, `${what}: ${detail}`, app)
  }
}
