import type { Database } from '../../db/database.ts'
import { newId } from '../../db/ids.ts'
import { type ArchiveRecord, type ArchiveRow, archiveOf } from './archive-rows.ts'

type NewArchive = Pick<
  ArchiveRecord,
  | 'subject'
  | 'subjectName'
  | 'appId'
  | 'addonId'
  | 'serverId'
  | 'service'
  | 'version'
  | 'plan'
  | 'database'
  | 'keepDays'
  | 'baseDays'
>

/** The rows of archives. At most one of an addon is live. */
export class ArchiveRecords {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  insert(archive: NewArchive, now: Date): ArchiveRecord {
    const id = newId('arc')
    this.#db.run(
      `INSERT INTO addon_archives (id, subject, subject_name, app_id, addon_id, server_id, service, version, plan, database,
         keep_days, base_days, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      archive.subject,
      archive.subjectName,
      archive.appId,
      archive.addonId,
      archive.serverId,
      archive.service,
      archive.version,
      archive.plan,
      archive.database,
      archive.keepDays,
      archive.baseDays,
      now.getTime(),
    )
    return this.get(id)
  }

  /** Throws nothing but a bug's error. */
  get(id: string): ArchiveRecord {
    const found = this.#many('WHERE id = ?', id)[0]
    if (found) return found
    throw new Error(`there is no archive ${id}`)
  }

  live(): ArchiveRecord[] {
    return this.#many('WHERE ended_at IS NULL ORDER BY id')
  }

  liveOf(addonId: string): ArchiveRecord | undefined {
    return this.#many('WHERE addon_id = ? AND ended_at IS NULL', addonId)[0]
  }

  /** Newest first. */
  of(addonId: string): ArchiveRecord[] {
    return this.#many('WHERE addon_id = ? ORDER BY created_at DESC, id DESC', addonId)
  }

  all(): ArchiveRecord[] {
    return this.#many('ORDER BY id')
  }

  ofApp(appId: string): ArchiveRecord[] {
    return this.#many('WHERE app_id = ? ORDER BY created_at DESC, id DESC', appId)
  }

  keep(id: string, keepDays: number, baseDays: number): void {
    this.#db.run('UPDATE addon_archives SET keep_days = ?, base_days = ? WHERE id = ?', keepDays, baseDays, id)
  }

  /** What the addon is now. */
  follow(id: string, now: Pick<ArchiveRecord, 'subjectName' | 'appId' | 'plan'>): void {
    this.#db.run(
      'UPDATE addon_archives SET subject_name = ?, app_id = ?, plan = ? WHERE id = ?',
      now.subjectName,
      now.appId,
      now.plan,
      id,
    )
  }

  begun(id: string, now: Date): void {
    this.#db.run('UPDATE addon_archives SET begun_at = coalesce(begun_at, ?) WHERE id = ?', now.getTime(), id)
  }

  looked(id: string, spool: ArchiveRecord['spool'], idle: boolean, now: Date): void {
    this.#db.run(
      `UPDATE addon_archives SET looked_at = ?, idle_at = CASE WHEN ? THEN ? ELSE idle_at END, spool_count = ?,
         spool_bytes = ? WHERE id = ?`,
      now.getTime(),
      Number(idle),
      now.getTime(),
      spool.count,
      spool.bytes,
      id,
    )
  }

  /** Since when stays what it was. */
  failing(id: string, why: string, now: Date): void {
    this.#db.run(
      'UPDATE addon_archives SET failing_at = coalesce(failing_at, ?), failing_why = ? WHERE id = ?',
      now.getTime(),
      why,
      id,
    )
  }

  told(id: string, now: Date): void {
    this.#db.run('UPDATE addon_archives SET told_at = ? WHERE id = ?', now.getTime(), id)
  }

  goesWell(id: string): void {
    this.#db.run('UPDATE addon_archives SET failing_at = NULL, failing_why = NULL, told_at = NULL WHERE id = ?', id)
  }

  end(id: string, why: string, now: Date): void {
    this.#db.run(
      'UPDATE addon_archives SET ended_at = ?, ended_why = ?, spool_count = 0, spool_bytes = 0 WHERE id = ?',
      now.getTime(),
      why,
      id,
    )
    this.goesWell(id)
  }

  /** Another chain in place of one that broke, in one step. */
  renew(archive: ArchiveRecord, serverId: string, version: string, why: string, now: Date): ArchiveRecord {
    return this.#db.transaction(() => {
      this.end(archive.id, why, now)
      return this.insert({ ...archive, serverId, version }, now)
    })
  }

  /** Nothing of it lies anywhere any more. */
  delete(id: string): void {
    this.#db.transaction(() => {
      this.#db.run('UPDATE backup_restores SET archive_id = NULL WHERE archive_id = ?', id)
      this.#db.run('DELETE FROM addon_archives WHERE id = ?', id)
    })
  }

  #many(where: string, ...values: string[]): ArchiveRecord[] {
    return this.#db.all<ArchiveRow>(`SELECT * FROM addon_archives ${where}`, ...values).map(archiveOf)
  }
}
