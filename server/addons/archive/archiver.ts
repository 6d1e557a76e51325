import { setTimeout as pause } from 'node:timers/promises'
import { AppLocks } from '../../deploys/app-locks.ts'
import { messageOf, PaasError } from '../../errors.ts'
import { type Faults, noFaults } from '../../faults.ts'
import type { Log } from '../../log.ts'
import type { AddonRecord } from '../addon-records.ts'
import type { AddonRows } from '../addon-rows.ts'
import type { AddonArchive, Mark, ServerAccess, Spool } from '../addon-service.ts'
import type { Addons } from '../addons.ts'
import type { BackupNews } from '../backups/backup-news.ts'
import { whyOf } from '../backups/backup-work.ts'
import { serviceNamed } from '../services.ts'
import type { ArchiveRecords } from './archive-records.ts'
import type { ArchiveRecord } from './archive-rows.ts'
import type { PieceRecords } from './piece-records.ts'
import type { PieceStore } from './piece-store.ts'

export type ArchiverParts = {
  addons: Pick<Addons, 'conditions' | 'findById' | 'server' | 'servers'>
  rows: Pick<AddonRows, 'servers'>
  records: ArchiveRecords
  pieces: PieceRecords
  store: PieceStore
  news: BackupNews
  now: () => Date
  log: Log
  faults?: Faults
  times?: Partial<ArchiveTimes>
}

/** Milliseconds. */
export type ArchiveTimes = {
  /** Between two looks at each server. */
  look: number
  /** What was committed is ended as a segment after so long at most. */
  mark: number
  /** Failing for so long is told. */
  tell: number
}

const TIMES: ArchiveTimes = { look: 15_000, mark: 60_000, tell: 5 * 60_000 }
const REACH_LOOK_MS = 100

type Seen = { last: Mark | undefined; waiting: Map<string, Date> }

/**
 * Takes what servers have set aside into the store, oldest first, and lets go of it there only when it lies in the store whole.
 * Whatever breaks, the next look goes on where the last one ended.
 */
export class Archiver {
  readonly #parts: ArchiverParts
  readonly #times: ArchiveTimes
  readonly #locks = new AppLocks()
  readonly #closing = new AbortController()
  /** Marks that were set in this life. */
  readonly #seen = new Map<string, Seen>()
  #loop: Promise<void> | undefined

  constructor(parts: ArchiverParts) {
    this.#parts = parts
    this.#times = { ...TIMES, ...parts.times }
  }

  /** `afterLook` is called when all have been looked at. */
  start(afterLook: () => Promise<void>): void {
    this.#loop = this.#lookLoop(afterLook)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the server is stopping'))
    await this.#loop
  }

  /** Resolves when all that was committed until `moment` lies in the store. Throws why it cannot. */
  async reach(id: string, moment: Date, signal: AbortSignal): Promise<void> {
    while (!this.hasReached(id, moment)) {
      signal.throwIfAborted()
      await this.look(id, true)
      const { failing, endedAt } = this.#parts.records.get(id)
      if (this.hasReached(id, moment)) return
      if (failing) throw notReached(failing.why)
      if (endedAt) throw notReached('archiving has ended')
      await pause(REACH_LOOK_MS, undefined, { signal })
    }
  }

  hasReached(id: string, moment: Date): boolean {
    const reachedAt = this.#parts.pieces.reachedAt(id)
    const { idleAt } = this.#parts.records.get(id)
    return reachedAt !== null && (reachedAt >= moment || (idleAt !== null && idleAt >= moment))
  }

