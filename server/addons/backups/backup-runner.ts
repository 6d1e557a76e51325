import type { Readable } from 'node:stream'
import { messageOf, PaasError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { BackupNews } from './backup-news.ts'
import { BackupWork, type WorkParts, whyOf } from './backup-work.ts'
import { manifestOf } from './format/manifest.ts'
import type { BackupHealth } from './health.ts'
import { ProofWork, sourceError } from './proof-work.ts'
import type { BackupRecord } from './records.ts'
import type { RestoreRecord, RestoreRecords } from './restores.ts'
import { expired, KEEP_DEFAULT } from './retention.ts'
import type { Schedules } from './schedules.ts'

/** What takes its turn among backups: the making, restoring and proving of archives. */
export interface OtherWork {
  /** What was interrupted is written off. */
  writeOff(): void
  /** False when there was nothing to do. */
  make(signal: AbortSignal): Promise<boolean>
  prove(signal: AbortSignal): Promise<boolean>
  recover(restore: RestoreRecord, say: (step: string) => void, signal: AbortSignal): Promise<{ name: string }>
  start(wake: () => void): void
  [Symbol.asyncDispose](): Promise<void>
}

export type RunnerParts = WorkParts & {
  other?: OtherWork | undefined
  restores: RestoreRecords
  schedules: Schedules
  news: BackupNews
  health: BackupHealth
  nameOfApp: (appId: string) => string | undefined
  log: Log
}

const STOPPED = 'The server was stopped in the middle; nothing of it is left.'

/**
 * Does what the rows say, one thing at a time on a box: restores, backups, then the proof of each by a restore of its own. A server
 * that was killed goes on where it was.
 */
export class BackupRunner {
  readonly #parts: RunnerParts
  readonly #work: BackupWork
  readonly #proof: ProofWork
  readonly #closing = new AbortController()
  #woken = Promise.withResolvers<void>()
  #loop: Promise<void> | undefined

  constructor(parts: RunnerParts) {
    this.#parts = parts
    this.#work = new BackupWork(parts)
    this.#proof = new ProofWork(parts)
  }

  /** What was interrupted is written off before anything new begins. */
  start(): void {
    this.#writeOff()
    this.#loop = this.#workLoop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.wake()
    await this.#loop
  }

  /** There may be something to do. */
  wake(): void {
    this.#woken.resolve()
    this.#woken = Promise.withResolvers()
  }

  async #workLoop(): Promise<void> {
    await this.#sweep()
    while (!this.#closing.signal.aborted) {
      const woken = this.#woken.promise
      const worked = await this.#next().catch((error: unknown) => {
        this.#parts.log.error('backups.work', { reason: messageOf(error) })
        return false
      })
      if (!worked) await woken
    }
  }

  /** False when there was nothing to do. A restore is waited for by somebody; a proof by nobody. */
  async #next(): Promise<boolean> {
    const { records, restores } = this.#parts
    await this.#clearAway()
    const restore = restores.nextQueued()
    if (restore) return await this.#restore(restore)
    const queued = records.nextQueued()
    if (queued) return await this.#done(queued, this.#backUp(queued))
    const { other } = this.#parts
    const { signal } = this.#closing
    if (await other?.make(signal)) return true
    const unproved = records.nextToProve()
    if (unproved) return await this.#done(unproved, this.#prove(unproved))
    return (await other?.prove(signal)) ?? false
  }

  async #done({ subject }: BackupRecord, work: Promise<void>): Promise<true> {
    await work
    if (!this.#closing.signal.aborted) this.#parts.health.look(subject)
    return true
  }

  async #backUp(record: BackupRecord): Promise<void> {
    const { records, now, log } = this.#parts
    try {
      const notice = await this.#work.make(record, this.#closing.signal)
      log.info('backups.made', { app: record.appId, name: record.name })
      if (notice !== undefined) this.#parts.news.tell(record, 'backups.shrunk', notice)
      this.#expire(record)
    } catch (error) {
      if (this.#closing.signal.aborted) return
      records.failed(record.id, whyOf(error), now())
      this.#parts.news.tell(record, 'backups.failed', whyOf(error))
    }
  }

  async #prove(record: BackupRecord): Promise<void> {
    const { records, now } = this.#parts
    records.proving(record.id, 'running')
    try {
      await this.#proof.prove(record, this.#closing.signal)
      records.proving(record.id, 'proved', null, now())
      this.#expire(record)
    } catch (error) {
      if (this.#closing.signal.aborted) return
      if (isGone(error)) return records.proving(record.id, 'none', whyOf(error))
      records.proving(record.id, 'failed', whyOf(error), now())
      this.#parts.news.tell(record, 'backups.not-proved', whyOf(error))
    }
  }

  async #restore(restore: RestoreRecord): Promise<boolean> {
    const { restores, now, nameOfApp } = this.#parts
    restores.started(restore.id)
    try {
      const { name } =
        restore.backupId === null ? await this.#moment(restore) : await this.#dump(restore, restore.backupId)
      restores.succeeded(restore.id, name, now())
    } catch (error) {
      if (this.#closing.signal.aborted) return true
      const why = whyOf(error)
      restores.failed(restore.id, why, now())
      const about = { appId: restore.appId, subjectName: restore.subjectName ?? nameOfApp(restore.appId) ?? '' }
      this.#parts.news.tell(about, 'backups.restore-failed', `${restore.name}: ${why}`)
    }
    return true
  }

  async #moment(restore: RestoreRecord): Promise<{ name: string }> {
    const { other, restores } = this.#parts
    if (!other) throw new Error('nothing is archived here')
    return await other.recover(restore, (step) => restores.step(restore.id, step), this.#closing.signal)
  }

  async #dump(restore: RestoreRecord, backupId: string): Promise<{ name: string }> {
    const { records, things, nameOfApp } = this.#parts
    const { signal } = this.#closing
    const record = records.get(backupId)
    const { kind, subject, subjectName } = record
    const app = { id: restore.appId, name: nameOfApp(restore.appId) ?? restore.appId }
    let source: Readable | undefined
    const open = async () => {
      source = await this.#proof.open(record, signal)
      return source
    }
    return await things.restoreNew({ kind, subject, subjectName, app, open }, signal).catch((error: unknown) => {
      throw sourceError(source) ?? error
    })
  }

  #expire({ subject }: BackupRecord): void {
    const { records, schedules, now } = this.#parts
    const whole = records.wholeOf(subject).map((record) => ({ ...record, proved: record.proof === 'proved' }))
    for (const id of expired(whole, schedules.find(subject)?.keep ?? KEEP_DEFAULT, now())) records.removed(id)
  }

  /** The file, then its manifest, then the word that something is there. */
  async #clearAway(): Promise<void> {
    const { records, stores, log } = this.#parts
    for (const { id, storeId, object } of records.leftovers()) {
      try {
        if (storeId !== null && object !== null) {
          const store = stores.get(storeId)
          await store.remove(object)
          await store.remove(manifestOf(object))
        }
        records.nothingLeft(id)
      } catch (error) {
        // The store is away: it is asked again when there is something to do.
        log.warn('backups.remove', { id, reason: messageOf(error) })
        return
      }
    }
  }

  #writeOff(): void {
    const { records, restores, things, now } = this.#parts
    for (const record of records.inState('running')) {
      records.failed(record.id, STOPPED, now())
      const thing = things.find(record.subject)
      if (record.reason === 'scheduled' && thing && !records.isPending(record.subject)) {
        records.queue(thing, 'scheduled', null, now())
      }
    }
    for (const record of records.inState('succeeded')) {
      if (record.proof === 'running') records.proving(record.id, 'waiting')
    }
    restores.interrupted(STOPPED, now())
    this.#parts.other?.writeOff()
  }

  async #sweep(): Promise<void> {
    const { stores, log } = this.#parts
    for (const { store } of stores.all()) {
      await store.sweep().catch((error: unknown) => log.warn('backups.sweep', { reason: messageOf(error) }))
    }
  }
}

/** Nothing of its kind is there to try it in, which says nothing against the backup. */
function isGone(error: unknown): boolean {
  return error instanceof PaasError && error.code === 'backup.subject-gone'
}
