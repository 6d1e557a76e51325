import { z } from 'zod'
import { Timestamp } from './names.ts'
import { page } from './page.ts'

const bytes = z.int().min(0)

export const BackupReason = z.enum(['manual', 'scheduled', 'before'])
export const BackupState = z.enum(['queued', 'running', 'succeeded', 'failed'])
/** `waiting` is restored by itself soon. `failed`: it cannot be relied on. */
export const ProofState = z.enum(['none', 'waiting', 'running', 'proved', 'failed'])

export const Backup = z.object({
  id: z.string(),
  /** `b001` by hand, `a002` scheduled, `f003` before something was destroyed. */
  name: z.string(),
  app: z.string(),
  addon: z.string(),
  kind: z.string(),
  reason: BackupReason,
  state: BackupState,
  /** Why it failed. */
  why: z.string().nullable(),
  store: z.enum(['local', 's3']).nullable(),
  object: z.string().nullable(),
  tool: z.string().nullable(),
  /** Plain bytes so far, and about how many there will be. */
  progress: z.object({ bytes, expectedBytes: bytes.nullable(), percent: z.int().nullable() }),
  plainBytes: bytes.nullable(),
  storedBytes: bytes.nullable(),
  storedSha256: z.string().nullable(),
  recipient: z.string().nullable(),
  facts: z.record(z.string(), z.number()).nullable(),
  proof: z.object({ state: ProofState, why: z.string().nullable(), at: Timestamp.nullable() }),
  createdAt: Timestamp,
  startedAt: Timestamp.nullable(),
  endedAt: Timestamp.nullable(),
})
export type Backup = z.infer<typeof Backup>

export const Restore = z.object({
  id: z.string(),
  /** `r001` */
  name: z.string(),
  app: z.string(),
  /** Null: of a moment. */
  backup: z.string().nullable(),
  /** What was backed up or archived. */
  of: z.string().nullable(),
  moment: Timestamp.nullable(),
  /** What is being done. */
  step: z.string().nullable(),
  state: BackupState,
  why: z.string().nullable(),
  /** The new addon; the one that was backed up is as it was. */
  addon: z.string().nullable(),
  createdAt: Timestamp,
  endedAt: Timestamp.nullable(),
})
export type Restore = z.infer<typeof Restore>

const count = z.int('use a whole number').min(0, 'use 0 to 1000').max(1000, 'use 0 to 1000')
export const Keep = z.object({ daily: count, weekly: count, monthly: count })

export const BackupSchedule = z.object({
  addon: z.string(),
  /** Minute, hour, day, month, weekday. */
  pattern: z.string(),
  timezone: z.string(),
  keep: Keep,
  nextAt: Timestamp,
})
export type BackupSchedule = z.infer<typeof BackupSchedule>

export const PutBackupSchedule = z.strictObject({
  pattern: z.string().max(100),
  timezone: z.string().max(64).default('UTC'),
  keep: Keep.partial().default({}),
})

/** How far one could go back for sure. */
export const Protection = z.object({
  addon: z.string(),
  lastBackupAt: Timestamp.nullable(),
  /** When the newest proved backup was made; null: none has been. */
  lastProvedAt: Timestamp.nullable(),
  /** Seconds since. */
  provedAge: z.int().nullable(),
})
export type Protection = z.infer<typeof Protection>

/** The backups are a page, newest first; the rest is about all of them. */
export const Backups = page(Backup).extend({
  restores: z.array(Restore),
  schedules: z.array(BackupSchedule),
  protection: z.array(Protection),
  /** When the recovery key was last shown to anybody; null: it is only on the box. */
  keyShownAt: Timestamp.nullable(),
})
export type Backups = z.infer<typeof Backups>

const S3Place = z.object({
  endpoint: z.string().max(300),
  region: z.string().regex(/^[a-z0-9-]{1,64}$/i, 'use the name of a region, such as eu-central-1'),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'use 3 to 63 lower-case letters, digits, dots and dashes'),
  prefix: z
    .string()
    .regex(
      /^(?:[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*\/?)?$/,
      'use letters, digits, dots, dashes and slashes',
    )
    .max(200)
    .default(''),
  pathStyle: z.boolean().default(false),
  accessKeyId: z.string().regex(/^[\x21-\x7e]{1,128}$/, 'use the access key as it was given'),
})

export const SetBackupStore = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('local') }),
  z.strictObject({
    kind: z.literal('s3'),
    ...S3Place.shape,
    secretAccessKey: z.string().regex(/^[\x21-\x7e]{1,256}$/, 'use the secret key as it was given'),
  }),
])
export type SetBackupStore = z.output<typeof SetBackupStore>

export const BackupStoreView = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('local'), directory: z.string() }),
  z.object({ kind: z.literal('s3'), ...S3Place.shape }),
])
export type BackupStoreView = z.output<typeof BackupStoreView>

export const ShownRecoveryKey = z.object({ identity: z.string(), recipient: z.string() })
