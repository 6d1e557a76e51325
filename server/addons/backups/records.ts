import type { Database } from '../../db/database.ts'
import { newId } from '../../db/ids.ts'
import { PaasError } from '../../errors.ts'
import type { BackedOfApp, Dump, Facts } from './backed.ts'
import { dateOf, type SumColumns, sumsOf } from './columns.ts'
import type { Packed } from './format/pack.ts'

export type BackupReason = 'manual' | 'scheduled' | 'before'
export type BackupState = 'queued' | 'running' | 'succeeded' | 'failed' | 'removed'
export type ProofState = 'none' | 'waiting' | 'running' | 'proved' | 'failed'

export type BackupRecord = {
  id: string
  name: string
  appId: string
  subject: string
  subjectName: string
  kind: string
  reason: BackupReason
  state: BackupState
  why: string | null
  storeId: string | null
  object: string | null
  recipient: string | null
  tool: string | null
  facts: Facts | null
  progressBytes: number
  expectedBytes: number | null
  sums: Packed | null
  proof: ProofState
  proofWhy: string | null
  proofAt: Date | null
  createdAt: Date
  startedAt: Date | null
  endedAt: Date | null
}

export type BackupsPage = { limit: number; cursor?: string | undefined; addon?: string | undefined }

/** Heroku's letters. */
const LETTERS: Record<BackupReason, string> = { manual: 'b', scheduled: 'a', before: 'f' }

