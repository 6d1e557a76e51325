import type { Activity } from '../contract/user.ts'
import type { Database } from '../db/database.ts'
import { type Actor, actorName, type Via } from './actor.ts'

type ActivityRow = {
  id: number
  at: number
  by_name: string
  via: Via
  app: string | null
  action: string
  detail: string
}

export type ActivityFilter = {
  limit: number
  /** The id of the last one already seen. */
  before?: number | undefined
  by?: string | undefined
  /** `release`, of `release.rollback`. */
  kind?: string | undefined
  since?: Date | undefined
  until?: Date | undefined
}

/** Who did what when. Append-only: the database itself refuses changes. Details never hold secret values. */
export class ActivityLog {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  record(actor: Actor, action: string, detail: string, app?: { id: string; name: string }): void {
    this.#db.run(
      `INSERT INTO activity (at, user_id, by_name, via, app_id, app, action, detail)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      Date.now(),
      actor.user?.id ?? null,
      actorName(actor),
      actor.via,
      app?.id ?? null,
      app?.name ?? null,
      action,
      detail,
    )
  }

  /** Newest first. */
  list(appId: string, { limit, before, by, kind, since, until }: ActivityFilter): Activity[] {
    const rows = this.#db.all<ActivityRow>(
      `SELECT * FROM activity
       WHERE app_id = ?1 AND id < ?2 AND at >= ?3 AND at < ?4
         AND (?5 IS NULL OR by_name = ?5)
         AND (?6 IS NULL OR action = ?6 OR substr(action, 1, length(?6) + 1) = ?6 || '.')
       ORDER BY id DESC LIMIT ?7`,
      appId,
      before ?? Number.MAX_SAFE_INTEGER,
      since?.getTime() ?? 0,
      until?.getTime() ?? Number.MAX_SAFE_INTEGER,
      by ?? null,
      kind ?? null,
      limit,
    )
    return rows.map(activityOf)
  }
}

function activityOf({ id, at, by_name, via, app, action, detail }: ActivityRow): Activity {
  return { id, at: new Date(at).toISOString(), by: by_name, via, app, action, detail }
}
