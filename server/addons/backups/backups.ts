import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { PaasError } from '../../errors.ts'
import type { ActivityLog } from '../../people/activity.ts'
import { type Actor, SYSTEM } from '../../people/actor.ts'
import { BackupClock } from './backup-clock.ts'
import { BackupNews } from './backup-news.ts'
import { BackupRunner, type RunnerParts } from './backup-runner.ts'
import { BackupHealth } from './health.ts'
import { ProofWork, subjectGone } from './proof-work.ts'
import type { BackupReason, BackupRecord } from './records.ts'
import type { RestoreRecord } from './restores.ts'
import { KEEP_DEFAULT, type Keep } from './retention.ts'
import type { Times } from './schedule.ts'
import type { ScheduleRecord } from './schedules.ts'

type App = { id: string; name: string }

export type BackupsParts = Omit<RunnerParts, 'news' | 'health'> & {
  activity: Pick<ActivityLog, 'record'>
  /** Between two looks at the clock. */
  tickMs?: number
}

type KeepChanges = { [Period in keyof Keep]?: number | undefined }

const WAIT_LOOK_MS = 100

/** What people and the API ask for. It is done by the runner, in its turn, and shown by the rows. */
export class Backups {
  readonly #parts: BackupsParts
  readonly #proof: ProofWork
  readonly #health: BackupHealth
  readonly #runner: BackupRunner
  readonly #clock: BackupClock

  constructor(parts: BackupsParts) {
    this.#parts = parts
    const news = new BackupNews(parts)
    this.#proof = new ProofWork(parts)
    const health = new BackupHealth(parts)
    this.#health = health
    this.#runner = new BackupRunner({ ...parts, news, health })
    this.#clock = new BackupClock({ ...parts, news, health, wake: () => this.#runner.wake() })
  }

  start(): void {
    this.#runner.start()
    this.#clock.start()
    this.#parts.other?.start(() => this.#runner.wake())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.other?.[Symbol.asyncDispose]()
    await this.#clock[Symbol.asyncDispose]()
    await this.#runner[Symbol.asyncDispose]()
  }

  /** Comes back at once; `ended` tells how it went. Throws `backup.pending` when one is under way. */
  create(actor: Actor, app: App, addon: string | undefined, reason: BackupReason): BackupRecord {
    const { records, things, activity, now } = this.#parts
    const thing = things.getOf(app, addon)
    if (records.isPending(thing.id)) throw pending(thing.name)
    const record = records.queue(thing, reason, actor.user?.id ?? null, now())
    activity.record(actor, 'backups.create', `${record.name} of ${thing.name}`, app)
    this.#runner.wake()
    return record
  }