/** The rows of backups. Each step is written down here before it is taken. */
export class BackupRecords {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  queue(thing: BackedOfApp, reason: BackupReason, userId: string | null, now: Date): BackupRecord {
    return this.#db.transaction(() => {
      const id = newId('bkp')
      this.#db.run(
        `INSERT INTO backups (id, name, app_id, subject, subject_name, kind, reason, state, user_id, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)`,
        id,
        this.#nextName(thing.app.id, LETTERS[reason]),
        thing.app.id,
        thing.id,
        thing.name,
        thing.kind,
        reason,
        userId,
        now.getTime(),
      )
      return this.get(id)
    })
  }

  get(id: string): BackupRecord {
    const record = this.find(id)
    if (record) return record
    throw new PaasError('not-found', 'backup.not-found', `There is no backup ${id}.`, { command: 'paas backups' })
  }

  find(id: string): BackupRecord | undefined {
    return this.#one('WHERE id = ?', id)
  }

  /** By `b001` or its ID. */
  findOf(appId: string, nameOrId: string): BackupRecord | undefined {
    return this.#one('WHERE app_id = ? AND (name = ? OR id = ?)', appId, nameOrId, nameOrId)
  }

  /** Newest first; those that were removed are left out. `addon`: of that one alone. */
  page(appId: string, { limit, cursor, addon }: BackupsPage): { items: BackupRecord[]; next: string | null } {
    const found = this.#many(
      `WHERE app_id = ? AND state <> 'removed' AND (? IS NULL OR subject_name = ?)
        AND (? IS NULL OR (created_at, id) < (SELECT created_at, id FROM backups WHERE id = ?))
        ORDER BY created_at DESC, id DESC LIMIT ?`,
      ...[appId, addon ?? null, addon ?? null, cursor ?? null, cursor ?? null, limit + 1],
    )
    const items = found.slice(0, limit)
    return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null }
  }

  /** All that there are backups of, with the name that it had at the newest. */
  subjectsOf(appId: string): { subject: string; subjectName: string }[] {
    const rows = this.#db.all<{ subject: string; subject_name: string }>(
      `SELECT subject, subject_name, max(created_at) FROM backups WHERE app_id = ? AND state <> 'removed'
        GROUP BY subject ORDER BY max(created_at) DESC`,
      appId,
    )
    return rows.map(({ subject, subject_name }) => ({ subject, subjectName: subject_name }))
  }

  /** The newest that succeeded or failed. */
  lastEnded(subject: string): BackupRecord | undefined {
    const where = `WHERE subject = ? AND state IN ('succeeded', 'failed') ORDER BY created_at DESC, id DESC LIMIT 1`
    return this.#one(where, subject)
  }

  wholeOf(subject: string): BackupRecord[] {
    return this.#many(`WHERE subject = ? AND state = 'succeeded' ORDER BY created_at DESC`, subject)
  }

  lastWhole(subject: string): BackupRecord | undefined {
    return this.#one(`WHERE subject = ? AND state = 'succeeded' ORDER BY created_at DESC LIMIT 1`, subject)
  }

  /** The newest proved one. */
  lastProved(subject: string): BackupRecord | undefined {
    return this.#one(`WHERE subject = ? AND proof = 'proved' ORDER BY created_at DESC LIMIT 1`, subject)
  }

  isPending(subject: string): boolean {
    return this.#one(`WHERE subject = ? AND state IN ('queued', 'running') LIMIT 1`, subject) !== undefined
  }

  nextQueued(): BackupRecord | undefined {
    return this.#one(`WHERE state = 'queued' ORDER BY created_at, id LIMIT 1`)
  }

  nextToProve(): BackupRecord | undefined {
    return this.#one(`WHERE state = 'succeeded' AND proof = 'waiting' ORDER BY created_at, id LIMIT 1`)
  }

  inState(state: BackupState): BackupRecord[] {
    return this.#many('WHERE state = ?', state)
  }

  /** Whose file may still lie somewhere though nobody wants it. */
  leftovers(): BackupRecord[] {
    return this.#many(`WHERE state IN ('failed', 'removed') AND object IS NOT NULL`)
  }

  started(id: string, place: { storeId: string; object: string; recipient: string }, now: Date): void {
    this.#db.run(
      `UPDATE backups SET state = 'running', started_at = ?, store_id = ?, object = ?, recipient = ? WHERE id = ?`,
      now.getTime(),
      place.storeId,
      place.object,
      place.recipient,
      id,
    )
  }

  dumping(id: string, { tool, expectedBytes }: Dump): void {
    this.#db.run('UPDATE backups SET tool = ?, expected_bytes = ? WHERE id = ?', tool, expectedBytes, id)
  }

  progressed(id: string, bytes: number): void {
    this.#db.run('UPDATE backups SET progress_bytes = ? WHERE id = ?', bytes, id)
  }

  succeeded(id: string, { plain, stored }: Packed, facts: Facts, now: Date): void {
    this.#db.run(
      `UPDATE backups SET state = 'succeeded', proof = 'waiting', ended_at = ?, facts = ?, progress_bytes = ?,
         plain_bytes = ?, plain_sha256 = ?, stored_bytes = ?, stored_sha256 = ? WHERE id = ?`,
      now.getTime(),
      JSON.stringify(facts),
      plain.bytes,
      plain.bytes,
      plain.sha256,
      stored.bytes,
      stored.sha256,
      id,
    )
  }

  failed(id: string, why: string, now: Date): void {
    this.#db.run(`UPDATE backups SET state = 'failed', why = ?, ended_at = ? WHERE id = ?`, why, now.getTime(), id)
  }

  removed(id: string): void {
    this.#db.run(`UPDATE backups SET state = 'removed' WHERE id = ?`, id)
  }

  nothingLeft(id: string): void {
    this.#db.run('UPDATE backups SET object = NULL WHERE id = ?', id)
  }

  proving(id: string, proof: ProofState, why: string | null = null, at: Date | null = null): void {
    this.#db.run(
      'UPDATE backups SET proof = ?, proof_why = ?, proof_at = coalesce(?, proof_at) WHERE id = ?',
      proof,
      why,
      at?.getTime() ?? null,
      id,
    )
  }

  #nextName(appId: string, letter: string): string {
    const row = this.#db.get<{ last: number | null }>(
      'SELECT max(CAST(substr(name, 2) AS INTEGER)) AS last FROM backups WHERE app_id = ? AND substr(name, 1, 1) = ?',
      appId,
      letter,
    )
    return `${letter}${String((row?.last ?? 0) + 1).padStart(3, '0')}`
  }

  #one(where: string, ...values: string[]): BackupRecord | undefined {
    return this.#many(where, ...values)[0]
  }

  #many(where: string, ...values: (string | number | null)[]): BackupRecord[] {
    return this.#db.all<BackupRow>(`SELECT * FROM backups ${where}`, ...values).map(recordOf)
  }
}

type BackupRow = SumColumns & {
  id: string
  name: string
  app_id: string
  subject: string
  subject_name: string
  kind: string
  reason: BackupReason
  state: BackupState
  why: string | null
  store_id: string | null
  object: string | null
  recipient: string | null
  tool: string | null
  facts: string | null
  progress_bytes: number
  expected_bytes: number | null
  proof: ProofState
  proof_why: string | null
  proof_at: number | null
  created_at: number
  started_at: number | null
  ended_at: number | null
}

function recordOf(row: BackupRow): BackupRecord {
  return {
    id: row.id,
    name: row.name,
    appId: row.app_id,
    subject: row.subject,
    subjectName: row.subject_name,
    kind: row.kind,
    reason: row.reason,
    state: row.state,
    why: row.why,
    storeId: row.store_id,
    object: row.object,
    recipient: row.recipient,
    tool: row.tool,
    facts: row.facts === null ? null : (JSON.parse(row.facts) as Facts),
    progressBytes: row.progress_bytes,
    expectedBytes: row.expected_bytes,
    sums: sumsOf(row),
    proof: row.proof,
    proofWhy: row.proof_why,
    proofAt: dateOf(row.proof_at),
    createdAt: new Date(row.created_at),
    startedAt: dateOf(row.started_at),
    endedAt: dateOf(row.ended_at),
  }
}
