import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Names of variables that carry the command through `script`; they are unset before the program starts. */
const COUNT = 'PAAS_TERMINAL_ARGC'
const ARGUMENT = 'PAAS_TERMINAL_ARG_'
const SIZE_COLUMNS = 'PAAS_TERMINAL_COLUMNS'
const SIZE_ROWS = 'PAAS_TERMINAL_ROWS'
const DEVICE_FILE = 'PAAS_TERMINAL_FILE'

/**
 * Runs inside the terminal that script(1) opened. `script` takes a command text only, so the text is constant and the
 * arguments come through the environment; `eval` sees nothing but the counter. Echo is switched on because `script`
 * leaves it off when its own input is a pipe.
 */
const INSIDE = [
  `stty echo cols "$${SIZE_COLUMNS}" rows "$${SIZE_ROWS}"`,
  `tty >"$${DEVICE_FILE}"`,
  'set --',
  'PAAS_N=0',
  `while [ "$PAAS_N" -lt "$${COUNT}" ]; do`,
  `eval "set -- \\"\\$@\\" \\"\\$${ARGUMENT}$PAAS_N\\"; unset ${ARGUMENT}$PAAS_N"`,
  'PAAS_N=$((PAAS_N + 1))',
  'done',
  `unset PAAS_N ${COUNT} ${SIZE_COLUMNS} ${SIZE_ROWS} ${DEVICE_FILE}`,
  'exec "$@"',
].join('\n')

export type TerminalSize = { columns: number; rows: number }

/** Node has no pseudo-terminals; script(1) of util-linux, present on every Debian and Ubuntu, opens one for us. */
export function inTerminal(
  argv: string[],
  size: TerminalSize,
  deviceFile: string,
): { argv: string[]; environment: Record<string, string> } {
  const words = argv.map((word, n) => [`${ARGUMENT}${n}`, word])
  return {
    argv: ['script', '-q', '-e', '-f', '-c', INSIDE, '/dev/null'],
    environment: {
      ...Object.fromEntries(words),
      [COUNT]: String(argv.length),
      [SIZE_COLUMNS]: String(size.columns),
      [SIZE_ROWS]: String(size.rows),
      [DEVICE_FILE]: deviceFile,
      SHELL: '/bin/sh',
      TERM: 'xterm-256color',
    },
  }
}

/** The kernel tells the programs in the terminal (SIGWINCH). Nothing happens when the terminal has already gone. */
export async function resizeTerminal(deviceFile: string, size: TerminalSize): Promise<void> {
  try {
    const device = (await readFile(deviceFile, 'utf8')).trim()
    await promisify(execFile)('stty', ['-F', device, 'cols', String(size.columns), 'rows', String(size.rows)])
  } catch {
    return
  }
}
