import type { LogRecord } from '../server/contract/log.ts'
import type { Channel, Style } from './channel.ts'

const COLORS: Style[] = [
  'cyan',
  'yellow',
  'green',
  'magenta',
  'blue',
  'cyanBright',
  'yellowBright',
  'greenBright',
  'magentaBright',
]

/** `2024-10-31T23:31:16.677020+00:00 app[web.1]: msg`, the part before the text in the colour of its process. */
export function logLine(record: LogRecord, out: Channel): string {
  const head = `${microseconds(record.at)} ${record.source}[${record.process}]:`
  return `${out.style(colorOf(record.process), head)} ${record.text}`
}

/** Heroku's form of a time: six digits and `+00:00`. */
function microseconds(at: string): string {
  const [, whole, fraction = '', zone] = /^(.*?:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(at) ?? []
  if (whole === undefined) return at
  return `${whole}.${fraction.padEnd(6, '0').slice(0, 6)}${zone === 'Z' ? '+00:00' : zone}`
}

/** The same process has the same colour in every line and every call. */
function colorOf(process: string): Style {
  let hash = 0
  for (const letter of process) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 9973
  return COLORS[hash % COLORS.length] ?? 'cyan'
}