  /** For whoever is about to destroy something: resolves when it is kept, throws when it could not be. */
  async before(actor: Actor, app: App, addon: string, signal: AbortSignal): Promise<BackupRecord> {
    const thing = this.#parts.things.getOf(app, addon)
    while (this.#parts.records.isPending(thing.id)) await pause(WAIT_LOOK_MS, undefined, { signal })
    const record = await this.ended(this.create(actor, app, addon, 'before').id, signal)
    if (record.state === 'succeeded') return record
    throw new PaasError('failed', 'backup.failed', `${addon} could not be backed up first: ${record.why}`, {
      fix: 'Put that right, then try again; nothing was changed.',
      command: `paas backups:info ${record.name} -a ${app.name}`,
    })
  }

  /** Of an addon that is about to go; one whose app is gone has nobody who could ask for it. */
  async last(app: App | undefined, addon: string, signal: AbortSignal): Promise<void> {
    if (app) await this.before(SYSTEM, app, addon, signal)
  }

  /** Resolves when it has succeeded or failed. */
  async ended(id: string, signal: AbortSignal): Promise<BackupRecord> {
    for (;;) {
      const record = this.#parts.records.get(id)
      if (record.state !== 'queued' && record.state !== 'running') return record
      await pause(WAIT_LOOK_MS, undefined, { signal })
    }
  }

  /** Throws `backup.not-found`. */
  get(app: App, nameOrId: string): BackupRecord {
    const record = this.#parts.records.findOf(app.id, nameOrId)
    if (record && record.state !== 'removed') return record
    throw new PaasError('not-found', 'backup.not-found', `${app.name} has no backup ${nameOrId}.`, {
      command: `paas backups -a ${app.name}`,
    })
  }

  /** Throws `restore.not-found`. */
  getRestore(app: App, nameOrId: string): RestoreRecord {
    const record = this.#parts.restores.findOf(app.id, nameOrId)
    if (record) return record
    throw new PaasError('not-found', 'restore.not-found', `${app.name} has no restore ${nameOrId}.`, {
      command: `paas backups -a ${app.name}`,
    })
  }

  remove(actor: Actor, app: App, nameOrId: string): void {
    const { records, activity } = this.#parts
    const record = this.get(app, nameOrId)
    if (record.state === 'running' || record.state === 'queued') throw pending(record.subjectName)
    records.removed(record.id)
    activity.record(actor, 'backups.remove', `${record.name} of ${record.subjectName}`, app)
    this.#runner.wake()
  }

  /** Throws `backup.subject-gone`: it is tried in a server like that of the addon. */
  prove(actor: Actor, app: App, nameOrId: string): BackupRecord {
    const { records, things, activity } = this.#parts
    const record = this.#whole(app, nameOrId)
    if (!things.find(record.subject)) throw subjectGone(record)
    records.proving(record.id, 'waiting')
    activity.record(actor, 'backups.prove', `${record.name} of ${record.subjectName}`, app)
    this.#runner.wake()
    return records.get(record.id)
  }

  restore(actor: Actor, app: App, nameOrId: string): RestoreRecord {
    const { restores, activity, now } = this.#parts
    const record = this.#whole(app, nameOrId)
    const restore = restores.queue(record, actor.user?.id ?? null, now())
    activity.record(actor, 'backups.restore', `${restore.name} from ${record.name} of ${record.subjectName}`, app)
    this.#runner.wake()
    return restore
  }

  /** As it lies in the store, or opened. */
  async download(
    actor: Actor,
    app: App,
    nameOrId: string,
    { opened, signal }: { opened: boolean; signal: AbortSignal },
  ): Promise<{ name: string; bytes: number | null; stream: Readable }> {
    const record = this.#whole(app, nameOrId)
    const stream = opened ? await this.#proof.open(record, signal) : await this.#proof.sealed(record, signal)
    this.#parts.activity.record(actor, 'backups.download', `${record.name}${opened ? ', opened' : ''}`, app)
    const file = record.object?.split('/').at(-1) ?? record.name
    const bytes = (opened ? record.sums?.plain.bytes : record.sums?.stored.bytes) ?? null
    return { name: opened ? file.replace(/\.zst\.age$/, '') : file, bytes, stream }
  }

  /** What is not said of `keep` is as it is by default. Throws `schedule.invalid`. */
  schedule(actor: Actor, app: App, addon: string, times: Times, keep: KeepChanges): ScheduleRecord {
    const { schedules, things, activity, now } = this.#parts
    const thing = things.getOf(app, addon)
    const record = schedules.put(thing, times, keepOf(keep), now())
    activity.record(actor, 'backups.schedule', `${thing.name} at ${times.pattern} ${times.timezone}`, app)
    return record
  }

  /** Throws `schedule.not-found`. */
  unschedule(actor: Actor, app: App, addon: string): void {
    const { schedules, things, activity } = this.#parts
    const thing = things.getOf(app, addon)
    if (!schedules.remove(thing.id)) {
      throw new PaasError('not-found', 'schedule.not-found', `${thing.name} is not backed up by itself.`, {
        command: `paas backups -a ${app.name}`,
      })
    }
    activity.record(actor, 'backups.unschedule', thing.name, app)
    this.#health.look(thing.id)
  }

  #whole(app: App, nameOrId: string): BackupRecord {
    const record = this.get(app, nameOrId)
    if (record.state === 'succeeded') return record
    throw new PaasError('conflict', 'backup.not-whole', `${record.name} is ${record.state}: nothing is in it.`, {
      fix: 'Choose one that succeeded.',
      command: `paas backups -a ${app.name}`,
    })
  }
}

function pending(name: string): PaasError {
  return new PaasError('conflict', 'backup.pending', `A backup of ${name} is waiting or being made.`, {
    fix: 'Wait for it.',
    command: 'paas backups',
  })
}

function keepOf({ daily, weekly, monthly }: KeepChanges): Keep {
  const { daily: days, weekly: weeks, monthly: months } = KEEP_DEFAULT
  return { daily: daily ?? days, weekly: weekly ?? weeks, monthly: monthly ?? months }
}
