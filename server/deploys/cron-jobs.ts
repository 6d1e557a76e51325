import { createHash } from 'node:crypto'
import type { AppRecord, Apps } from '../apps/apps.ts'
import { CronSchedule } from './cron-schedule.ts'
import type { ReleaseWishes } from './release-wishes.ts'
import type { Releases } from './releases.ts'

export type CronJob = ReleaseWishes['cron'][number] & {
  /** Its place in app.json, from 1. */
  number: number
  /** Stays from release to release, as long as schedule and command do. */
  key: string
  due: CronSchedule
}

/** The cron jobs of each app's release: what app.json asked for when it was built. */
export class CronJobs {
  readonly #apps: Pick<Apps, 'list'>
  readonly #releases: Pick<Releases, 'wishes'>
  /** By app; read anew when another release serves. */
  #known = new Map<string, { release: number | null; jobs: CronJob[] }>()

  constructor({ apps, releases }: { apps: Pick<Apps, 'list'>; releases: Pick<Releases, 'wishes'> }) {
    this.#apps = apps
    this.#releases = releases
  }

  of(app: AppRecord): CronJob[] {
    return this.#releases.wishes(app.id, app.currentRelease).cron.map(read)
  }

  /** Of all apps that serve and are not in maintenance, without those that are paused. */
  active(): { app: AppRecord; job: CronJob }[] {
    const serving = this.#apps
      .list()
      .filter(({ maintenance, currentRelease }) => !maintenance && currentRelease !== null)
    const known = new Map(serving.map((app) => [app.id, this.#read(app)]))
    this.#known = known
    return serving.flatMap((app) => (known.get(app.id)?.jobs ?? []).map((job) => ({ app, job })))
  }

  #read(app: AppRecord): { release: number | null; jobs: CronJob[] } {
    const known = this.#known.get(app.id)
    if (known?.release === app.currentRelease) return known
    return { release: app.currentRelease, jobs: this.of(app).filter(({ paused }) => !paused) }
  }
}

function read(job: ReleaseWishes['cron'][number], index: number): CronJob {
  const key = createHash('sha256')
    .update(JSON.stringify([job.schedule, job.command]))
    .digest('hex')
    .slice(0, 16)
  return { ...job, number: index + 1, key, due: new CronSchedule(job.schedule) }
}
