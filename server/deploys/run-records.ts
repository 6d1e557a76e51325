import type { AppRecord } from '../apps/apps.ts'
import type { Run } from '../contract/run.ts'
import type { Database } from '../db/database.ts'
import { newId } from '../db/ids.ts'
import { isConstraint } from '../db/sqlite-error.ts'

/** Who wanted it: somebody at a terminal, a schedule, or a deploy. */
export type RunKind = 'run' | 'cron' | 'script'

export type RunRow = {
  id: string
  app_id: string
  app: string
  name: string
  release: number
  command: string
  kind: RunKind
  job: string | null
  due_at: number | null
  state: 'running' | 'ended'
  exit_code: number | null
  created_at: number
  /** Of an exec: the name and the id of the instance that it is in. */
  instance: string | null
  instance_id: string | null
  user: string | null
}

export type NewRun = {
  name: string
  release: number
  command: string[]
  userId: string | null
  kind?: RunKind
  /** Which cron job or script. */
  job?: string
  /** The moment of its schedule, milliseconds since 1970. */
  dueAt?: number | null
  /** Where it has none of its own. */
  instance?: { id: string; name: string }
}

/** Ended runs shown in the list. */
const LISTED = 50
/** Of a cron job, for the list and for whoever looks back. */
const KEPT_OF_JOB = 50

const SELECT = `SELECT runs.*, users.name AS user, apps.name AS app FROM runs
  JOIN apps ON apps.id = runs.app_id LEFT JOIN users ON users.id = runs.user_id`

/** One row for each one-off, written before it starts. */
export class RunRecords {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Its id; undefined where the job was started for that moment already. */
  insert(app: AppRecord, run: NewRun): string | undefined {
    const id = newId('run')
    try {
      this.#db.run(
        `INSERT INTO runs (id, app_id, name, release, command, user_id, state, created_at, kind, job, due_at,
         instance, instance_id)
         VALUES (?, ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?, ?)`,
        id,
        app.id,
        run.name,
        run.release,
        JSON.stringify(run.command),
        run.userId,
        Date.now(),
        run.kind ?? 'run',
        run.job ?? null,
        run.dueAt ?? null,
        run.instance?.name ?? null,
        run.instance?.id ?? null,
      )
      return id
    } catch (error) {
      if (isConstraint(error) && run.dueAt != null && this.#wasDue(app.id, run)) return undefined
      throw error
    }
  }

  end(id: string, exitCode: number | null): void {
    this.#db.run(`UPDATE runs SET state = 'ended', exit_code = ?, ended_at = ? WHERE id = ?`, exitCode, Date.now(), id)
  }

  find(id: string): RunRow | undefined {
    return this.#db.get<RunRow>(`${SELECT} WHERE runs.id = ?`, id)
  }

  list(appId: string): RunRow[] {
    return this.#db.all<RunRow>(`${SELECT} WHERE runs.app_id = ? ORDER BY runs.created_at DESC LIMIT ?`, appId, LISTED)
  }

  running(appId?: string): RunRow[] {
    const running = `${SELECT} WHERE runs.state = 'running'`
    return appId === undefined
      ? this.#db.all<RunRow>(running)
      : this.#db.all<RunRow>(`${running} AND runs.app_id = ?`, appId)
  }

  countRunning(): number {
    return this.#db.get<{ count: number }>(`SELECT count(*) AS count FROM runs WHERE state = 'running'`)?.count ?? 0
  }

  /** The newest one of a job. */
  lastOf(appId: string, job: string): RunRow | undefined {
    const sql = `${SELECT} WHERE runs.app_id = ? AND runs.job = ? ORDER BY runs.created_at DESC, runs.id DESC LIMIT 1`
    return this.#db.get<RunRow>(sql, appId, job)
  }

  /** The one before it of the same job has failed, too. */
  failedBefore({ app_id, job, id }: RunRow): boolean {
    const before = this.#db.get<{ exit_code: number | null }>(
      `SELECT exit_code FROM runs WHERE app_id = ? AND job = ? AND state = 'ended' AND id <> ?
       ORDER BY created_at DESC, id DESC LIMIT 1`,
      app_id,
      job,
      id,
    )
    return before !== undefined && before.exit_code !== 0
  }

  /** Forgets the oldest ended ones of a job that runs often. */
  prune(appId: string, job: string): void {
    this.#db.run(
      `DELETE FROM runs WHERE app_id = ? AND job = ? AND state = 'ended' AND id NOT IN
       (SELECT id FROM runs WHERE app_id = ? AND job = ? ORDER BY created_at DESC, id DESC LIMIT ?)`,
      appId,
      job,
      appId,
      job,
      KEPT_OF_JOB,
    )
  }

  #wasDue(appId: string, { job, dueAt }: NewRun): boolean {
    const sql = 'SELECT 1 AS found FROM runs WHERE app_id = ? AND job = ? AND due_at = ?'
    return this.#db.get(sql, appId, job ?? null, dueAt ?? null) !== undefined
  }
}

/** The API's view. */
export function runView(row: RunRow): Run {
  return {
    id: row.id,
    name: row.name,
    app: row.app,
    instance: row.instance,
    state: row.state,
    command: JSON.parse(row.command) as string[],
    by: row.user ?? 'paas',
    createdAt: new Date(row.created_at).toISOString(),
    exitCode: row.exit_code,
  }
}
