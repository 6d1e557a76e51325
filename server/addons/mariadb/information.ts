import type { Database, Info, Plan, ServerAccess } from '../addon-service.ts'
import { connectionsOfLogins, sizeOfPlan } from '../sizes.ts'
import { busiestOf, bytesOf } from './gauges.ts'
import { ask } from './session.ts'

export async function mariadbInformation(access: ServerAccess, database: Database, plan: Plan): Promise<Info> {
  const [row = []] = await ask(access, factsOf(database))
  const [version = '-', bytes = '0', tables = '-', open, busiest, running, longest, hits = '-', ssl = '-'] = row
  return [
    ['Version', version],
    ['Data size', sizeOfPlan(Number(bytes), plan.storageMb)],
    ['Tables', tables],
    ['Connections', connectionsOfLogins(Number(busiest), database.connections, Number(open))],
    ['Queries', running === '0' ? 'none runs' : `${running} running, the oldest for ${longest} s`],
    ['Cache hit', hits === 'NULL' ? '-' : `${hits} %`],
    ['TLS', ssl === 'YES' ? 'on' : 'off'],
  ]
}

function factsOf(database: Database): string {
  const status = (variable: string) =>
    `(SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'INNODB_BUFFER_POOL_${variable}')`
  const sessions = `FROM information_schema.PROCESSLIST WHERE DB = '${database.name}'`
  return `SELECT substring_index(version(), '-', 1), ${bytesOf(database)},
    (SELECT count(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${database.name}' AND TABLE_TYPE = 'BASE TABLE'),
    (SELECT count(*) ${sessions}), ${busiestOf(database)}, (SELECT count(*) ${sessions} AND COMMAND <> 'Sleep'),
    (SELECT round(max(TIME_MS) / 1000, 1) ${sessions} AND COMMAND <> 'Sleep'),
    round(100 * (1 - ${status('READS')} / nullif(${status('READ_REQUESTS')}, 0)), 2), @@have_ssl;`
}
