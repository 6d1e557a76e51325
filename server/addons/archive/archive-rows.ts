import { dateOf, type SumColumns, sumsOf } from '../backups/columns.ts'
import type { Packed } from '../backups/format/pack.ts'
import type { ProofState } from '../backups/records.ts'

export type ArchiveRecord = {
  id: string
  subject: string
  subjectName: string
  appId: string
  addonId: string
  serverId: string
  service: string
  version: string
  plan: string
  database: string
  /** Every moment of so many days is kept. */
  keepDays: number
  /** Between two bases. */
  baseDays: number
  createdAt: Date
  begunAt: Date | null
  endedAt: Date | null
  endedWhy: string | null
  lookedAt: Date | null
  /** When nothing was there that had not been archived. */
  idleAt: Date | null
  spool: { count: number; bytes: number }
  failing: { since: Date; why: string } | null
  toldAt: Date | null
}

export type ArchiveRow = {
  id: string
  subject: string
  subject_name: string
  app_id: string
  addon_id: string
  server_id: string
  service: string
  version: string
  plan: string
  database: string
  keep_days: number
  base_days: number
  created_at: number
  begun_at: number | null
  ended_at: number | null
  ended_why: string | null
  looked_at: number | null
  idle_at: number | null
  spool_count: number
  spool_bytes: number
  failing_at: number | null
  failing_why: string | null
  told_at: number | null
}

export type SegmentRecord = {
  name: string
  storeId: string
  object: string
  sums: Packed
  markAt: Date | null
  createdAt: Date
}

export type BaseState = 'running' | 'succeeded' | 'failed' | 'removed'

export type BaseRecord = {
  id: string
  archiveId: string
  state: BaseState
  why: string | null
  storeId: string | null
  object: string | null
  fromSegment: string | null
  toSegment: string | null
  sums: Packed | null
  proof: ProofState
  proofWhy: string | null
  proofAt: Date | null
  createdAt: Date
  endedAt: Date | null
}

export type SegmentRow = SumColumns & {
  name: string
  store_id: string
  object: string
  mark_at: number | null
  created_at: number
}

export type BaseRow = SumColumns & {
  id: string
  archive_id: string
  state: BaseState
  why: string | null
  store_id: string | null
  object: string | null
  from_segment: string | null
  to_segment: string | null
  proof: ProofState
  proof_why: string | null
  proof_at: number | null
  created_at: number
  ended_at: number | null
}

export function archiveOf(row: ArchiveRow): ArchiveRecord {
  const { failing_at, failing_why } = row
  return {
    id: row.id,
    subject: row.subject,
    subjectName: row.subject_name,
    appId: row.app_id,
    addonId: row.addon_id,
    serverId: row.server_id,
    service: row.service,
    version: row.version,
    plan: row.plan,
    database: row.database,
    keepDays: row.keep_days,
    baseDays: row.base_days,
    createdAt: new Date(row.created_at),
    begunAt: dateOf(row.begun_at),
    endedAt: dateOf(row.ended_at),
    endedWhy: row.ended_why,
    lookedAt: dateOf(row.looked_at),
    idleAt: dateOf(row.idle_at),
    spool: { count: row.spool_count, bytes: row.spool_bytes },
    failing: failing_at === null ? null : { since: new Date(failing_at), why: failing_why ?? '' },
    toldAt: dateOf(row.told_at),
  }
}

export function segmentRecordOf(row: SegmentRow): SegmentRecord {
  const sums = sumsOf(row)
  if (!sums) throw new Error(`segment ${row.name} has no sums`)
  return {
    name: row.name,
    storeId: row.store_id,
    object: row.object,
    sums,
    markAt: dateOf(row.mark_at),
    createdAt: new Date(row.created_at),
  }
}

export function baseOf(row: BaseRow): BaseRecord {
  return {
    id: row.id,
    archiveId: row.archive_id,
    state: row.state,
    why: row.why,
    storeId: row.store_id,
    object: row.object,
    fromSegment: row.from_segment,
    toSegment: row.to_segment,
    sums: sumsOf(row),
    proof: row.proof,
    proofWhy: row.proof_why,
    proofAt: dateOf(row.proof_at),
    createdAt: new Date(row.created_at),
    endedAt: dateOf(row.ended_at),
  }
}
