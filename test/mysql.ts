import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { rowsOf } from '../server/addons/mariadb/session.ts'

const run = promisify(execFile)

const TEXT = ['--default-character-set=utf8mb4', '--batch', '--skip-column-names']

/** For tests: statements under a URL as apps get it, on a connection of their own; the rows that they answer, as text. */
export async function mysqlQuery(url: string | undefined, sql: string, ...options: string[]): Promise<string[][]> {
  const { hostname, port, username, password, pathname } = new URL(url ?? '')
  const to = [`--host=${hostname}`, `--port=${port}`, `--user=${username}`, `--database=${pathname.slice(1)}`]
  const { stdout } = await run('mariadb', ['--no-defaults', ...to, ...TEXT, ...options, `--execute=${sql}`], {
    env: { ...process.env, MYSQL_PWD: password },
  })
  return rowsOf(stdout)
}
