import type { Database, Info, ServerAccess } from '../addon-service.ts'
import { ask } from './session.ts'

export async function mariadbInformation(access: ServerAccess, { name, connections }: Database): Promise<Info> {
  const [row = []] = await ask(access, factsOf(name))
  const [version = '-', bytes = '0', tables = '-', open = '-', hits = '-', ssl = '-'] = row
  return [
    ['Version', version],
    ['Data size', `${(Number(bytes) / 1024 ** 2).toFixed(1)} MB`],
    ['Tables', tables],
    ['Connections', `${open}, at most ${connections} of an app`],
    ['Cache hit', hits === 'NULL' ? '-' : `${hits} %`],
    ['TLS', ssl === 'YES' ? 'on' : 'off'],
  ]
}

function factsOf(name: string): string {
  const status = (variable: string) =>
    `(SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'INNODB_BUFFER_POOL_${variable}')`
  const own = `FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${name}' AND TABLE_TYPE = 'BASE TABLE'`
  return `SELECT substring_index(version(), '-', 1), (SELECT coalesce(sum(DATA_LENGTH + INDEX_LENGTH), 0) ${own}),
    (SELECT count(*) ${own}), (SELECT count(*) FROM information_schema.PROCESSLIST WHERE DB = '${name}'),
    round(100 * (1 - ${status('READS')} / nullif(${status('READ_REQUESTS')}, 0)), 2), @@have_ssl;`
}
