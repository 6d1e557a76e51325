import type { Backup, BackupSchedule, Backups, Protection, Restore } from '../../contract/backup.ts'
import { textOf } from './columns.ts'
import type { BackupRecord, BackupRecords, BackupsPage } from './records.ts'
import type { RecoveryKeys } from './recovery-key.ts'
import type { RestoreRecord, RestoreRecords } from './restores.ts'
import type { ScheduleRecord, Schedules } from './schedules.ts'

type App = { id: string; name: string }

/** Backups as the API shows them. */
export class BackupViews {
  readonly #records: BackupRecords
  readonly #restores: RestoreRecords
  readonly #schedules: Schedules
  readonly #keys: Pick<RecoveryKeys, 'shownAt'>
  readonly #now: () => Date

  constructor(parts: {
    records: BackupRecords
    restores: RestoreRecords
    schedules: Schedules
    keys: Pick<RecoveryKeys, 'shownAt'>
    now: () => Date
  }) {
    this.#records = parts.records
    this.#restores = parts.restores
    this.#schedules = parts.schedules
    this.#keys = parts.keys
    this.#now = parts.now
  }

  /** A page of backups; the rest is about all of them. */
  list(app: App, query: BackupsPage): Backups {
    const { items, next } = this.#records.page(app.id, query)
    const schedules = this.#schedules.listOf(app.id)
    return {
      items: items.map((record) => this.backup(app, record)),
      next,
      restores: this.#restores.listOf(app.id).map((record) => this.restore(app, record)),
      schedules: schedules.map((record) => this.schedule(record)),
      protection: this.#protection(this.#records.subjectsOf(app.id), schedules),
      keyShownAt: this.#keys.shownAt(),
    }
  }

  backup(app: App, record: BackupRecord): Backup {
    const { plain, stored } = record.sums ?? { plain: null, stored: null }
    return {
      id: record.id,
      name: record.name,
      app: app.name,
      addon: record.subjectName,
      kind: record.kind,
      reason: record.reason,
      state: record.state === 'removed' ? 'failed' : record.state,
      why: record.why,
      store: record.storeId === null ? null : record.storeId === 'local' ? 'local' : 's3',
      object: record.object,
      tool: record.tool,
      progress: progressOf(record),
      plainBytes: plain?.bytes ?? null,
      storedBytes: stored?.bytes ?? null,
      storedSha256: stored?.sha256 ?? null,
      recipient: record.recipient,
      facts: record.facts,
      proof: { state: record.proof, why: record.proofWhy, at: textOf(record.proofAt) },
      createdAt: record.createdAt.toISOString(),
      startedAt: textOf(record.startedAt),
      endedAt: textOf(record.endedAt),
    }
  }

  restore(app: App, record: RestoreRecord): Restore {
    return {
      id: record.id,
      name: record.name,
      app: app.name,
      backup: record.backupId === null ? null : this.#records.get(record.backupId).name,
      of: record.subjectName,
      moment: textOf(record.moment),
      step: record.step,
      state: record.state,
      why: record.why,
      addon: record.restoredTo,
      createdAt: record.createdAt.toISOString(),
      endedAt: textOf(record.endedAt),
    }
  }

  schedule({ subjectName, pattern, timezone, keep, dueAt }: ScheduleRecord): BackupSchedule {
    return { addon: subjectName, pattern, timezone, keep, nextAt: dueAt.toISOString() }
  }

  #protection(backedUp: { subject: string; subjectName: string }[], schedules: ScheduleRecord[]): Protection[] {
    const subjects = new Map([...schedules, ...backedUp].map(({ subject, subjectName }) => [subject, subjectName]))
    return [...subjects].map(([subject, addon]) => {
      const proved = this.#records.lastProved(subject)?.createdAt ?? null
      return {
        addon,
        lastBackupAt: textOf(this.#records.lastWhole(subject)?.createdAt ?? null),
        lastProvedAt: textOf(proved),
        provedAge: proved && Math.max(0, Math.floor((this.#now().getTime() - proved.getTime()) / 1_000)),
      }
    })
  }
}

function progressOf({ progressBytes: bytes, expectedBytes, state }: BackupRecord): Backup['progress'] {
  if (state === 'succeeded') return { bytes, expectedBytes, percent: 100 }
  // What is expected is an estimate: nothing is done before it is.
  const percent = expectedBytes ? Math.min(99, Math.floor((bytes / expectedBytes) * 100)) : null
  return { bytes, expectedBytes, percent }
}
