import type { Client } from 'pg'
import { messageOf } from '../../errors.ts'
import type { Database, ReportTable, ServerAccess } from '../addon-service.ts'
import { looking } from './report.ts'
import { BLOAT, UNUSED_INDEXES } from './report-tables.ts'

type Level = 'red' | 'yellow' | 'green'
type Finding = { level: Level; found: string; advice: string }
type Check = { name: string; look(client: Client, database: Database): Promise<Finding> }

const LEVELS: Level[] = ['red', 'yellow', 'green']
const FULL = 0.9
const NEARLY_FULL = 0.7
const GOOD_HIT = 99
const POOR_HIT = 90
const MOST_BLOAT_BYTES = 100 * 1024 ** 2
/** Postgres stops taking writes at 2^31; autovacuum begins at 2 * 10^8. */
const AGED = 1_000_000_000

const CHECKS: readonly Check[] = [
  {
    name: 'connections',
    async look(client, { connections }) {
      const sql = `SELECT usename, count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database()
        AND usename <> 'postgres' GROUP BY 1 ORDER BY 2 DESC LIMIT 1`
      const open = (await client.query<{ n: number }>(sql)).rows[0]?.n ?? 0
      const found = `${open} of ${connections} by the busiest login`
      return graded(open / connections, [NEARLY_FULL, FULL], found, 'use a smaller pool, or paas addons:resize')
    },
  },
  {
    name: 'cache hit',
    async look(client) {
      const sql = `SELECT 100.0 * blks_hit / nullif(blks_hit + blks_read, 0) AS hit, blks_hit + blks_read > 10000 AS known
        FROM pg_stat_database WHERE datname = current_database()`
      const { hit, known } = (await client.query<{ hit: string | null; known: boolean }>(sql)).rows[0] ?? {}
      if (!known || hit === null || hit === undefined) return green('too little was read to tell')
      const found = `${Number(hit).toFixed(1)} % of reads from memory`
      return graded(-Number(hit), [-GOOD_HIT, -POOR_HIT], found, 'more memory (paas addons:resize), or better indexes')
    },
  },
  {
    name: 'old transactions',
    async look(client) {
      const sql = `SELECT count(*)::int AS n, coalesce(max(extract(epoch FROM now() - xact_start)), 0)::int AS oldest
        FROM pg_stat_activity WHERE datname = current_database() AND xact_start < now() - interval '1 minute'
        AND usename <> 'postgres'`
      const { n, oldest } = (await client.query<{ n: number; oldest: number }>(sql)).rows[0] ?? { n: 0, oldest: 0 }
      if (n === 0) return green('none older than a minute')
      return graded(oldest, [60, 3_600], `${n}, the oldest ${oldest} s`, 'see paas pg:ps; end one with paas pg:kill')
    },
  },
  {
    name: 'blocked queries',
    async look(client) {
      const sql = `SELECT count(*)::int AS n FROM pg_stat_activity
        WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`
      const n = (await client.query<{ n: number }>(sql)).rows[0]?.n ?? 0
      return n === 0 ? green('none') : { level: 'red', found: String(n), advice: 'see paas pg:blocking' }
    },
  },
  {
    name: 'bloat',
    async look(client) {
      const sql = `SELECT b.schema || '.' || b.table AS name, waste FROM (${BLOAT}) b
        WHERE waste > bytes * 0.3 ORDER BY waste DESC LIMIT 1`
      const worst = (await client.query<{ name: string; waste: string }>(sql)).rows[0]
      if (!worst) return green('no table is more than 30 % waste')
      const found = `${worst.name}: about ${Math.round(Number(worst.waste) / 1024 ** 2)} MB`
      return graded(
        Number(worst.waste),
        [MOST_BLOAT_BYTES / 10, MOST_BLOAT_BYTES],
        found,
        'VACUUM FULL at a quiet time',
      )
    },
  },
  {
    name: 'unused indexes',
    async look(client) {
      const sql = `SELECT count(*)::int AS n, coalesce(sum(bytes), 0) AS bytes FROM (${UNUSED_INDEXES}) u`
      const { n, bytes } = (await client.query<{ n: number; bytes: string }>(sql)).rows[0] ?? { n: 0, bytes: '0' }
      if (n === 0) return green('none')
      const found = `${n}, ${(Number(bytes) / 1024 ** 2).toFixed(1)} MB`
      return { level: 'yellow', found, advice: 'see paas pg:unused-indexes' }
    },
  },
  {
    name: 'invalid indexes',
    async look(client) {
      const sql = `SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid`
      const names = (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name)
      if (names.length === 0) return green('none')
      return { level: 'yellow', found: names.join(', '), advice: 'REINDEX INDEX CONCURRENTLY, or drop it' }
    },
  },
  {
    name: 'sequences',
    async look(client) {
      const sql = `SELECT schemaname || '.' || sequencename AS name, (last_value::numeric / max_value)::float AS used
        FROM pg_sequences WHERE last_value IS NOT NULL AND increment_by > 0 ORDER BY 2 DESC LIMIT 1`
      const fullest = (await client.query<{ name: string; used: number }>(sql)).rows[0]
      const found = fullest ? `${fullest.name} is ${(fullest.used * 100).toFixed(1)} % used` : 'none'
      return graded(fullest?.used ?? 0, [NEARLY_FULL, FULL], found, 'change the column and the sequence to bigint')
    },
  },
  {
    name: 'transaction ids',
    async look(client) {
      const sql = 'SELECT age(datfrozenxid) AS age FROM pg_database WHERE datname = current_database()'
      const age = Number((await client.query<{ age: number }>(sql)).rows[0]?.age ?? 0)
      return graded(age, [AGED / 2, AGED], `the oldest is ${age} behind`, 'let VACUUM FREEZE run')
    },
  },
]

/** Each check with what it found, the worst first. One that cannot be made says why. */
export async function diagnosis(
  access: ServerAccess,
  database: Database,
): Promise<Pick<ReportTable, 'columns' | 'rows'>> {
  const findings = await looking(access, database.name, async (client) => {
    const made: (Finding & { name: string })[] = []
    for (const { name, look } of CHECKS) made.push({ name, ...(await look(client, database).catch(notMade)) })
    return made
  })
  const sorted = findings.sort((one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level))
  return {
    columns: ['level', 'check', 'found', 'advice'],
    rows: sorted.map(({ level, name, found, advice }) => [level, name, found, advice]),
  }
}

function notMade(error: unknown): Finding {
  return { level: 'yellow', found: messageOf(error), advice: 'it could not be looked at' }
}

function green(found: string): Finding {
  return { level: 'green', found, advice: '' }
}

function graded(value: number, [yellow, red]: [number, number], found: string, advice: string): Finding {
  if (value >= red) return { level: 'red', found, advice }
  return value >= yellow ? { level: 'yellow', found, advice } : green(found)
}
