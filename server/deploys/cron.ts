import { setTimeout as pause } from 'node:timers/promises'
import type { AppRecord } from '../apps/apps.ts'
import type { CronJob as CronJobView } from '../contract/cron.ts'
import type { Run } from '../contract/run.ts'
import { messageOf, PaasError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Actor } from '../people/actor.ts'
import type { CronJob, CronJobs } from './cron-jobs.ts'
import type { DeployNews } from './news.ts'
import { type RunRecords, type RunRow, runView } from './run-records.ts'
import type { Runs } from './runs.ts'
import { STOP_GRACE_MS } from './workloads.ts'

/** A job that was due while nobody could start it is made up for once, up to so much later; older ones are left out. */
export const LATE_MS = 5 * 60_000
/** Between two looks at the clock and at what releases ask for. */
const LOOK_MS = 5_000
/** A run that goes on for so long is killed, or a job that hangs would never run again. */
export const LONGEST_RUN_MS = 24 * 60 * 60_000

type CronParts = {
  jobs: CronJobs
  runs: Pick<Runs, 'start' | 'replace'>
  records: Pick<RunRecords, 'running' | 'lastOf' | 'find'>
  news: Pick<DeployNews, 'jobLeftOut' | 'jobFailed'>
  /** When a release was made, milliseconds since 1970. */
  releasedAt: (app: AppRecord) => number
  log: Log
}

type Watched = { looked: number; next: number | null }

/**
 * Runs what app.json puts on a schedule, in UTC, in the release that serves. Each moment is run at most once: the run is
 * written down before it starts, and the database refuses a second one, whatever the clock and the server do meanwhile.
 */
export class Cron implements AsyncDisposable {
  readonly #parts: CronParts
  readonly #now: () => number
  readonly #closing = new AbortController()
  readonly #starting = new Set<Promise<void>>()
  /** By app and job, or by run. */
  readonly #replacing = new Set<string>()
  /** Jobs that were not started the last time, because too many one-offs ran. */
  readonly #crowded = new Set<string>()
  /** By app and job; a job that is not looked at, in maintenance for one, is forgotten and not made up for. */
  #watched: Map<string, Watched> | undefined
  #looking: Promise<void> | undefined

  /** `now` is milliseconds since 1970. */
  constructor(parts: CronParts, now: () => number = Date.now) {
    this.#parts = parts
    this.#now = now
  }

  start(): void {
    this.#looking ??= this.#keepLooking(this.#closing.signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#looking
  }

