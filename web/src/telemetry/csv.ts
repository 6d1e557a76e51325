/** What a spreadsheet would take for a formula: it is shown as text behind an apostrophe. */
const FORMULA = /^[=+\-@\t\r]/
const TO_BE_QUOTED = /[",\r\n]/

/** RFC 4180, with a head. */
export function csvText(head: string[], rows: string[][]): string {
  return [head, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('')
}

function csvField(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text
  return TO_BE_QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
