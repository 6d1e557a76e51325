import { messageOf, PaasError } from '../../errors.ts'
import { type Faults, noFaults } from '../../faults.ts'
import type { Log } from '../../log.ts'
import type { AddonArchive } from '../addon-service.ts'
import type { Addons } from '../addons.ts'
import type { BackupNews } from '../backups/backup-news.ts'
import { whyOf } from '../backups/backup-work.ts'
import { serviceNamed } from '../services.ts'
import type { ArchiveRecords } from './archive-records.ts'
import type { ArchiveRecord } from './archive-rows.ts'
import type { PieceRecords } from './piece-records.ts'
import type { PieceStore } from './piece-store.ts'

export type BaseParts = {
  addons: Pick<Addons, 'findById' | 'server' | 'servers'>
  records: ArchiveRecords
  pieces: PieceRecords
  store: PieceStore
  news: BackupNews
  now: () => Date
  log: Log
  faults?: Faults
}

const DAY_MS = 24 * 3_600_000
/** After one that failed. */
const AGAIN_MS = 15 * 60_000
const STOPPED = 'The server was stopped in the middle; nothing of it is left.'

/** Makes the bases that archives begin with, in their turn: the first at once, the next when it is due. */
export class BaseWork {
  readonly #parts: BaseParts

  constructor(parts: BaseParts) {
    this.#parts = parts
  }

  /** After a start. */
  writeOff(): void {
    const { pieces, now } = this.#parts
    for (const { id } of pieces.runningBases()) pieces.baseBecomes(id, 'failed', STOPPED, now())
  }

  nextDue(): ArchiveRecord | undefined {
    return this.#parts.records.live().find((archive) => this.#isDue(archive))
  }

  /** How it went is told by the row. */
  async make(archive: ArchiveRecord, signal: AbortSignal): Promise<void> {
    const { addons, pieces, store, news, now, log, faults = noFaults } = this.#parts
    const addon = addons.findById(archive.addonId)
    const kind = addon && serviceNamed(addon.service).archive
    if (!addon || !kind) return
    // Who was told once that there is none hears it again when there was one in between.
    const isTold = pieces.bases(archive.id).at(-1)?.state === 'failed'
    const base = pieces.beginBase(archive.id, store.placeOfBase(archive, now()), now())
    try {
      faults('archive-base:before')
      const made = await kind.base(await addons.servers.access(addons.server(addon)), signal)
      const sums = await store.putBase(archive, base, made, signal)
      faults('archive-base:after')
      pieces.baseMade(base.id, await made.span, sums, now())
      log.info('archive.base-made', { addon: archive.subjectName, bytes: sums.stored.bytes })
    } catch (error) {
      if (signal.aborted) return
      pieces.baseBecomes(base.id, 'failed', whyOf(error), now())
      if (!isTold) news.tell(archive, 'archive.base-failed', whyOf(error))
      log.warn('archive.base', { addon: archive.subjectName, reason: messageOf(error) })
    }
  }

  #isDue(archive: ArchiveRecord): boolean {
    const { addons, pieces, now } = this.#parts
    if (archive.begunAt === null || addons.findById(archive.addonId)?.state !== 'available') return false
    const last = pieces.bases(archive.id).at(-1)
    if (!last) return true
    const wait = last.state === 'failed' ? AGAIN_MS : archive.baseDays * DAY_MS
    return now().getTime() - last.createdAt.getTime() >= wait
  }
}

export function archiveOfService(service: string): AddonArchive {
  const { archive, title } = serviceNamed(service)
  if (archive) return archive
  throw new PaasError('conflict', 'archive.none', `${title} cannot go back to any moment.`, {
    fix: 'Make backups of it.',
    command: 'paas backups:create',
  })
}
