const ESC = '\\u001b'
/** Colours (`ESC [ ... m`) stay; other escape sequences and control characters but the tab go. */
const UNSAFE = new RegExp(
  [
    `(${ESC}\\[[0-9;:]*m)`,
    `${ESC}\\[[0-?]*[ -/]*[@-~]`,
    `${ESC}[\\]PX^_][^\\u0007\\u001b]*(?:\\u0007|${ESC}\\\\)?`,
    `${ESC}.?`,
    '[\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f]',
  ].join('|'),
  'gu',
)

/** Ends every colour and style that was begun; `ESC [ m` does the same. */
const PLAIN = '\u001b[0m'
const BEGINS_PLAIN = new RegExp(`^${ESC}\\[0*m`, 'u')

/**
 * Log lines, reasons and names come from apps and their visitors: without this, a request path could set the
 * terminal's title or worse, and one line could colour or hide those that follow.
 */
export function printable(text: string): string {
  const safe = text.replace(UNSAFE, (_, color: string | undefined) => color ?? '')
  return endsPlain(safe) ? safe : safe + PLAIN
}

function endsPlain(text: string): boolean {
  const last = text.lastIndexOf('\u001b')
  return last < 0 || BEGINS_PLAIN.test(text.slice(last))
}
