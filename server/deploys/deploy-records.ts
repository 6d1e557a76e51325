import { EventEmitter, on } from 'node:events'
import type { Deploy, DeployState } from '../contract/release.ts'
import type { Database } from '../db/database.ts'
import { newId } from '../db/ids.ts'
import { PaasError } from '../errors.ts'

export type DeployKind = 'push' | 'config' | 'rollback'

export type DeployRecord = {
  id: string
  appId: string
  kind: DeployKind
  state: DeployState
  /** True from the router's acknowledgement of the swap. */
  serving: boolean
  buildId: string | null
  release: number | null
  oldRelease: number | null
  /** Name of the release-phase run, written before it is started: at most once per attempt. */
  releaseRun: string | null
  leaseOwner: string | null
  attempt: number
  reason: string | null
  userId: string | null
  createdAt: Date
  updatedAt: Date
}

export type DeployChanges = Partial<
  Pick<DeployRecord, 'serving' | 'buildId' | 'release' | 'oldRelease' | 'releaseRun' | 'attempt' | 'reason'>
>

const FINAL: readonly DeployState[] = ['live', 'failed', 'canceled', 'superseded']
/** Between the queue and the swap: at most one per app (a unique index holds it too). */
export const ACTIVE: readonly DeployState[] = [
  'fetching',
  'building',
  'built',
  'releasing',
  'starting',
  'probing',
  'promoting',
]

export function isFinal(state: DeployState): boolean {
  return FINAL.includes(state)
}

const COLUMNS = {
  serving: 'serving',
  buildId: 'build_id',
  release: 'release',
  oldRelease: 'old_release',
  releaseRun: 'release_run',
  attempt: 'attempt',
  reason: 'reason',
} as const satisfies Record<keyof DeployChanges, string>

/** One row per attempt to put something live (RELIABILITY 5.1). Every change of state is written here before it is acted on. */
export class DeployRecords {
  readonly #db: Database
  readonly #bootId: string
  readonly #changes = new EventEmitter().setMaxListeners(0)

  /** `bootId` names this run of the server: a row leased by another one was interrupted. */
  constructor(db: Database, bootId: string) {
    this.#db = db
    this.#bootId = bootId
  }

  insert(values: {
    appId: string
    kind: DeployKind
    buildId?: string
    release?: number
    userId: string | null
  }): DeployRecord {
    const id = newId('dep')
    const now = Date.now()
    this.#db.transaction(() => {
      this.#db.run(
        `INSERT INTO deploys (id, app_id, kind, state, build_id, release, lease_owner, user_id, created_at, updated_at)
         VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?)`,
        id,
        values.appId,
        values.kind,
        values.buildId ?? null,
        values.release ?? null,
        this.#bootId,
        values.userId,
        now,
        now,
      )
      this.#event(id, 'queued', null)
    })
    return this.get(id)
  }

  /** The one place that changes a state. A final state never changes again. */
  move(id: string, state: DeployState, changes: DeployChanges = {}): DeployRecord {
    this.#db.transaction(() => {
      const before = this.get(id)
      if (isFinal(before.state)) throw new Error(`deploy ${id} is ${before.state} and cannot become ${state}`)
      const assignments = ['state = ?', 'lease_owner = ?', 'updated_at = ?']
      const values: (string | number | null)[] = [state, this.#bootId, Date.now()]
      for (const [name, value] of Object.entries(changes)) {
        assignments.push(`${COLUMNS[name as keyof DeployChanges]} = ?`)
        values.push(typeof value === 'boolean' ? Number(value) : value)
      }
      this.#db.run(`UPDATE deploys SET ${assignments.join(', ')} WHERE id = ?`, ...values, id)
      this.#event(id, state, changes.reason ?? null)
    })
    const record = this.get(id)
    queueMicrotask(() => this.#changes.emit(id, record))
    return record
  }

  find(id: string): DeployRecord | undefined {
    const row = this.#db.get<DeployRow>('SELECT * FROM deploys WHERE id = ?', id)
    return row && fromRow(row)
  }

  get(id: string): DeployRecord {
    const record = this.find(id)
    if (!record) throw new PaasError('not-found', 'deploy.not-found', `There is no deploy ${id}.`)
    return record
  }

  ofBuild(buildId: string): DeployRecord | undefined {
    const row = this.#db.get<DeployRow>('SELECT * FROM deploys WHERE build_id = ? ORDER BY created_at DESC', buildId)
    return row && fromRow(row)
  }

  /** Everything that has not ended, oldest first. */
  unfinished(appId?: string): DeployRecord[] {
    const where = `state NOT IN (${FINAL.map((state) => `'${state}'`).join(', ')})`
    const rows = appId
      ? this.#db.all<DeployRow>(`SELECT * FROM deploys WHERE ${where} AND app_id = ? ORDER BY created_at, id`, appId)
      : this.#db.all<DeployRow>(`SELECT * FROM deploys WHERE ${where} ORDER BY created_at, id`)
    return rows.map(fromRow)
  }

  /** Left behind by an earlier run of the server. */
  interrupted(): DeployRecord[] {
    return this.unfinished().filter((record) => record.leaseOwner !== this.#bootId)
  }

  /** The present record, then every change, until it is final or the signal fires. */
  async *watch(id: string, signal: AbortSignal): AsyncGenerator<DeployRecord> {
    const changes = on(this.#changes, id, { signal })
    let record = this.get(id)
    yield record
    try {
      while (!isFinal(record.state)) {
        const { value } = await changes.next()
        record = (value as [DeployRecord])[0]
        yield record
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      await changes.return?.()
    }
  }

  #event(id: string, state: DeployState, detail: string | null): void {
    this.#db.run(
      'INSERT INTO deploy_events (deploy_id, at, state, detail) VALUES (?, ?, ?, ?)',
      id,
      Date.now(),
      state,
      detail,
    )
  }
}

/** The API's view of a record. */
export function deployView(record: DeployRecord, app: string): Deploy {
  return {
    id: record.id,
    app,
    state: record.state,
    serving: record.serving,
    final: isFinal(record.state),
    release: record.release,
    build: record.buildId,
    reason: record.reason,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  }
}

type DeployRow = {
  id: string
  app_id: string
  kind: DeployKind
  state: DeployState
  serving: number
  build_id: string | null
  release: number | null
  old_release: number | null
  release_run: string | null
  lease_owner: string | null
  attempt: number
  reason: string | null
  user_id: string | null
  created_at: number
  updated_at: number
}

function fromRow(row: DeployRow): DeployRecord {
  return {
    id: row.id,
    appId: row.app_id,
    kind: row.kind,
    state: row.state,
    serving: row.serving === 1,
    buildId: row.build_id,
    release: row.release,
    oldRelease: row.old_release,
    releaseRun: row.release_run,
    leaseOwner: row.lease_owner,
    attempt: row.attempt,
    reason: row.reason,
    userId: row.user_id,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}
