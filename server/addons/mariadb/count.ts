import type { Counted, Database, ServerAccess } from '../addon-service.ts'
import { about } from '../backups/facts.ts'
import { ask, quoted } from './session.ts'

/** Of so many tables, the largest, rows are counted while apps work with the database. */
const TABLES = 20
/** All of them together. The server's own estimate of rows is too rough to be compared: what is left then is not told. */
const COUNT_MS = 15_000

/** Tables, views, triggers and routines, and all rows, however long that takes. */
export async function counted(access: ServerAccess, { name }: Database): Promise<Counted> {
  const all = await totals(access, name)
  for (const table of await largest(access, name)) {
    const [[rows] = []] = await ask(access, `SELECT count(*) FROM ${quoted(name)}.${quoted(table)};`)
    put(all.facts, table, Number(rows))
  }
  return all
}

/** As `counted`, but of about the moment at which a dump begins: MariaDB shows nobody the snapshot of another session. */
export async function estimated(access: ServerAccess, { name }: Database): Promise<Counted> {
  const { facts, bytes } = await totals(access, name)
  const until = performance.now() + COUNT_MS
  // The small ones first: one that takes too long leaves no time to those behind it.
  for (const table of (await largest(access, name, TABLES)).reverse()) {
    const rows = await rowsWithin(access, `${quoted(name)}.${quoted(table)}`, until - performance.now())
    if (rows !== undefined) put(facts, table, rows)
  }
  return { facts: Object.fromEntries(Object.entries(facts).map(([fact, count]) => [about(fact), count])), bytes }
}

/** Undefined: it takes longer, or the table went meanwhile. */
async function rowsWithin(access: ServerAccess, table: string, ms: number): Promise<number | undefined> {
  if (ms <= 0) return undefined
  const sql = `SET STATEMENT max_statement_time = ${(ms / 1_000).toFixed(3)} FOR SELECT count(*) FROM ${table};`
  return await ask(access, sql).then(
    (rows) => Number(rows[0]?.[0]),
    () => undefined,
  )
}

async function totals(access: ServerAccess, name: string): Promise<Counted> {
  const own = `FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${name}' AND TABLE_TYPE`
  const sql = `SELECT (SELECT coalesce(sum(DATA_LENGTH + INDEX_LENGTH), 0) ${own} = 'BASE TABLE'),
    (SELECT count(*) ${own} = 'BASE TABLE'), (SELECT count(*) ${own} = 'VIEW'),
    (SELECT count(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '${name}'),
    (SELECT count(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '${name}');`
  const [bytes, tables, views, triggers, routines] = ((await ask(access, sql))[0] ?? []).map(Number)
  const facts = Object.entries({ tables, views, triggers, routines }).map(([fact, count = 0]) => [fact, count] as const)
  return { facts: Object.fromEntries(facts.filter(([, count]) => count > 0)), bytes: bytes ?? 0 }
}

async function largest(access: ServerAccess, name: string, most?: number): Promise<string[]> {
  const rows = await ask(
    access,
    `SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${name}' AND TABLE_TYPE = 'BASE TABLE'
     ORDER BY DATA_LENGTH + INDEX_LENGTH DESC, TABLE_NAME ${most === undefined ? '' : `LIMIT ${most}`};`,
  )
  return rows.map(([table = '']) => table)
}

function put(facts: Counted['facts'], table: string, rows: number): void {
  if (rows > 0) facts[`rows in ${table}`] = rows
}
