import type { Database } from '../../db/database.ts'
import type { BackedOfApp } from './backed.ts'
import type { Keep } from './retention.ts'
import { jittered, nextTime, type Times } from './schedule.ts'

export type ScheduleRecord = Times & {
  subject: string
  subjectName: string
  appId: string
  keep: Keep
  /** With jitter. */
  dueAt: Date
  alarmedAt: Date | null
  createdAt: Date
}

type ScheduleRow = {
  subject: string
  subject_name: string
  app_id: string
  pattern: string
  timezone: string
  keep_daily: number
  keep_weekly: number
  keep_monthly: number
  due_at: number
  alarmed_at: number | null
  created_at: number
}

/** The rows of schedules: one for each thing that is backed up by itself. */
export class Schedules {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** In place of the one there is. Throws `schedule.invalid`. */
  put(thing: BackedOfApp, times: Times, keep: Keep, now: Date): ScheduleRecord {
    this.#db.run(
      `INSERT OR REPLACE INTO backup_schedules
         (subject, subject_name, app_id, pattern, timezone, keep_daily, keep_weekly, keep_monthly, due_at, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      thing.id,
      thing.name,
      thing.app.id,
      times.pattern,
      times.timezone,
      keep.daily,
      keep.weekly,
      keep.monthly,
      dueAfter(times, now, thing.id).getTime(),
      now.getTime(),
    )
    const record = this.find(thing.id)
    if (!record) throw new Error('a schedule is there once it is put')
    return record
  }

  find(subject: string): ScheduleRecord | undefined {
    return this.#many('WHERE subject = ?', subject)[0]
  }

  listOf(appId: string): ScheduleRecord[] {
    return this.#many('WHERE app_id = ? ORDER BY subject_name', appId)
  }

  all(): ScheduleRecord[] {
    return this.#many('ORDER BY subject')
  }

  /** False when there was none. */
  remove(subject: string): boolean {
    return this.#db.run('DELETE FROM backup_schedules WHERE subject = ?', subject).changes > 0
  }

  due(now: Date): ScheduleRecord[] {
    return this.#many('WHERE due_at <= ? ORDER BY due_at', now.getTime())
  }

  /** Whatever was missed before `now` is not made up for; `queue` makes one backup, or none. */
  moveOn(schedule: ScheduleRecord, now: Date, queue: () => void): void {
    this.#db.transaction(() => {
      const due = dueAfter(schedule, now, schedule.subject).getTime()
      this.#db.run('UPDATE backup_schedules SET due_at = ? WHERE subject = ?', due, schedule.subject)
      queue()
    })
  }

  alarmed(subject: string, at: Date): void {
    this.#db.run('UPDATE backup_schedules SET alarmed_at = ? WHERE subject = ?', at.getTime(), subject)
  }

  #many(where: string, ...values: (string | number)[]): ScheduleRecord[] {
    return this.#db.all<ScheduleRow>(`SELECT * FROM backup_schedules ${where}`, ...values).map((row) => ({
      subject: row.subject,
      subjectName: row.subject_name,
      appId: row.app_id,
      pattern: row.pattern,
      timezone: row.timezone,
      keep: { daily: row.keep_daily, weekly: row.keep_weekly, monthly: row.keep_monthly },
      dueAt: new Date(row.due_at),
      alarmedAt: row.alarmed_at === null ? null : new Date(row.alarmed_at),
      createdAt: new Date(row.created_at),
    }))
  }
}

function dueAfter(times: Times, now: Date, subject: string): Date {
  return jittered(times, nextTime(times, now), subject)
}
