import type { BackedThings } from './backed.ts'
import type { BackupRecords } from './records.ts'
import type { Schedules } from './schedules.ts'
import { late } from './watch.ts'

type HealthParts = { records: BackupRecords; schedules: Schedules; things: BackedThings; now: () => Date }

/** Whether backups of a thing are made, and can be restored, as far as is known now. */
export class BackupHealth {
  readonly #parts: HealthParts

  constructor(parts: HealthParts) {
    this.#parts = parts
  }

  look(subject: string): void {
    const { records, things } = this.#parts
    const last = records.lastEnded(subject)
    things.condition(subject, 'backup-failing', last?.state === 'failed' ? `${last.name} failed: ${last.why}` : null)
    const words = this.#notProved(subject)
    if (words !== undefined) things.condition(subject, 'backup-not-proved', words)
  }

  /** Undefined: a proof is on its way, and will tell. */
  #notProved(subject: string): string | null | undefined {
    const { records, schedules, now } = this.#parts
    const newest = records.wholeOf(subject)[0]
    if (newest?.proof === 'failed') return `${newest.name} was not proved: ${newest.proofWhy}`
    const schedule = schedules.find(subject)
    const proved = records.lastProved(subject)
    if (schedule && late(schedule, proved?.createdAt ?? null, now())) return tooLong(proved)
    return newest?.proof === 'waiting' || newest?.proof === 'running' ? undefined : null
  }
}

export function tooLong(proved: { name: string; createdAt: Date } | undefined): string {
  const since = proved
    ? `the newest proved one is ${proved.name} of ${proved.createdAt.toISOString()}`
    : 'none ever was'
  return `No backup was proved for too long: ${since}.`
}
