/** Structured lines on stderr, one JSON object each; the process manager keeps them. Values named like secrets never appear. */
export type LogFields = Record<string, string | number | boolean | null | undefined>
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const SECRET_NAME = /secret|password|token|key|authorization|cookie/i

export type Log = {
  [Level in LogLevel]: (event: string, fields?: LogFields) => void
}

/** `write` receives finished lines; tests hand in their own. */
export function createLog(
  program: string,
  minimum: LogLevel = 'info',
  write: (line: string) => void = (line) => process.stderr.write(line),
): Log {
  const order: LogLevel[] = ['debug', 'info', 'warn', 'error']
  const emit =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (order.indexOf(level) < order.indexOf(minimum)) return
      const safe = Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [name, SECRET_NAME.test(name) ? '[redacted]' : value]),
      )
      write(`${JSON.stringify({ time: new Date().toISOString(), level, program, event, ...safe })}\n`)
    }
  return { debug: emit('debug'), info: emit('info'), warn: emit('warn'), error: emit('error') }
}
