import type { Database, Info, Plan, ServerAccess } from '../addon-service.ts'
import { connectionsOfLogins, sizeOfPlan } from '../sizes.ts'
import { ask, looking } from './report.ts'

type Row = {
  version: string
  bytes: string
  tables: string
  open: string
  busiest: string
  running: string
  longest: string | null
  hits: string | null
  wal: string
  ssl: string
}

/** From so many milliseconds on average a statement is called slow. */
const SLOW_MS = 1_000

const OF_APPS = `SELECT usename, state, query_start FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND usename <> 'postgres'`

const FACTS = `WITH sessions AS (${OF_APPS}) SELECT current_setting('server_version') AS version,
  pg_database_size(current_database()) AS bytes,
  (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')) AS tables,
  (SELECT count(*) FROM sessions) AS open,
  coalesce((SELECT max(n) FROM (SELECT count(*) AS n FROM sessions GROUP BY usename) AS each), 0) AS busiest,
  (SELECT count(*) FROM sessions WHERE state = 'active') AS running,
  (SELECT round(extract(epoch FROM max(clock_timestamp() - query_start)), 1) FROM sessions WHERE state = 'active') AS longest,
  (SELECT round(100.0 * blks_hit / nullif(blks_hit + blks_read, 0), 2) FROM pg_stat_database
    WHERE datname = current_database()) AS hits,
  (SELECT coalesce(sum(size), 0) FROM pg_ls_waldir()) AS wal,
  current_setting('ssl') AS ssl`

const SLOW = `SELECT count(*) FROM public.pg_stat_statements WHERE mean_exec_time >= ${SLOW_MS}
  AND dbid = (SELECT oid FROM pg_database WHERE datname = $1) AND userid <> 'postgres'::regrole`

export async function information(access: ServerAccess, database: Database, { storageMb }: Plan): Promise<Info> {
  const { rows } = await looking(access, database.name, (client) => client.query<Row>(FACTS))
  const slow = await ask(access, database, { sql: SLOW, in: 'server' })
  const row = rows[0]
  if (!row) return []
  return [
    ['Version', row.version],
    ['Data size', sizeOfPlan(Number(row.bytes), storageMb)],
    ['Tables', row.tables],
    ['Connections', connectionsOfLogins(Number(row.busiest), database.connections, Number(row.open))],
    ['Queries', row.longest === null ? 'none runs' : `${row.running} running, the oldest for ${row.longest} s`],
    ['Slow queries', slowOnes(Number(slow.rows[0]?.[0]))],
    ['Cache hit', row.hits === null ? '-' : `${row.hits} %`],
    ['Log of changes', `${sizeOfPlan(Number(row.wal), undefined)} of the whole server`],
    ['TLS', row.ssl],
  ]
}

function slowOnes(count: number): string {
  if (count === 0) return `none takes ${SLOW_MS / 1_000} s on average`
  return `${count} of ${SLOW_MS / 1_000} s and more on average: paas pg:outliers`
}
