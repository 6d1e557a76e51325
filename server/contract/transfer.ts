import { z } from 'zod'
import { AddonName } from './addon.ts'
import { Timestamp } from './names.ts'

export const TransferState = z.enum(['running', 'succeeded', 'failed'])

/** Data on their way into a database. Until it has succeeded, the database is as it was. */
export const Transfer = z.object({
  id: z.string(),
  /** `c001` */
  name: z.string(),
  app: z.string(),
  kind: z.enum(['import', 'copy', 'fork']),
  /** `db.example.com/shop`, another addon, or `a file`; never a login. */
  source: z.string(),
  /** The addon that is filled; null of a fork that is not made yet. */
  addon: z.string().nullable(),
  /** What was made of it before, where there was something in it. */
  backup: z.string().nullable(),
  state: TransferState,
  /** What is being done now, and how many bytes have come. */
  step: z.string().nullable(),
  bytes: z.int().min(0),
  why: z.string().nullable(),
  createdAt: Timestamp,
  endedAt: Timestamp.nullable(),
})
export type Transfer = z.infer<typeof Transfer>

/** The name of the addon, where there is something in it: a backup is made of that, then all of it is replaced. */
const confirm = z.string().max(80).optional()

export const ImportFrom = z.strictObject({ url: z.string().min(1).max(2_000), confirm })
export const CopyAddon = z.strictObject({ to: z.string().min(1).max(80), confirm })
export const ForkAddon = z.strictObject({
  name: AddonName.optional(),
  plan: z.string().max(40).optional(),
  version: z.string().max(20).optional(),
})
export const ImportQuery = z.object({ confirm })
export const ExportQuery = z.object({ form: z.enum(['custom', 'sql']).optional() })