  /** What the looks so far have begun has started, or could not be. */
  async settled(): Promise<void> {
    await Promise.all(this.#starting)
  }

  /** Starts what has come due since the last look, each job once. Gives when to look again, milliseconds since 1970. */
  look(): number {
    const now = this.#now()
    const before = this.#watched
    const watched = new Map<string, Watched>()
    for (const { app, job } of this.#parts.jobs.active()) {
      const key = keyOf(app, job)
      const entry = before?.get(key) ?? { looked: before ? now : this.#firstLook(app, now), next: null }
      watched.set(key, this.#watch(app, job, entry, now))
    }
    this.#watched = watched
    this.#endTheEndless(now)
    const nexts = [...watched.values()].map(({ next }) => next ?? Number.POSITIVE_INFINITY)
    return Math.min(now + LOOK_MS, ...nexts)
  }

  list(app: AppRecord): CronJobView[] {
    const idle = app.maintenance || app.currentRelease === null
    return this.#parts.jobs.of(app).map((job) => {
      const next = idle || job.paused ? null : job.due.after(this.#now())
      const last = this.#parts.records.lastOf(app.id, job.key)
      const { number, schedule, command, concurrency, paused } = job
      return {
        number,
        ...{ name: nameOf(job), schedule, command, concurrency, paused },
        nextAt: next === null ? null : new Date(next).toISOString(),
        lastRun: last ? runView(last) : null,
      }
    })
  }

  /** Now, whatever the schedule says. Throws `cron.not-found`, or `cron.running` where its policy forbids a second one. */
  async run(actor: Actor, app: AppRecord, number: number): Promise<Run> {
    const jobs = this.#parts.jobs.of(app)
    const job = jobs.find((candidate) => candidate.number === number)
    if (!job) throw notFound(app, number, jobs)
    const running = this.#running(app, job)
    if (job.concurrency === 'forbid' && running[0]) throw stillRuns(app, running[0])
    if (job.concurrency === 'replace') await this.#replace(app, job, running)
    const started = await this.#begin(app, job, { userId: actor.user?.id ?? null, dueAt: null })
    return runView(this.#parts.records.find(started?.id ?? '') as RunRow)
  }

  /** Timers fire early, late and not at all: the clock is what counts, and it is looked at every few seconds. */
  async #keepLooking(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let next = this.#now() + LOOK_MS
      try {
        next = this.look()
      } catch (error) {
        this.#parts.log.warn('cron.look', { reason: messageOf(error) })
      }
      await pause(Math.max(1, next - this.#now()), undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  /** What came due just before the server started, but not before its release was there. */
  #firstLook(app: AppRecord, now: number): number {
    return Math.min(now, Math.max(now - LATE_MS, this.#parts.releasedAt(app)))
  }

  #watch(app: AppRecord, job: CronJob, { looked, next }: Watched, now: number): Watched {
    // The clock was put back: moments that come a second time are refused by the database.
    if (looked > now) return { looked: now, next: job.due.after(now) }
    const coming = next ?? job.due.after(looked)
    if (coming === null || coming > now) return { looked: now, next: coming }
    const due = job.due.lastWithin(Math.max(looked, now - LATE_MS), now)
    if (due !== null) this.#track(this.#start(app, job, due))
    return { looked: now, next: job.due.after(now) }
  }

  #track(work: Promise<void>): void {
    this.#starting.add(work)
    void work.finally(() => this.#starting.delete(work))
  }

  /** Never throws. */
  async #start(app: AppRecord, job: CronJob, dueAt: number): Promise<void> {
    const { log, news } = this.#parts
    const name = nameOf(job)
    const key = keyOf(app, job)
    try {
      const running = this.#running(app, job)
      const busy = running.length > 0 || this.#replacing.has(key)
      if (busy && job.concurrency === 'forbid') return news.jobLeftOut(app, name, 'was left out: it still runs')
      if (busy && job.concurrency === 'replace') await this.#replace(app, job, running)
      const wanted = busy ? this.#stillWanted(key) : { app, job }
      if (wanted) await this.#begin(wanted.app, wanted.job, { userId: null, dueAt })
      this.#crowded.delete(key)
    } catch (error) {
      if (isCrowded(error)) {
        news.jobFailed(app, name, 'was not started: too many one-offs run', this.#crowded.has(key))
        this.#crowded.add(key)
      }
      log.warn('cron.start', { app: app.name, job: name, reason: messageOf(error) })
    }
  }

  /** Who waited may find another release, maintenance, or no app any more. */
  #stillWanted(key: string): { app: AppRecord; job: CronJob } | undefined {
    return this.#parts.jobs.active().find(({ app, job }) => keyOf(app, job) === key)
  }

  async #begin(app: AppRecord, job: CronJob, { userId, dueAt }: { userId: string | null; dueAt: number | null }) {
    const { key, command } = job
    const name = this.#freeName(app, nameOf(job))
    return await this.#parts.runs.start(app, { kind: 'cron', name, job: key, dueAt, command, userId })
  }

  /** The one before is asked to end; a moment that comes due meanwhile is taken by whoever waits already. */
  async #replace(app: AppRecord, job: CronJob, running: RunRow[]): Promise<void> {
    const key = keyOf(app, job)
    if (this.#replacing.has(key)) throw new PaasError('conflict', 'cron.replacing', `${nameOf(job)} is being replaced.`)
    this.#replacing.add(key)
    try {
      await Promise.all(running.map((row) => this.#parts.runs.replace(row, STOP_GRACE_MS)))
    } finally {
      this.#replacing.delete(key)
    }
  }

  #running(app: AppRecord, job: CronJob): RunRow[] {
    return this.#parts.records.running(app.id).filter((row) => row.job === job.key)
  }

  /** `cron.1`; beside one that runs, `cron.1.2`. */
  #freeName(app: AppRecord, name: string): string {
    const taken = new Set(this.#parts.records.running(app.id).map((row) => row.name))
    let free = name
    for (let n = 2; taken.has(free); n += 1) free = `${name}.${n}`
    return free
  }

  /** Scripts behind deploys too: nobody may be left who would end them. */
  #endTheEndless(now: number): void {
    for (const row of this.#parts.records.running()) {
      if (row.kind === 'run' || now - row.created_at < LONGEST_RUN_MS || this.#replacing.has(row.id)) continue
      this.#replacing.add(row.id)
      this.#track(this.#endEndless(row))
    }
  }

  /** Never throws: while the engine is away, each look tries anew. */
  async #endEndless(row: RunRow): Promise<void> {
    try {
      await this.#parts.runs.replace(row, STOP_GRACE_MS)
      this.#parts.news.jobFailed({ id: row.app_id, name: row.app }, row.name, 'ran for 24 hours and was stopped')
    } catch (error) {
      this.#parts.log.debug('cron.endless', { app: row.app, job: row.name, reason: messageOf(error) })
    } finally {
      this.#replacing.delete(row.id)
    }
  }
}

function keyOf(app: AppRecord, { key }: CronJob): string {
  return `${app.id} ${key}`
}

function isCrowded(error: unknown): boolean {
  return error instanceof PaasError && error.code === 'run.limit'
}

function nameOf({ number }: { number: number }): string {
  return `cron.${number}`
}

function notFound(app: AppRecord, number: number, jobs: CronJob[]): PaasError {
  const there = jobs.length === 0 ? `${app.name} has none` : `${app.name} has ${jobs.length}`
  return new PaasError('not-found', 'cron.not-found', `There is no cron job ${number}: ${there}.`, {
    fix: 'They stand under `cron` in app.json, and belong to the release.',
    command: `paas cron -a ${app.name}`,
  })
}

function stillRuns(app: AppRecord, { name }: RunRow): PaasError {
  return new PaasError('conflict', 'cron.running', `${name} still runs, and its concurrency_policy is forbid.`, {
    fix: 'Wait until it has ended, or stop it.',
    command: `paas runs:stop ${name} -a ${app.name}`,
  })
}
