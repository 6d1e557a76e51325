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

/** Whose apps and doings are shown. */
export type ActivityReader = { userId: string | null; apps: 'all' | Set<string> }

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
  list(appId: string, filter: ActivityFilter): Activity[] {
    return this.#find('app_id = ?7', [appId], filter)
  }

  /** Of the apps that somebody may see, and what they did themselves; `all`: of the box. Newest first. */
  listFor(
    { userId, apps }: ActivityReader,
    { app, ...filter }: ActivityFilter & { app?: string | undefined },
  ): Activity[] {
    const seen = '(?7 IS NULL OR app_id IN (SELECT value FROM json_each(?7)) OR (app_id IS NULL AND user_id = ?8))'
    const named = '(?9 IS NULL OR app = ?9 OR app_id = (SELECT id FROM apps WHERE name = ?9))'
    const values = [apps === 'all' ? null : JSON.stringify([...apps]), userId, app ?? null]
    return this.#find(`${seen} AND ${named}`, values, filter)
  }

  /** `where` is ours; its values are ?7 and those behind it. */
  #find(
    where: string,
    values: (string | null)[],
    { limit, before, by, kind, since, until }: ActivityFilter,
  ): Activity[] {
    const rows = this.#db.all<ActivityRow>(
      `SELECT * FROM activity
       WHERE id < ?1 AND at >= ?2 AND at < ?3
         AND (?4 IS NULL OR by_name = ?4)
         AND (?5 IS NULL OR action = ?5 OR substr(action, 1, length(?5) + 1) = ?5 || '.')
         AND ${where}
       ORDER BY id DESC LIMIT ?6`,
      before ?? Number.MAX_SAFE_INTEGER,
      since?.getTime() ?? 0,
      until?.getTime() ?? Number.MAX_SAFE_INTEGER,
      by ?? null,
      kind ?? null,
      limit,
      ...values,
    )
    return rows.map(activityOf)
  }
}

function activityOf({ id, at, by_name, via, app, action, detail }: ActivityRow): Activity {
  return { id, at: new Date(at).toISOString(), by: by_name, via, app, action, detail }
}
