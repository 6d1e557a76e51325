import { z } from 'zod'

const GB = 1024 ** 3
const bytes = z.int().min(0)
const budget = z
  .number()
  .int('use whole bytes')
  .min(0, 'use a size of 0 or more')
  .max(1_000_000 * GB, 'use at most 1,000,000 GB')

/** What the images and caches of the box may take. */
export const DiskSettings = z.object({
  /** Images of this many releases that served are kept for rollbacks, for every app. */
  keepReleases: z.number().int('use a whole number').min(1, 'keep 1 to 100').max(100, 'keep 1 to 100'),
  /** What this many builds of every app printed and are made of is kept. */
  keepBuilds: z.number().int('use a whole number').min(1, 'keep 1 to 10000').max(10_000, 'keep 1 to 10000'),
  /** Bytes. What rollbacks need is kept beyond it, and said. */
  imageBudget: budget,
  /** Bytes. The build cache is cut down to it, what was used longest ago first. */
  cacheBudget: budget,
})
export type DiskSettings = z.infer<typeof DiskSettings>

const { keepReleases, keepBuilds, imageBudget, cacheBudget } = DiskSettings.shape

/** What is named changes; null goes back to the default. */
export const UpdateDiskSettings = z.strictObject({
  keepReleases: keepReleases.nullable().optional(),
  keepBuilds: keepBuilds.nullable().optional(),
  imageBudget: imageBudget.nullable().optional(),
  cacheBudget: cacheBudget.nullable().optional(),
})
export type UpdateDiskSettings = z.infer<typeof UpdateDiskSettings>

/** `tight`: images and caches are cut down by themselves. `full`: pushes are refused. */
export const DiskState = z.enum(['ample', 'tight', 'full'])
export type DiskState = z.infer<typeof DiskState>

export const DiskUsage = z.object({
  state: DiskState,
  freeBytes: bytes,
  totalBytes: bytes,
  /** The largest first. `app` where it belongs to one. */
  parts: z.array(z.object({ what: z.string(), app: z.string().nullable(), bytes })),
  settings: DiskSettings,
  defaults: DiskSettings,
})
export type DiskUsage = z.infer<typeof DiskUsage>

export const DiskItem = z.object({
  kind: z.enum(['image', 'cache']),
  /** The app's name, null for the cache and for apps that are gone. */
  app: z.string().nullable(),
  /** The image's tag or digest; `build cache`. */
  what: z.string(),
  /** Of an image: what no other image shares. */
  bytes,
  why: z.string(),
})
export type DiskItem = z.infer<typeof DiskItem>

/** What a collection would do now. Volumes, databases and whatever is not labelled as ours are in neither list. */
export const DiskPlan = z.object({
  remove: z.array(DiskItem),
  keep: z.array(DiskItem),
  /** At least so much is freed. */
  bytes,
  warnings: z.array(z.string()),
})
export type DiskPlan = z.infer<typeof DiskPlan>

export const DiskCollected = z.object({
  removed: z.array(DiskItem),
  /** Of the plan, but in use when its turn came. */
  left: z.array(DiskItem),
  freeBytes: bytes,
  warnings: z.array(z.string()),
})
export type DiskCollected = z.infer<typeof DiskCollected>
