import type { Database } from '../../db/database.ts'
import { newId } from '../../db/ids.ts'
import type { Span } from '../addon-service.ts'
import type { Packed } from '../backups/format/pack.ts'
import type { ProofState } from '../backups/records.ts'
import {
  type BaseRecord,
  type BaseRow,
  baseOf,
  type SegmentRecord,
  type SegmentRow,
  segmentRecordOf,
} from './archive-rows.ts'

/** The rows of what archives are made of. */
export class PieceRecords {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Oldest first. */
  segments(archiveId: string): SegmentRecord[] {
    const sql = 'SELECT * FROM addon_archive_segments WHERE archive_id = ? ORDER BY name'
    return this.#db.all<SegmentRow>(sql, archiveId).map(segmentRecordOf)
  }

  hasSegment(archiveId: string, name: string): boolean {
    const sql = 'SELECT 1 AS one FROM addon_archive_segments WHERE archive_id = ? AND name = ?'
    return this.#db.get(sql, archiveId, name) !== undefined
  }

  /** All that was committed until then lies in a store. */
  reachedAt(archiveId: string): Date | null {
    const sql = 'SELECT max(mark_at) AS at FROM addon_archive_segments WHERE archive_id = ?'
    const at = this.#db.get<{ at: number | null }>(sql, archiveId)?.at ?? null
    return at === null ? null : new Date(at)
  }

  totals(archiveId: string): { segments: number; bytes: number; newest: SegmentRecord | null } {
    const sql =
      'SELECT count(*) AS n, coalesce(sum(stored_bytes), 0) AS bytes FROM addon_archive_segments WHERE archive_id = ?'
    const sums = this.#db.get<{ n: number; bytes: number }>(sql, archiveId)
    const last = 'SELECT * FROM addon_archive_segments WHERE archive_id = ? ORDER BY name DESC LIMIT 1'
    const row = this.#db.get<SegmentRow>(last, archiveId)
    return { segments: sums?.n ?? 0, bytes: sums?.bytes ?? 0, newest: row ? segmentRecordOf(row) : null }
  }

  stored(archiveId: string, segment: Omit<SegmentRecord, 'createdAt'>, now: Date): void {
    const { plain, stored } = segment.sums
    this.#db.run(
      `INSERT OR IGNORE INTO addon_archive_segments (archive_id, name, store_id, object, plain_bytes, plain_sha256,
         stored_bytes, stored_sha256, mark_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      archiveId,
      segment.name,
      segment.storeId,
      segment.object,
      plain.bytes,
      plain.sha256,
      stored.bytes,
      stored.sha256,
      segment.markAt?.getTime() ?? null,
      now.getTime(),
    )
  }

  forgetSegment(archiveId: string, name: string): void {
    this.#db.run('DELETE FROM addon_archive_segments WHERE archive_id = ? AND name = ?', archiveId, name)
  }

  beginBase(archiveId: string, place: { storeId: string; object: (id: string) => string }, now: Date): BaseRecord {
    const id = newId('bas')
    this.#db.run(
      `INSERT INTO addon_archive_bases (id, archive_id, state, store_id, object, created_at)
       VALUES (?, ?, 'running', ?, ?, ?)`,
      id,
      archiveId,
      place.storeId,
      place.object(id),
      now.getTime(),
    )
    return this.#base(id)
  }

  baseMade(id: string, { from, to }: Span, { plain, stored }: Packed, now: Date): void {
    this.#db.run(
      `UPDATE addon_archive_bases SET state = 'succeeded', proof = 'waiting', ended_at = ?, from_segment = ?, to_segment = ?,
         plain_bytes = ?, plain_sha256 = ?, stored_bytes = ?, stored_sha256 = ? WHERE id = ?`,
      now.getTime(),
      from,
      to,
      plain.bytes,
      plain.sha256,
      stored.bytes,
      stored.sha256,
      id,
    )
  }

  baseBecomes(id: string, state: 'failed' | 'removed', why: string | null, now: Date): void {
    const sql = 'UPDATE addon_archive_bases SET state = ?, why = ?, ended_at = coalesce(ended_at, ?) WHERE id = ?'
    this.#db.run(sql, state, why, now.getTime(), id)
  }

  proving(id: string, proof: ProofState, why: string | null = null, at: Date | null = null): void {
    this.#db.run(
      'UPDATE addon_archive_bases SET proof = ?, proof_why = ?, proof_at = coalesce(?, proof_at) WHERE id = ?',
      proof,
      why,
      at?.getTime() ?? null,
      id,
    )
  }

  /** Oldest first, whole or not. */
  bases(archiveId: string): BaseRecord[] {
    return this.#bases('WHERE archive_id = ? ORDER BY created_at, id', archiveId)
  }

  wholeBases(archiveId: string): BaseRecord[] {
    return this.bases(archiveId).filter(({ state }) => state === 'succeeded')
  }

  runningBases(): BaseRecord[] {
    return this.#bases(`WHERE state = 'running'`)
  }

  beingProved(): BaseRecord[] {
    return this.#bases(`WHERE proof = 'running'`)
  }

  nextToProve(): BaseRecord | undefined {
    return this.#bases(`WHERE state = 'succeeded' AND proof = 'waiting' ORDER BY created_at DESC LIMIT 1`)[0]
  }

  /** Whose file may still lie somewhere though nobody wants it. */
  leftoverBases(): BaseRecord[] {
    return this.#bases(`WHERE state IN ('failed', 'removed') AND object IS NOT NULL`)
  }

  nothingLeft(id: string): void {
    this.#db.run('UPDATE addon_archive_bases SET object = NULL, store_id = NULL WHERE id = ?', id)
  }

  forgetBases(archiveId: string): void {
    this.#db.run('DELETE FROM addon_archive_bases WHERE archive_id = ?', archiveId)
  }

  #base(id: string): BaseRecord {
    const found = this.#bases('WHERE id = ?', id)[0]
    if (!found) throw new Error(`there is no base ${id}`)
    return found
  }

  #bases(where: string, ...values: string[]): BaseRecord[] {
    return this.#db.all<BaseRow>(`SELECT * FROM addon_archive_bases ${where}`, ...values).map(baseOf)
  }
}
