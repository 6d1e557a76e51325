import type { Database, Gauge, Plan, ServerAccess } from '../addon-service.ts'
import { nearlyAllOpen, nearlyAllStored } from '../sizes.ts'
import { looking } from './report.ts'

const MB = 1024 ** 2

/** The limit of connections is of one login, so the busiest one counts. */
const USED = `SELECT pg_database_size(current_database()) AS bytes, coalesce((SELECT max(n) FROM (SELECT count(*) AS n
  FROM pg_stat_activity WHERE datname = current_database() AND usename <> 'postgres' GROUP BY usename) AS each), 0) AS open`

export async function gauges(access: ServerAccess, database: Database, plan: Plan): Promise<Gauge[]> {
  const look = await looking(access, database.name, (client) => client.query<{ bytes: string; open: string }>(USED))
  const row = look.rows[0]
  const { connections, storageMb } = plan
  const open = Number(row?.open)
  const mb = Math.ceil(Number(row?.bytes) / MB)
  const words = nearlyAllOpen(open, connections)
  const gauges: Gauge[] = [{ name: 'connections', used: open, limit: connections, words }]
  if (storageMb !== undefined)
    gauges.push({ name: 'storage', used: mb, limit: storageMb, words: nearlyAllStored(mb, storageMb) })
  return gauges
}
