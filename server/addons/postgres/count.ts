import type { Client } from 'pg'
import { hasErrorCode, PaasError } from '../../errors.ts'
import type { Counted, Database, ServerAccess } from '../addon-service.ts'
import { about } from '../backups/facts.ts'
import { session } from './session.ts'

/** Of so many tables, the largest, rows are counted while apps work with the database. */
const TABLES = 20
/** All of them together; of those that it was not enough for, the server's own estimate is taken. */
const COUNT_MS = 15_000
/** SQLSTATE: the statement took longer than it may. */
const CANCELED = '57014'
/** SQLSTATE: the lock was not to be had in time. */
const LOCKED = '55P03'
/** SQLSTATE: somebody has dropped the table. */
const GONE = '42P01'
const ATTEMPTS = 3

type Table = { name: string; quoted: string; estimate: string }

/** Those that pg_dump takes rows of: what an extension brings comes with it again. */
export const TABLES_OF_APPS = `FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`

const TABLE_COUNT = `SELECT count(*) AS count, pg_database_size(current_database()) AS bytes ${TABLES_OF_APPS}`

const LARGEST = `SELECT n.nspname || '.' || c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted,
  coalesce(pg_stat_get_live_tuples(c.oid), 0) AS estimate ${TABLES_OF_APPS} ORDER BY pg_table_size(c.oid) DESC, 1`

/** Who owns the database may have set the latter for it, where the server is new enough to know it. */
const PATIENCE = `SELECT set_config(name, CASE name WHEN 'lock_timeout' THEN '60s' ELSE '0' END, false) FROM pg_settings
  WHERE name IN ('lock_timeout', 'transaction_timeout')`

/** All tables and all their rows, however long that takes. */
export async function counted(access: ServerAccess, database: Database): Promise<Counted> {
  const count = async (client: Client) => {
    await client.query(PATIENCE)
    const all = await tables(client)
    for (const table of (await client.query<Table>(LARGEST)).rows) {
      put(all.facts, table.name, await rowsOf(client, table))
    }
    return all
  }
  return await session(access, database.name, count, { queryMs: 0 })
}

type Counting = { bytes: number; snapshot: string; facts: (withinMs?: number) => Promise<Counted['facts']> }

/**
 * The moment at which `facts` counts, which others see by the name of the snapshot as long as the session lasts. The tables are
 * held first: one that is emptied by TRUNCATE would be empty in an older snapshot, too.
 */
export async function countingNow(client: Client): Promise<Counting> {
  await client.query(PATIENCE)
  const held = await hold(client)
  const exported = await client.query<{ id: string }>('SELECT pg_export_snapshot() AS id')
  const { bytes, facts } = await tables(client)
  const all = async (withinMs = COUNT_MS) => ({ ...facts, ...(await rowsNow(client, held, withinMs)) })
  return { bytes, snapshot: exported.rows[0]?.id ?? '', facts: all }
}

async function rowsNow(client: Client, held: Table[], withinMs: number): Promise<Counted['facts']> {
  const facts: Counted['facts'] = {}
  const until = performance.now() + withinMs
  // The small ones first: one that takes too long leaves no time to those behind it.
  for (const table of held.toReversed()) {
    const rows = await rowsWithin(client, table, Math.floor(until - performance.now()))
    const name = rows === undefined ? about(table.name) : table.name
    put(facts, name, rows ?? Number(table.estimate))
  }
  return facts
}

/** As countingNow, to be compared with what was there at about the same time. */
export async function estimated(access: ServerAccess, database: Database): Promise<Counted['facts']> {
  const count = async (client: Client) => (await countingNow(client)).facts()
  const facts = await session(access, database.name, count, { queryMs: 0 })
  return Object.fromEntries(Object.entries(facts).map(([name, count]) => [about(name), count]))
}

/** Nobody changes the shape of the largest tables, or empties them, while the transaction lasts. */
async function hold(client: Client): Promise<Table[]> {
  for (let left = ATTEMPTS; ; left -= 1) {
    const { rows } = await client.query<Table>(`${LARGEST} LIMIT ${TABLES}`)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    try {
      const names = rows.map(({ quoted }) => `ONLY ${quoted}`).join(', ')
      if (names !== '') await client.query(`LOCK TABLE ${names} IN ACCESS SHARE MODE`)
      return rows
    } catch (error) {
      await client.query('ROLLBACK')
      if (hasErrorCode(error, LOCKED)) throw locked(error)
      if (!hasErrorCode(error, GONE) || left === 1) throw error
    }
  }
}

async function tables(client: Client): Promise<Counted> {
  const row = (await client.query<{ count: string; bytes: string }>(TABLE_COUNT)).rows[0]
  return { facts: { tables: Number(row?.count) }, bytes: Number(row?.bytes) }
}

async function rowsOf(client: Client, { quoted }: Table): Promise<number> {
  return Number((await client.query<{ n: string }>(`SELECT count(*) AS n FROM ONLY ${quoted}`)).rows[0]?.n)
}

/** Undefined: it takes longer. */
async function rowsWithin(client: Client, table: Table, ms: number): Promise<number | undefined> {
  if (ms <= 0) return undefined
  await client.query(`SAVEPOINT counting; SET LOCAL statement_timeout = ${ms}`)
  try {
    return await rowsOf(client, table)
  } catch (error) {
    if (!hasErrorCode(error, CANCELED)) throw error
    return undefined
  } finally {
    await client.query('ROLLBACK TO SAVEPOINT counting')
  }
}

function put(facts: Counted['facts'], name: string, rows: number): void {
  if (rows > 0) facts[`rows in ${name}`] = rows
}

function locked(cause: unknown): PaasError {
  const message = 'A table was locked for as long as the backup waited for it.'
  const help = { fix: 'See who holds it, and back up again when it has ended.', command: 'paas pg:locks' }
  return new PaasError('unavailable', 'addon.locked', message, help, { cause })
}
