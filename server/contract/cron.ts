import { z } from 'zod'
import { Timestamp } from './names.ts'
import { Run } from './run.ts'

/** One entry of `cron` in app.json, of the release that serves. */
export const CronJob = z.object({
  /** Its place there, from 1. */
  number: z.int(),
  /** `cron.1`: of its runs, and of their lines in the log. */
  name: z.string(),
  /** In UTC. */
  schedule: z.string(),
  command: z.string(),
  /** What happens when it is due and the one before still runs. */
  concurrency: z.enum(['allow', 'forbid', 'replace']),
  /** By `maintenance` in app.json. */
  paused: z.boolean(),
  /** Null while it is paused, or the app in maintenance mode. */
  nextAt: Timestamp.nullable(),
  lastRun: Run.nullable(),
})
export type CronJob = z.infer<typeof CronJob>
