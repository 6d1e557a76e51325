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

  /** Newest first; `before` is the id of the last one already seen. */
  list(appId: string, options: { limit: number; before?: number }): Activity[] {
    const rows = this.#db.all<ActivityRow>(
      'SELECT * FROM activity WHERE app_id = ? AND id < ? ORDER BY id DESC LIMIT ?',
      appId,
      options.before ?? Number.MAX_SAFE_INTEGER,
      options.limit,
    )
    return rows.map(activityOf)
  }
}

function activityOf({ id, at, by_name, via, app, action, detail }: ActivityRow): Activity {
  return { id, at: new Date(at).toISOString(), by: by_name, via, app, action, detail }
}
