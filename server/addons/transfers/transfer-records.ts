import type { Database } from '../../db/database.ts'
import { newId } from '../../db/ids.ts'

export type TransferKind = 'import' | 'copy' | 'fork'

export type TransferRecord = {
  id: string
  /** `c001`, numbered within an app. */
  name: string
  appId: string
  kind: TransferKind
  source: string
  target: string | null
  backup: string | null
  state: 'running' | 'succeeded' | 'failed'
  bytes: number
  why: string | null
  createdAt: Date
  endedAt: Date | null
}

type Row = {
  id: string
  name: string
  app_id: string
  kind: TransferKind
  source: string
  target: string | null
  backup: string | null
  state: TransferRecord['state']
  bytes: number
  why: string | null
  created_at: number
  ended_at: number | null
}

export type NewTransfer = Pick<TransferRecord, 'appId' | 'kind' | 'source' | 'target'> & { userId: string | null }

/** The rows of transfers. */
export class TransferRecords {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  begun({ appId, kind, source, target, userId }: NewTransfer, now: Date): TransferRecord {
    return this.#db.transaction(() => {
      const id = newId('trf')
      const count = 'SELECT count(*) AS count FROM addon_transfers WHERE app_id = ?'
      const number = (this.#db.get<{ count: number }>(count, appId)?.count ?? 0) + 1
      this.#db.run(
        `INSERT INTO addon_transfers (id, name, app_id, kind, source, target, state, user_id, created_at)
         VALUES (?, ?, ?, ?, ?, ?, 'running', ?, ?)`,
        ...[id, `c${String(number).padStart(3, '0')}`, appId, kind, source, target, userId, now.getTime()],
      )
      return this.get(id)
    })
  }

  backedUp(id: string, backup: string): void {
    this.#db.run('UPDATE addon_transfers SET backup = ? WHERE id = ?', backup, id)
  }

  succeeded(id: string, target: string, bytes: number, now: Date): void {
    const sql = `UPDATE addon_transfers SET state = 'succeeded', target = ?, bytes = ?, ended_at = ? WHERE id = ?`
    this.#db.run(sql, target, bytes, now.getTime(), id)
  }

  failed(id: string, why: string, now: Date): void {
    this.#db.run(
      `UPDATE addon_transfers SET state = 'failed', why = ?, ended_at = ? WHERE id = ?`,
      why,
      now.getTime(),
      id,
    )
  }

  /** After a start: whatever ran has ended with the server. */
  interrupted(why: string, now: Date): void {
    const sql = `UPDATE addon_transfers SET state = 'failed', why = ?, ended_at = ? WHERE state = 'running'`
    this.#db.run(sql, why, now.getTime())
  }

  /** Throws nothing but a bug's error: the caller has it from here. */
  get(id: string): TransferRecord {
    const [found] = this.#many('WHERE id = ?', id)
    if (!found) throw new Error(`there is no transfer ${id}`)
    return found
  }

  findOf(appId: string, nameOrId: string): TransferRecord | undefined {
    return this.#many('WHERE app_id = ? AND (name = ? OR id = ?)', appId, nameOrId, nameOrId)[0]
  }

  /** Newest first. */
  listOf(appId: string): TransferRecord[] {
    return this.#many('WHERE app_id = ? ORDER BY created_at DESC, id DESC LIMIT 50', appId)
  }

  #many(where: string, ...values: string[]): TransferRecord[] {
    return this.#db.all<Row>(`SELECT * FROM addon_transfers ${where}`, ...values).map((row) => ({
      ...{ id: row.id, name: row.name, appId: row.app_id, kind: row.kind, source: row.source, target: row.target },
      ...{ backup: row.backup, state: row.state, bytes: row.bytes, why: row.why },
      createdAt: new Date(row.created_at),
      endedAt: row.ended_at === null ? null : new Date(row.ended_at),
    }))
  }
}
