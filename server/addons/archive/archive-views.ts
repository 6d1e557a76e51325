import type { Archive, ArchiveBase } from '../../contract/archive.ts'
import type { AddonRecord } from '../addon-records.ts'
import type { Addons } from '../addons.ts'
import { textOf } from '../backups/columns.ts'
import type { ArchiveRecords } from './archive-records.ts'
import type { ArchiveRecord, BaseRecord } from './archive-rows.ts'
import type { PieceRecords } from './piece-records.ts'
import { windowOf } from './window.ts'

/** Archives as the API shows them. */
export class ArchiveViews {
  readonly #records: ArchiveRecords
  readonly #pieces: PieceRecords
  readonly #now: () => Date

  constructor(parts: { records: ArchiveRecords; pieces: PieceRecords; now: () => Date }) {
    this.#records = parts.records
    this.#pieces = parts.pieces
    this.#now = parts.now
  }

  of(addon: Pick<AddonRecord, 'id' | 'name'>, server: ReturnType<Addons['server']>): Archive {
    const all = this.#records.of(addon.id)
    const live = all.find(({ endedAt }) => endedAt === null)
    const bases = all.flatMap(({ id }) => this.#pieces.bases(id)).filter(({ state }) => state !== 'removed')
    const proved = bases.filter(({ proof }) => proof === 'proved').map(({ proofAt }) => proofAt)
    const provedAt = newest(proved)
    return {
      addon: addon.name,
      state: live ? (live.failing ? 'failing' : 'on') : 'off',
      possible: !server.shared,
      why: live?.failing?.why ?? (live ? null : (all[0]?.endedWhy ?? null)),
      failingSince: textOf(live?.failing?.since),
      since: textOf(live?.createdAt),
      keepDays: (live ?? all[0])?.keepDays ?? null,
      baseDays: (live ?? all[0])?.baseDays ?? null,
      windows: all.flatMap((archive) => this.#window(archive)).toReversed(),
      lastSegment: this.#lastSegment(live),
      lag: live ? this.#lag(live) : null,
      bases: bases.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime()).map(view),
      storedBytes: this.#storedBytes(all, bases),
      provedAt: textOf(provedAt),
      provedAge: provedAt && Math.max(0, Math.floor((this.#now().getTime() - provedAt.getTime()) / 1_000)),
    }
  }

  #window({ id, idleAt }: ArchiveRecord) {
    const window = windowOf(this.#pieces.wholeBases(id), { reachedAt: this.#pieces.reachedAt(id), idleAt })
    return window ? [{ from: window.from.toISOString(), to: window.to.toISOString() }] : []
  }

  #lastSegment(live: ArchiveRecord | undefined): Archive['lastSegment'] {
    const last = live && this.#pieces.totals(live.id).newest
    return last ? { name: last.name, at: last.createdAt.toISOString() } : null
  }

  /** What would be lost with the box now. */
  #lag({ id, idleAt, spool, begunAt, createdAt }: ArchiveRecord): NonNullable<Archive['lag']> {
    const safe = newest([this.#pieces.reachedAt(id), idleAt]) ?? begunAt ?? createdAt
    const seconds = Math.max(0, Math.floor((this.#now().getTime() - safe.getTime()) / 1_000))
    return { seconds, segments: spool.count, bytes: spool.bytes }
  }

  #storedBytes(all: readonly ArchiveRecord[], bases: readonly BaseRecord[]): number {
    const segments = all.map(({ id }) => this.#pieces.totals(id).bytes)
    const whole = bases.map(({ sums }) => sums?.stored.bytes ?? 0)
    return [...segments, ...whole].reduce((sum, bytes) => sum + bytes, 0)
  }
}

function view(base: BaseRecord): ArchiveBase {
  return {
    id: base.id,
    state: base.state === 'removed' ? 'failed' : base.state,
    why: base.why,
    storedBytes: base.sums?.stored.bytes ?? null,
    proof: { state: base.proof, why: base.proofWhy, at: textOf(base.proofAt) },
    createdAt: base.createdAt.toISOString(),
    endedAt: textOf(base.endedAt),
  }
}

function newest(dates: readonly (Date | null)[]): Date | null {
  const known = dates.filter((date) => date !== null)
  return known.length === 0 ? null : new Date(Math.max(...known.map((date) => date.getTime())))
}
