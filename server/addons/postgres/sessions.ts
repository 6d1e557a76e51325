import type { Database, ServerAccess } from '../addon-service.ts'
import { session } from './session.ts'

/** Cancels what sessions of the database do, or ends them; the platform's own are left alone. Returns how many it reached. */
export async function endSessions(
  access: ServerAccess,
  { name }: Database,
  { pid, force }: { pid?: number | undefined; force: boolean },
): Promise<number> {
  const sql = `SELECT count(*) FILTER (WHERE ${force ? 'pg_terminate_backend' : 'pg_cancel_backend'}(pid))::int AS n
    FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
    AND usename <> 'postgres' AND ($1::int IS NULL OR pid = $1)`
  return await session(access, name, async (client) => {
    const { rows } = await client.query<{ n: number }>(sql, [pid ?? null])
    return rows[0]?.n ?? 0
  })
}
