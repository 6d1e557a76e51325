import { z } from 'zod'
import { Timestamp } from './names.ts'

/** pending: its deploy is under way · succeeded: it served or serves · failed: it never did. */
export const ReleaseStatus = z.enum(['pending', 'succeeded', 'failed'])

export const Release = z.object({
  /** 12 reads v12. */
  number: z.int(),
  description: z.string(),
  status: ReleaseStatus,
  /** True for the one that serves. */
  current: z.boolean(),
  by: z.string(),
  createdAt: Timestamp,
  commit: z.string().nullable(),
  build: z.string().nullable(),
  processTypes: z.record(z.string(), z.string().nullable()),
  /** Why it failed. */
  reason: z.string().nullable(),
})
export type Release = z.infer<typeof Release>

/** `to` is a release number; without it the last succeeded one before the current. */
export const Rollback = z.object({ to: z.int().min(1).optional() })

/** queued → fetching → building → built → releasing → starting → probing → promoting → draining → retiring → live. */
export const DeployState = z.enum([
  'queued',
  'fetching',
  'building',
  'built',
  'releasing',
  'starting',
  'probing',
  'promoting',
  'draining',
  'retiring',
  'live',
  'failed',
  'canceled',
  'superseded',
])
export type DeployState = z.infer<typeof DeployState>

export const Deploy = z.object({
  id: z.string(),
  app: z.string(),
  state: DeployState,
  /** True from the moment the new release serves; draining and retiring go on behind it. */
  serving: z.boolean(),
  /** True when the state will not change any more. */
  final: z.boolean(),
  release: z.int().nullable(),
  build: z.string().nullable(),
  reason: z.string().nullable(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type Deploy = z.infer<typeof Deploy>
