import { LOG_LINE_MAX_BYTES } from '../contract/log.ts'

export type LogEntry = {
  at: Date
  source: 'app' | 'paas'
  process: string
  stream?: 'stdout' | 'stderr'
  text: string
}
/** As stored: one JSON object per line. */
export type StoredLine = Omit<LogEntry, 'at'> & { at: string }
export type LineFilter = { process?: string; source?: 'app' | 'paas' }

/** Chooses and reads stored lines. */
export type LineReader = {
  /** False when no line in these bytes can be wanted: spares looking at each. */
  mayHold(bytes: Buffer): boolean
  /** Undefined when it is damaged or not wanted. */
  read(line: Buffer): StoredLine | undefined
}

/** UTF-8 takes at most this many bytes per UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3

/** A line whose time makes no sense is worth keeping: it gets the present. */
export function encodeLine(entry: LogEntry): string {
  const { source, process, stream } = entry
  const at = Number.isNaN(entry.at.getTime()) ? new Date() : entry.at
  return `${JSON.stringify({ at: at.toISOString(), source, process, stream, text: cutText(entry.text) })}\n`
}

/** Texts over LOG_LINE_MAX_BYTES end with how much is missing. */
export function cutText(text: string): string {
  if (text.length * MAX_BYTES_PER_UNIT <= LOG_LINE_MAX_BYTES) return text
  const bytes = Buffer.from(text)
  if (bytes.length <= LOG_LINE_MAX_BYTES) return text
  const kept = new TextDecoder().decode(bytes.subarray(0, LOG_LINE_MAX_BYTES), { stream: true })
  return `${kept} [cut: ${bytes.length - LOG_LINE_MAX_BYTES} bytes more]`
}

/** `web` wants web.1, web.2, ...; `web.1` only itself. */
export function lineReader({ process, source }: LineFilter): LineReader {
  const hints = [
    ...(process === undefined ? [] : [Buffer.from(`"process":${JSON.stringify(process).slice(0, -1)}`)]),
    ...(source === undefined ? [] : [Buffer.from(`"source":"${source}"`)]),
  ]
  const mayHold = (bytes: Buffer) => hints.every((hint) => bytes.includes(hint))
  return {
    mayHold,
    read(bytes) {
      const line = mayHold(bytes) ? decodeLine(bytes) : undefined
      if (!line || (source !== undefined && line.source !== source)) return undefined
      return process === undefined || isProcess(line.process, process) ? line : undefined
    },
  }
}

function isProcess(name: string, wanted: string): boolean {
  return name === wanted || name.startsWith(`${wanted}.`)
}

function decodeLine(bytes: Buffer): StoredLine | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    const whole = typeof value === 'object' && value !== null && 'text' in value && 'process' in value
    return whole ? (value as StoredLine) : undefined
  } catch {
    return undefined
  }
}
