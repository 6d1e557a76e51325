import { z } from 'zod'
import { ProofState } from './backup.ts'
import { Timestamp } from './names.ts'

const bytes = z.int().min(0)

export const ArchiveBase = z.object({
  id: z.string(),
  state: z.enum(['running', 'succeeded', 'failed']),
  why: z.string().nullable(),
  storedBytes: bytes.nullable(),
  /** Whether this base and the changes after it were restored into a scratch server, and compared. */
  proof: z.object({ state: ProofState, why: z.string().nullable(), at: Timestamp.nullable() }),
  createdAt: Timestamp,
  endedAt: Timestamp.nullable(),
})
export type ArchiveBase = z.infer<typeof ArchiveBase>

/** All changes of an addon, kept so that any moment can be brought back. */
export const Archive = z.object({
  addon: z.string(),
  state: z.enum(['on', 'off', 'failing']),
  /** False of a database in a shared server. */
  possible: z.boolean(),
  /** Why it fails, or ended. */
  why: z.string().nullable(),
  failingSince: Timestamp.nullable(),
  since: Timestamp.nullable(),
  keepDays: z.int().nullable(),
  baseDays: z.int().nullable(),
  /** Every moment within lies in the store; oldest first, more than one where it was interrupted. */
  windows: z.array(z.object({ from: Timestamp, to: Timestamp })),
  lastSegment: z.object({ name: z.string(), at: Timestamp }).nullable(),
  /** What would be lost with the box, and what waits beside the database. */
  lag: z.object({ seconds: z.int(), segments: z.int(), bytes }).nullable(),
  bases: z.array(ArchiveBase),
  storedBytes: bytes,
  provedAt: Timestamp.nullable(),
  /** Seconds since. */
  provedAge: z.int().nullable(),
})
export type Archive = z.infer<typeof Archive>

const days = (most: number) => z.int('use a whole number').min(1, `use 1 to ${most}`).max(most, `use 1 to ${most}`)

export const PutArchive = z.strictObject({
  keepDays: days(35).optional(),
  /** Between two bases. */
  baseDays: days(7).optional(),
})

/** A moment: a time, so many seconds before now, or just before a release was made. */
export const RestoreMoment = z.union([
  z.strictObject({ at: z.iso.datetime({ offset: true, error: 'use a time such as 2026-03-01T12:00:00Z' }) }),
  z.strictObject({ secondsAgo: z.int().min(0) }),
  z.strictObject({ release: z.int().min(1) }),
])
export type RestoreMoment = z.infer<typeof RestoreMoment>