  /** Never throws: how it went is told by the row. `now`: what was committed is ended as a segment without delay. */
  async look(id: string, now = false): Promise<void> {
    await this.#locks.hold(id, async () => {
      const archive = this.#parts.records.get(id)
      if (archive.endedAt) return
      try {
        await this.#pass(archive, now)
      } catch (error) {
        if (!this.#closing.signal.aborted) this.#fails(archive, error)
      }
    })
  }

  /** While it is not looked at. */
  alone(id: string, work: () => Promise<void>): Promise<void> {
    return this.#locks.hold(id, work)
  }

  async #lookLoop(afterLook: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      for (const { id } of this.#parts.records.live()) if (!signal.aborted) await this.look(id)
      this.#forgetEnded()
      await afterLook().catch((error: unknown) => this.#parts.log.warn('archive.after', { reason: messageOf(error) }))
      await pause(this.#times.look, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  #forgetEnded(): void {
    const live = new Set(this.#parts.records.live().map(({ id }) => id))
    for (const id of this.#seen.keys()) if (!live.has(id)) this.#seen.delete(id)
  }

  async #pass(archive: ArchiveRecord, hasty: boolean): Promise<void> {
    const { addons, records, now } = this.#parts
    const addon = addons.findById(archive.addonId)
    if (!addon) return records.end(archive.id, 'the addon was destroyed', now())
    records.follow(archive.id, { subjectName: addon.name, appId: addon.appId, plan: addon.plan })
    if (addon.serverId !== archive.serverId) {
      await this.#leave(archive)
      return this.#broke(archive, addon, 'the server was replaced')
    }
    if (addon.state !== 'available') return
    const { archive: kind } = serviceNamed(addon.service)
    if (!kind) return
    const access = await addons.servers.access(addons.server(addon))
    if (archive.begunAt === null) {
      await kind.begin(access, archive.id)
      records.begun(archive.id, now())
    }
    const lookedAt = now()
    const spool = await kind.look(access, archive.id)
    if (!spool.there) return this.#broke(archive, addon, 'the disk of the database was nearly full')
    await this.#take(archive, kind, access, spool)
    if (spool.failing !== null) throw notSetAside(spool.failing)
    this.#isWell(archive)
    records.looked(archive.id, { count: 0, bytes: 0 }, this.#isIdle(archive, spool), lookedAt)
    if (this.#isMarkDue(archive, spool, hasty)) await this.#mark(archive, kind, access)
  }

  async #take(archive: ArchiveRecord, kind: AddonArchive, access: ServerAccess, spool: Spool): Promise<void> {
    const { pieces, store, records, now, faults = noFaults } = this.#parts
    const { signal } = this.#closing
    const left = spool.segments.toReversed()
    const taken: string[] = []
    try {
      for (const { name } of spool.segments) {
        if (!pieces.hasSegment(archive.id, name)) {
          const from = await kind.read(access, archive.id, name, signal)
          const stored = await store.putSegment(archive, name, from, signal)
          faults('archive-stored:before')
          const markAt = this.#of(archive).waiting.get(name) ?? null
          pieces.stored(archive.id, { name, ...stored, markAt }, now())
          faults('archive-stored:after')
        }
        this.#of(archive).waiting.delete(name)
        taken.push(name)
        left.pop()
      }
    } finally {
      records.looked(
        archive.id,
        { count: left.length, bytes: left.reduce((sum, { bytes }) => sum + bytes, 0) },
        false,
        now(),
      )
      if (taken.length > 0) await kind.discard(access, archive.id, taken)
    }
  }

  async #mark(archive: ArchiveRecord, kind: AddonArchive, access: ServerAccess): Promise<void> {
    const seen = this.#of(archive)
    seen.last = await kind.mark(access, seen.last?.moment ?? null)
    seen.waiting.set(seen.last.segment, seen.last.at)
  }

  /** Not while an earlier one waits to be stored, as when the store is away. */
  #isMarkDue(archive: ArchiveRecord, spool: Spool, hasty: boolean): boolean {
    const { last, waiting } = this.#of(archive)
    if (waiting.size > 0) return false
    if (!last) return true
    if (this.#isSettled(archive, spool)) return false
    return hasty || this.#parts.now().getTime() - last.at.getTime() >= this.#times.mark
  }

  #isIdle(archive: ArchiveRecord, spool: Spool): boolean {
    return this.#of(archive).waiting.size === 0 && this.#isSettled(archive, spool)
  }

  /** Nothing was committed since the last mark, nor beside it, and it can be gone to from the newest base. */
  #isSettled(archive: ArchiveRecord, spool: Spool): boolean {
    const { last } = this.#of(archive)
    if (!last?.quiet || last.moment !== spool.moment) return false
    const base = this.#parts.pieces.wholeBases(archive.id).at(-1)
    return !base?.endedAt || base.endedAt <= last.at
  }

  #of({ id }: ArchiveRecord): Seen {
    const seen = this.#seen.get(id) ?? { last: undefined, waiting: new Map() }
    this.#seen.set(id, seen)
    return seen
  }

  /** One that is kept after the addon moved would set segments aside for nobody. */
  async #leave({ id, serverId, service }: ArchiveRecord): Promise<void> {
    const { addons, rows } = this.#parts
    const old = rows.servers().find((server) => server.id === serverId)
    if (old) await serviceNamed(service).archive?.end(await addons.servers.access(old), id)
  }

  #broke(archive: ArchiveRecord, addon: AddonRecord, why: string): void {
    const { addons, records, news, now } = this.#parts
    const { version } = addons.server(addon)
    records.renew(archive, addon.serverId, version, why, now())
    this.#seen.delete(archive.id)
    const detail = `Archiving was broken off, because ${why}, and begins anew: what is committed until the next base is done cannot be brought back by the moment.`
    news.tell(archive, 'archive.broken', detail)
  }

  #fails(archive: ArchiveRecord, error: unknown): void {
    const { addons, records, news, log, now } = this.#parts
    records.failing(archive.id, whyOf(error), now())
    const { failing, spool, toldAt } = records.get(archive.id)
    log.warn('archive.look', { addon: archive.subjectName, reason: messageOf(error) })
    if (!failing || toldAt || now().getTime() - failing.since.getTime() < this.#times.tell) return
    records.told(archive.id, now())
    const waits = `${spool.count} segments (${Math.ceil(spool.bytes / 1024 ** 2)} MB) wait beside the database`
    const words = `Changes are not archived since ${failing.since.toISOString()}: ${failing.why} ${waits}.`
    addons.conditions.set(archive.addonId, 'archive-failing', words)
    news.tell(archive, 'archive.failing', words)
  }

  #isWell(archive: ArchiveRecord): void {
    const { addons, records, news } = this.#parts
    if (archive.failing === null) return
    records.goesWell(archive.id)
    addons.conditions.set(archive.addonId, 'archive-failing', null)
    if (archive.toldAt) news.tell(archive, 'archive.resumed', 'Changes are archived again, and nothing is missing.')
  }
}

function notReached(why: string): PaasError {
  return new PaasError('unavailable', 'archive.not-reached', `The newest changes could not be archived: ${why}`, {
    fix: 'Put that right, or choose an earlier moment.',
    command: 'paas pg:archive',
  })
}

function notSetAside(segment: string): PaasError {
  return new PaasError('failed', 'archive.not-set-aside', `The server could not set ${segment} aside.`, {
    fix: 'See its log, and whether its disk is full.',
  })
}
