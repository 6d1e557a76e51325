import type { Database, Info, ServerAccess } from '../addon-service.ts'
import { session } from './session.ts'

type Row = { version: string; bytes: string; tables: string; open: string; hits: string | null; ssl: string }

const FACTS = `SELECT current_setting('server_version') AS version,
  pg_database_size(current_database()) AS bytes,
  (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')) AS tables,
  (SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()) AS open,
  (SELECT round(100.0 * blks_hit / nullif(blks_hit + blks_read, 0), 2) FROM pg_stat_database
    WHERE datname = current_database()) AS hits,
  current_setting('ssl') AS ssl`

export async function information(access: ServerAccess, database: Database): Promise<Info> {
  const row = await session(access, database.name, async (client) => (await client.query<Row>(FACTS)).rows[0])
  if (!row) return []
  return [
    ['Version', row.version],
    ['Data size', `${(Number(row.bytes) / 1024 ** 2).toFixed(1)} MB`],
    ['Tables', row.tables],
    ['Connections', `${row.open}, at most ${database.connections} of an app`],
    ['Cache hit', row.hits === null ? '-' : `${row.hits} %`],
    ['TLS', row.ssl],
  ]
}
