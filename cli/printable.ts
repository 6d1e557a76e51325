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

/**
 * Log lines, reasons and names come from apps and their visitors: without this, a request path could set the
 * terminal's title or worse.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, (_, color: string | undefined) => color ?? '')
}
