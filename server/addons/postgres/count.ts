import type { Counted, Database, ServerAccess } from '../addon-service.ts'
import { session } from './session.ts'

/** Whole tables are read only up to this size while somebody works with the database; of larger ones its own estimate is taken. */
const READ_BYTES = 64 * 1024 ** 2
/** Of so many tables, the largest, rows are counted. */
const TABLES = 5

type Table = { name: string; quoted: string; bytes: string; estimate: string }

const USERS_TABLES = `FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'`

const TABLE_COUNT = `SELECT count(*) AS count, pg_database_size(current_database()) AS bytes ${USERS_TABLES}`

const LARGEST = `SELECT n.nspname || '.' || c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted,
  pg_table_size(c.oid) AS bytes, coalesce(pg_stat_get_live_tuples(c.oid), 0) AS estimate
  ${USERS_TABLES} ORDER BY pg_table_size(c.oid) DESC, 1 LIMIT ${TABLES}`

/** Tables, and the rows of the largest. `exact` reads them all, however large. */
export async function counted(access: ServerAccess, database: Database, exact: boolean): Promise<Counted> {
  return await session(access, database.name, async (client) => {
    const all = (await client.query<{ count: string; bytes: string }>(TABLE_COUNT)).rows[0]
    const facts: Record<string, number> = { tables: Number(all?.count) }
    for (const { name, quoted, bytes, estimate } of (await client.query<Table>(LARGEST)).rows) {
      const reads = exact || Number(bytes) <= READ_BYTES
      const rows = reads
        ? (await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${quoted}`)).rows[0]?.n
        : estimate
      if (Number(rows) > 0) facts[`rows in ${name}`] = Number(rows)
    }
    return { facts, bytes: Number(all?.bytes) }
  })
}
