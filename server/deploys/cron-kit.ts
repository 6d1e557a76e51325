import { createLog } from '../log.ts'
import { Cron } from './cron.ts'
import { CronJobs } from './cron-jobs.ts'
import type { ReleaseWishes } from './release-wishes.ts'
import { RunsKit } from './runs-kit.ts'

type Job = ReleaseWishes['cron'][number]

export const NOON = Date.UTC(2026, 10, 28, 12)
export const MINUTE = 60_000

export function every(schedule: string, change: Partial<Job> = {}): Job {
  return { schedule, command: 'node tick.js', concurrency: 'forbid', paused: false, ...change }
}

/** For tests: the app `shop` with cron jobs, and a clock that goes when it is told to. */
export class CronKit extends RunsKit {
  /** The clock. */
  now = NOON + 1_000
  /** When the release was made, as far as the cron is told. */
  released = this.now
  readonly jobs = new CronJobs({ apps: this.kit.apps, releases: this.releases })
  cron = this.life()

  /** The cron of a server that was started anew. */
  life(): Cron {
    const { jobs, news, records, runs } = this
    const log = createLog('test', 'error', () => {})
    const releasedAt = () => this.released
    return new Cron({ jobs, runs, records, news, releasedAt, log }, () => this.now)
  }

  /** The clock goes on, and is looked at. Gives when to look again. */
  async look(milliseconds = 0): Promise<number> {
    this.now += milliseconds
    const next = this.cron.look()
    await this.cron.settled()
    return next
  }

  /** Names of what was started, in order. */
  get started(): string[] {
    return this.engine.asked.map(({ name }) => name)
  }
}
