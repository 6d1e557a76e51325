import { z } from 'zod'
import { Timestamp } from './names.ts'

export const Domain = z.object({
  host: z.string(),
  /** default: `<app>.<base domain>`, given by the box. */
  kind: z.enum(['default', 'custom']),
  createdAt: Timestamp.nullable(),
})
export type Domain = z.infer<typeof Domain>
/** As the user typed it: the server converts international names and drops a trailing dot before it judges. */
export const AddDomain = z.object({ host: z.string().min(1).max(253) })
