/** Structured lines on stderr, one JSON object each; the process manager keeps them. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

export type LogFields = Record<string, string | number | boolean | null | undefined>
export type Log = { [Level in LogLevel]: (event: string, fields?: LogFields) => void }

export function createLog(
  minimum: LogLevel,
  write: (line: string) => void = (line) => process.stderr.write(line),
): Log {
  const emit =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(minimum)) return
      write(`${JSON.stringify({ time: new Date().toISOString(), level, program: 'router', event, ...fields })}\n`)
    }
  return { debug: emit('debug'), info: emit('info'), warn: emit('warn'), error: emit('error') }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The system's or node's code (`ECONNREFUSED`, `HPE_INVALID_CONSTANT`); empty when there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
