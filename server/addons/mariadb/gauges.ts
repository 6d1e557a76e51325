import type { Database, Gauge, Plan, ServerAccess } from '../addon-service.ts'
import { nearlyAllOpen, nearlyAllStored } from '../sizes.ts'
import { ask } from './session.ts'

const MB = 1024 ** 2

/** The limit of connections is of one login, so the busiest one counts. */
export async function mariadbGauges(access: ServerAccess, database: Database, plan: Plan): Promise<Gauge[]> {
  const [row = []] = await ask(access, `SELECT ${bytesOf(database)}, ${busiestOf(database)};`)
  const [bytes = 0, open = 0] = row.map(Number)
  const { connections, storageMb } = plan
  const gauges: Gauge[] = [
    { name: 'connections', used: open, limit: connections, words: nearlyAllOpen(open, connections) },
  ]
  const mb = Math.ceil(bytes / MB)
  if (storageMb !== undefined)
    gauges.push({ name: 'storage', used: mb, limit: storageMb, words: nearlyAllStored(mb, storageMb) })
  return gauges
}

/** Expressions, each of one number. */
export function bytesOf({ name }: Database): string {
  return `(SELECT coalesce(sum(DATA_LENGTH + INDEX_LENGTH), 0) FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = '${name}' AND TABLE_TYPE = 'BASE TABLE')`
}

export function busiestOf({ name }: Database): string {
  return `(SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM information_schema.PROCESSLIST
    WHERE DB = '${name}' GROUP BY USER) AS logins)`
}
