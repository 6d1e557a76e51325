import { z } from 'zod'
import { HostName, Timestamp } from './names.ts'

export const Domain = z.object({
  host: z.string(),
  /** default: `<app>.<base domain>`, given by the box. */
  kind: z.enum(['default', 'custom']),
  createdAt: Timestamp.nullable(),
})
export type Domain = z.infer<typeof Domain>
export const AddDomain = z.object({ host: HostName })
