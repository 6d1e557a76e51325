import { z } from 'zod'

/** `2026-01-31T23:31:16.677020+00:00 app[web.1]: text`; source is app or paas, process is `web.1`, `router`, `api`, `build`. */
export const LogRecord = z.object({
  /** Resume point: pass as `after`, or Last-Event-ID. */
  cursor: z.string(),
  at: z.string(),
  source: z.enum(['app', 'paas']),
  process: z.string(),
  stream: z.enum(['stdout', 'stderr']).optional(),
  text: z.string(),
})
export type LogRecord = z.infer<typeof LogRecord>

export const LOG_LINES_DEFAULT = 100
export const LOG_LINES_MAX = 1500
/** A longer line is cut, and says so. */
export const LOG_LINE_MAX_BYTES = 10_000
