import { z } from 'zod'
import { AppName, Timestamp } from './names.ts'

/** `postgresql-curved-12345`: a DNS label, because attached apps know it by a host name made of it. */
export const AddonName = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9-]{0,46}[a-z0-9])?$/,
    'use 1 to 48 lower-case letters, digits and dashes, beginning with a letter',
  )
/** The variable is this and `_URL`. */
export const AttachmentName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,59}$/, 'use 1 to 60 capital letters, digits and _, beginning with a letter')

/** failed: it was never made, or what became of it is told by `reason`. */
export const AddonState = z.enum(['creating', 'available', 'changing', 'failed', 'destroying'])
export type AddonState = z.infer<typeof AddonState>

export const Attachment = z.object({
  app: AppName,
  name: AttachmentName,
  /** `DATABASE_URL` */
  variable: z.string(),
})
export type Attachment = z.infer<typeof Attachment>

export const Exposure = z.object({
  address: z.string(),
  port: z.int(),
  /** Addresses and ranges that may connect; empty where it listens for this machine alone. */
  allow: z.array(z.string()),
})
export type Exposure = z.infer<typeof Exposure>

/**
 * `connections`, `memory`, `storage`: nearly all that the plan gives is used. `image-missing`: its server does not run for want
 * of one. The others are of its backups.
 */
export const ConditionCode = z.enum([
  'connections',
  'memory',
  'storage',
  'backup-failing',
  'backup-not-proved',
  'archive-failing',
  'image-missing',
])
export type ConditionCode = z.infer<typeof ConditionCode>

/** What is wrong with it, for as long as it is. */
export const Condition = z.object({ code: ConditionCode, words: z.string(), since: Timestamp })
export type Condition = z.infer<typeof Condition>

/** `app`: one that the reader sees, and the addon belongs or is attached to. */
export const AddonCondition = Condition.extend({ app: AppName, addon: AddonName })
export type AddonCondition = z.infer<typeof AddonCondition>

export const Addon = z.object({
  id: z.string(),
  name: AddonName,
  service: z.string(),
  version: z.string(),
  plan: z.string(),
  state: AddonState,
  /** What is being done now. */
  step: z.string().nullable(),
  reason: z.string().nullable(),
  /** Whose members may change it. */
  app: AppName,
  attachments: z.array(Attachment),
  /** `scheme`: how the URL begins there, such as `rediss`; null: as it does in the app's own. */
  exposed: Exposure.extend({ scheme: z.string().nullable() }).nullable(),
  conditions: z.array(Condition),
  /** The deploy that carries the last change of its attachments to `app`. */
  deploy: z.string().nullable(),
  createdAt: Timestamp,
})
export type Addon = z.infer<typeof Addon>

/** Facts of the running service, in the order in which they are shown. */
export const AddonDetails = Addon.extend({ facts: z.array(z.object({ name: z.string(), value: z.string() })) })
export type AddonDetails = z.infer<typeof AddonDetails>

export const AddonPlan = z.object({
  service: z.string(),
  title: z.string(),
  versions: z.array(z.string()),
  plan: z.string(),
  about: z.string(),
  shared: z.boolean(),
  memoryMb: z.int(),
  connections: z.int(),
  /** What it is meant for; null: its memory is the limit. */
  storageMb: z.int().nullable(),
})
export type AddonPlan = z.infer<typeof AddonPlan>

export const CreateAddon = z.object({
  /** `postgresql`, or another name for it such as `postgres`. */
  service: z.string().min(1).max(40),
  plan: z.string().max(40).optional(),
  version: z.string().max(20).optional(),
  name: AddonName.optional(),
  as: AttachmentName.optional(),
  /** False: the app gets no variable of it, as for one that a backup is brought back into. */
  attach: z.boolean().default(true),
})

export const ChangeAddon = z.object({ name: AddonName.optional(), plan: z.string().max(40).optional() })
export const UpgradeAddon = z.strictObject({
  /** An addon of the same app that nobody uses and nothing is in; it gets the server that this one leaves. */
  to: z.string().min(1).max(80),
  /** Copied and compared, and that is all; `reason` tells how it went. */
  rehearse: z.boolean().default(false),
  /** The name of the addon again, unless it is a rehearsal: apps only read for some time. */
  confirm: z.string().max(80).optional(),
})
export const AttachAddon = z.object({ as: AttachmentName.optional() })
export const ExposeAddon = z.object({
  /** 127.0.0.1 unless said otherwise; any other needs `allow`. */
  address: z.union([z.ipv4(), z.ipv6()]).optional(),
  /** Any free one unless said otherwise. */
  port: z.int().min(1).max(65_535).optional(),
  allow: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .max(100)
    .default([]),
})

/** A change of an app's attachments is a release of that app, unless it has none yet. */
export const AttachmentChange = z.object({
  addon: Addon,
  release: z.int().nullable(),
  deploy: z.string().nullable(),
})

export const Credential = z.object({
  app: AppName,
  user: z.string(),
  state: z.enum(['current', 'retiring']),
  /** With the permission to read secrets only. */
  url: z.string().nullable(),
  createdAt: Timestamp,
})
export type Credential = z.infer<typeof Credential>

export const OpenClient = z.object({
  /** Behind the name of the program: `-c`, `SELECT 1`. */
  arguments: z.array(z.string().max(32_768)).max(64).default([]),
  tty: z.object({ columns: z.int().min(1).max(1000), rows: z.int().min(1).max(1000) }).nullable(),
})
