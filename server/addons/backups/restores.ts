import type { Database } from '../../db/database.ts'
import { newId } from '../../db/ids.ts'

export type RestoreRecord = {
  id: string
  /** `r001`, numbered within an app. */
  name: string
  appId: string
  /** Null: of a moment. */
  backupId: string | null
  /** Null once the archive is gone, and where it is of a backup. */
  archiveId: string | null
  moment: Date | null
  /** What is restored. */
  subjectName: string | null
  /** What is being done. */
  step: string | null
  state: 'queued' | 'running' | 'succeeded' | 'failed'
  why: string | null
  /** The new addon. */
  restoredTo: string | null
  userId: string | null
  createdAt: Date
  endedAt: Date | null
}

type RestoreRow = {
  id: string
  name: string
  app_id: string
  backup_id: string | null
  archive_id: string | null
  moment: number | null
  subject_name: string | null
  step: string | null
  state: RestoreRecord['state']
  why: string | null
  restored_to: string | null
  user_id: string | null
  created_at: number
  ended_at: number | null
}

/** The rows of restores. */
export class RestoreRecords {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  queue(backup: { id: string; appId: string; subjectName: string }, userId: string | null, now: Date): RestoreRecord {
    return this.#insert({ ...backup, backupId: backup.id, archiveId: null, moment: null, userId }, now)
  }

  queueMoment(
    archive: { id: string; appId: string; subjectName: string },
    moment: Date,
    userId: string | null,
    now: Date,
  ): RestoreRecord {
    return this.#insert({ ...archive, backupId: null, archiveId: archive.id, moment, userId }, now)
  }

  findOf(appId: string, nameOrId: string): RestoreRecord | undefined {
    return this.#many('WHERE app_id = ? AND (name = ? OR id = ?)', appId, nameOrId, nameOrId)[0]
  }

  /** Newest first. */
  listOf(appId: string): RestoreRecord[] {
    return this.#many('WHERE app_id = ? ORDER BY created_at DESC, id DESC LIMIT 50', appId)
  }

  nextQueued(): RestoreRecord | undefined {
    return this.#many(`WHERE state = 'queued' ORDER BY created_at, id LIMIT 1`)[0]
  }

  step(id: string, step: string): void {
    this.#db.run('UPDATE backup_restores SET step = ? WHERE id = ?', step, id)
  }

  started(id: string): void {
    this.#db.run(`UPDATE backup_restores SET state = 'running' WHERE id = ?`, id)
  }

  succeeded(id: string, restoredTo: string, now: Date): void {
    this.#db.run(
      `UPDATE backup_restores SET state = 'succeeded', step = NULL, restored_to = ?, ended_at = ? WHERE id = ?`,
      restoredTo,
      now.getTime(),
      id,
    )
  }

  failed(id: string, why: string, now: Date): void {
    this.#db.run(
      `UPDATE backup_restores SET state = 'failed', step = NULL, why = ?, ended_at = ? WHERE id = ?`,
      why,
      now.getTime(),
      id,
    )
  }

  /** After a start: whatever ran has ended with the server. */
  interrupted(why: string, now: Date): void {
    this.#db.run(
      `UPDATE backup_restores SET state = 'failed', step = NULL, why = ?, ended_at = ? WHERE state = 'running'`,
      why,
      now.getTime(),
    )
  }

  #insert(
    restore: Pick<RestoreRecord, 'appId' | 'backupId' | 'archiveId' | 'moment' | 'subjectName' | 'userId'>,
    now: Date,
  ): RestoreRecord {
    return this.#db.transaction(() => {
      const id = newId('rst')
      const last = this.#db.get<{ count: number }>(
        'SELECT count(*) AS count FROM backup_restores WHERE app_id = ?',
        restore.appId,
      )
      this.#db.run(
        `INSERT INTO backup_restores (id, name, app_id, backup_id, archive_id, moment, subject_name, state, user_id, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)`,
        id,
        `r${String((last?.count ?? 0) + 1).padStart(3, '0')}`,
        restore.appId,
        restore.backupId,
        restore.archiveId,
        restore.moment?.getTime() ?? null,
        restore.subjectName,
        restore.userId,
        now.getTime(),
      )
      const record = this.findOf(restore.appId, id)
      if (!record) throw new Error('a restore is there once it is queued')
      return record
    })
  }

  #many(where: string, ...values: string[]): RestoreRecord[] {
    const rows = this.#db.all<RestoreRow>(`SELECT * FROM backup_restores ${where}`, ...values)
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      appId: row.app_id,
      backupId: row.backup_id,
      archiveId: row.archive_id,
      moment: row.moment === null ? null : new Date(row.moment),
      subjectName: row.subject_name,
      step: row.step,
      state: row.state,
      why: row.why,
      restoredTo: row.restored_to,
      userId: row.user_id,
      createdAt: new Date(row.created_at),
      endedAt: row.ended_at === null ? null : new Date(row.ended_at),
    }))
  }
}
