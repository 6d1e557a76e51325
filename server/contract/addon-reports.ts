import { z } from 'zod'

/** A table of text as it is shown; `null` where there is no value. */
export const AddonReport = z.object({
  name: z.string(),
  about: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.string().nullable())),
})
export type AddonReport = z.infer<typeof AddonReport>

export const EndSessions = z.object({
  /** Of one session, as `ps` shows it; absent: all sessions of the database. */
  pid: z.int().min(1).optional(),
  /** Ends the connection too, not only the query that runs. */
  force: z.boolean().default(false),
})
export const EndedSessions = z.object({ ended: z.int() })

export const ChangeExtension = z.object({
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'is the name of an extension, such as pg_trgm'),
  state: z.enum(['added', 'removed']),
})

/** By name; null goes back to the default of the server. */
export const ChangeDatabaseSettings = z.object({
  settings: z.record(z.string().max(63), z.string().max(200).nullable()),
})
