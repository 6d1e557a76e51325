import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Addons } from '../addons.ts'
import type { BackupRecords } from '../backups/records.ts'
import { KEEP_FINAL_MS } from '../backups/retention.ts'
import type { ArchiveRecords } from './archive-records.ts'
import type { ArchiveRecord, SegmentRecord } from './archive-rows.ts'
import type { PieceRecords } from './piece-records.ts'
import type { PieceStore } from './piece-store.ts'
import { expiredBefore } from './window.ts'

type RetirementParts = {
  addons: Pick<Addons, 'findById'>
  records: ArchiveRecords
  pieces: PieceRecords
  backups: Pick<BackupRecords, 'wholeOf'>
  store: PieceStore
  now: () => Date
  log: Log
}

const DAY_MS = 24 * 3_600_000
/** In one go: whoever archives waits for it. */
const REMOVED_AT_ONCE = 200

/** Takes away what no moment that is kept needs any more. */
export class ArchiveRetirement {
  readonly #parts: RetirementParts

  constructor(parts: RetirementParts) {
    this.#parts = parts
  }

  /** What cannot be removed now is tried again the next time. */
  async pass(): Promise<void> {
    for (const archive of this.#parts.records.all()) {
      try {
        if (this.#isOver(archive)) await this.#removeAll(archive)
        else await this.#expire(archive)
      } catch (error) {
        this.#parts.log.warn('archive.remove', { addon: archive.subjectName, reason: messageOf(error) })
      }
    }
  }

  /**
   * One that has ended stays as long as its moments are kept. With an addon that was destroyed it goes as its last backup
   * does, and at once where nobody wanted one.
   */
  #isOver({ id, addonId, subject, endedAt, keepDays }: ArchiveRecord): boolean {
    const { addons, backups, pieces, now } = this.#parts
    if (!endedAt) return false
    const age = now().getTime() - endedAt.getTime()
    if (addons.findById(addonId)) return age > keepDays * DAY_MS || pieces.wholeBases(id).length === 0
    const isKept = backups.wholeOf(subject).some(({ reason }) => reason === 'before')
    return !isKept || age > KEEP_FINAL_MS
  }

  async #expire(archive: ArchiveRecord): Promise<void> {
    const { pieces, now } = this.#parts
    const since = new Date(now().getTime() - archive.keepDays * DAY_MS)
    const bases = pieces.wholeBases(archive.id)
    const [oldest] = bases
    if (oldest?.endedAt && oldest.endedAt <= since) {
      const expired = expiredBefore(since, bases, pieces.segments(archive.id))
      for (const id of expired.bases) pieces.baseBecomes(id, 'removed', null, now())
      await this.#removeSegments(archive, expired.segments)
    }
    await this.#removeBases(archive)
  }

  async #removeAll(archive: ArchiveRecord): Promise<void> {
    const { pieces, records, now } = this.#parts
    for (const { id, state } of pieces.bases(archive.id)) {
      if (state === 'succeeded') pieces.baseBecomes(id, 'removed', null, now())
    }
    await this.#removeBases(archive)
    await this.#removeSegments(archive, pieces.segments(archive.id))
    if (pieces.totals(archive.id).segments > 0 || pieces.bases(archive.id).some(({ object }) => object !== null)) return
    pieces.forgetBases(archive.id)
    records.delete(archive.id)
  }

  async #removeBases(archive: ArchiveRecord): Promise<void> {
    const { pieces, store } = this.#parts
    for (const base of pieces.leftoverBases()) {
      if (base.archiveId !== archive.id) continue
      await store.remove(base)
      pieces.nothingLeft(base.id)
    }
  }

  /** The oldest first: what is left is a chain without a gap, whenever this ends. */
  async #removeSegments(archive: ArchiveRecord, segments: SegmentRecord[]): Promise<void> {
    const { pieces, store } = this.#parts
    for (const segment of segments.slice(0, REMOVED_AT_ONCE)) {
      await store.remove(segment)
      pieces.forgetSegment(archive.id, segment.name)
    }
  }
}
