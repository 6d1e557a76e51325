import { text } from 'node:stream/consumers'
import { PaasError } from '../../errors.ts'
import type { ServerAccess } from '../addon-service.ts'

const TEXT = '--default-character-set=utf8mb4 --batch --skip-column-names'
/** Of what the server said when it refused. */
const KEPT_CHARACTERS = 500
const ESCAPES: Record<string, string> = { '\\t': '\t', '\\n': '\n', '\\0': '\0', '\\\\': '\\' }

/** Statements as the account of the platform, one after the other until one fails. All rows that they answer, as text. */
export async function ask(access: ServerAccess, sql: string): Promise<string[][]> {
  return await answerOf(access, sql, besideServer('mariadb', TEXT))
}

/** Throws while the server does not take connections yet; waits a little for it, because each look is a program of its own. */
export async function mariadbReady(access: ServerAccess, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await answerOf(access, 'SELECT 1;', besideServer('mariadb', TEXT, { before: UNTIL_THERE }))
}

const UNTIL_THERE = 'n=0; until [ -S "$PAAS_DATA_DIRECTORY/s/m" ] || [ $n -ge 40 ]; do n=$((n + 1)); sleep 0.05; done; '

/** A program of MariaDB on the server's own socket, as the user that it runs as. `options` is constant text; values follow. */
export function besideServer(
  program: string,
  options: string,
  { before = '', values = [] }: { before?: string; values?: string[] } = {},
): string[] {
  const line = `${before}exec ${program} --no-defaults --socket="$PAAS_DATA_DIRECTORY/s/m" --user="$(id -un)" ${options} "$@"`
  return ['/bin/sh', '-c', line, program, ...values]
}

export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** Lines of values with tabs between them, as the client prints them for programs. */
export function rowsOf(printed: string): string[][] {
  const lines = printed.split('\n').slice(0, -1)
  return lines.map((line) =>
    line.split('\t').map((value) => value.replace(/\\[tn0\\]/g, (found) => ESCAPES[found] ?? '')),
  )
}

async function answerOf(access: ServerAccess, sql: string, command: string[]): Promise<string[][]> {
  const pipe = await access.pipe(command)
  pipe.stdin.on('error', () => {})
  pipe.stdin.end(sql)
  const [code, printed, said] = await Promise.all([pipe.exited, text(pipe.stdout), text(pipe.stderr)])
  if (code === 0) return rowsOf(printed)
  const reason = said.trim().slice(-KEPT_CHARACTERS) || `mariadb ended with ${code}`
  throw new PaasError('failed', 'addon.statement', `MariaDB did not do it: ${reason}`)
}
