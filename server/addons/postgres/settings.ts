import { PaasError } from '../../errors.ts'
import type { Database, ReportTable, ServerAccess } from '../addon-service.ts'
import { ask } from './report.ts'
import { quoted } from './roles.ts'
import { session } from './session.ts'

/** What an app may set for all connections to its database, and what it is for. */
const SETTINGS: Record<string, string> = {
  deadlock_timeout: 'how long a lock is waited for before it is logged as one',
  default_transaction_isolation: 'of transactions that ask for none',
  idle_in_transaction_session_timeout: 'ends sessions that hold a transaction open and do nothing',
  lock_timeout: 'gives up on a lock after this long',
  log_lock_waits: 'writes to the log who waits for a lock',
  log_min_duration_statement: 'writes statements to the log that took longer, in ms; -1: none',
  log_statement: 'writes statements to the log: none, ddl, mod or all',
  random_page_cost: 'how dear a read at a random place is to the planner',
  statement_timeout: 'ends statements that take longer; 0: never',
  timezone: 'of times without one',
  track_functions: 'counts calls of functions: none, pl or all',
  work_mem: 'memory of each sort or hash before it goes to disk',
}
const NAMES = Object.keys(SETTINGS)
  .map((name) => `'${name}'`)
  .join(', ')
const CURRENT = `SELECT s.name, coalesce(split_part(own.entry, '=', 2), s.setting || coalesce(' ' || s.unit, '')) AS value,
    CASE WHEN own.entry IS NULL THEN 'default' ELSE 'set' END AS source, s.short_desc AS about
  FROM pg_settings s LEFT JOIN (
    SELECT unnest(setconfig) AS entry FROM pg_db_role_setting r JOIN pg_database d ON d.oid = r.setdatabase
    WHERE d.datname = current_database() AND r.setrole = 0
  ) own ON lower(split_part(own.entry, '=', 1)) = lower(s.name) WHERE lower(s.name) IN (${NAMES}) ORDER BY s.name`

export async function settingsReport(
  access: ServerAccess,
  database: Database,
): Promise<Pick<ReportTable, 'columns' | 'rows'>> {
  const { columns, rows } = await ask(access, database, { sql: CURRENT })
  const about = rows.map(([name, value, source]) => [
    name ?? '',
    value ?? '',
    source ?? '',
    SETTINGS[(name ?? '').toLowerCase()] ?? '',
  ])
  return { columns, rows: about }
}

export function isSettable(name: string): boolean {
  return Object.hasOwn(SETTINGS, name)
}

/** All of them or, where one is wrong, none. In force for connections made from now on. */
export async function changeSettings(
  access: ServerAccess,
  { name: database }: Database,
  settings: Record<string, string | null>,
): Promise<void> {
  const strange = Object.keys(settings).filter((name) => !isSettable(name))
  if (strange.length > 0) throw notSettable(strange)
  await session(access, database, async (client) => {
    await client.query('BEGIN')
    for (const [name, value] of Object.entries(settings)) {
      const target = `ALTER DATABASE ${quoted(database)}`
      const change = value === null ? `RESET ${name}` : `SET ${name} = ${client.escapeLiteral(value)}`
      await client.query(`${target} ${change}`)
    }
    await client.query('COMMIT')
  }).catch((error: unknown) => {
    if (!(error instanceof Error)) throw error
    throw new PaasError('invalid', 'addon.setting', `That was not taken: ${error.message}.`, {
      fix: 'Nothing was changed.',
      command: 'paas pg:settings',
    })
  })
}

function notSettable(names: string[]): PaasError {
  return new PaasError('invalid', 'addon.unknown-setting', `Not to be set for a database: ${names.join(', ')}.`, {
    fix: `Choose of ${Object.keys(SETTINGS).join(', ')}.`,
    command: 'paas pg:settings',
  })
}
