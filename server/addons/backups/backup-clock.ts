import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { BackedThings } from './backed.ts'
import type { BackupNews } from './backup-news.ts'
import { type BackupHealth, tooLong } from './health.ts'
import type { BackupRecords } from './records.ts'
import type { ScheduleRecord, Schedules } from './schedules.ts'
import { overdue } from './watch.ts'

type ClockParts = {
  records: BackupRecords
  schedules: Schedules
  things: BackedThings
  news: BackupNews
  health: BackupHealth
  now: () => Date
  log: Log
  /** Something was queued. */
  wake: () => void
  /** Between two looks at the clock. */
  tickMs?: number
}

const TICK_MS = 15_000

/** Queues what is due, and says so when none was proved for too long. */
export class BackupClock {
  readonly #parts: ClockParts
  readonly #closing = new AbortController()
  #loop: Promise<void> | undefined

  constructor(parts: ClockParts) {
    this.#parts = parts
  }

  start(): void {
    this.#loop = this.#clockLoop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#loop
  }

  async #clockLoop(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        this.#tick()
      } catch (error) {
        this.#parts.log.error('backups.clock', { reason: messageOf(error) })
      }
      await pause(this.#parts.tickMs ?? TICK_MS, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  #tick(): void {
    const { records, schedules, things, now } = this.#parts
    for (const schedule of schedules.due(now())) {
      const thing = things.find(schedule.subject)
      if (!thing) {
        schedules.remove(schedule.subject)
        continue
      }
      schedules.moveOn(schedule, now(), () => {
        if (!records.isPending(thing.id)) records.queue(thing, 'scheduled', null, now())
      })
      this.#parts.wake()
    }
    for (const schedule of schedules.all()) {
      this.#alarm(schedule)
      this.#parts.health.look(schedule.subject)
    }
  }

  /** Once for each time that none was proved for twice as long as it should take. */
  #alarm(schedule: ScheduleRecord): void {
    const { records, schedules, now } = this.#parts
    const proved = records.lastProved(schedule.subject)
    if (!overdue(schedule, proved?.createdAt ?? null, now())) return
    schedules.alarmed(schedule.subject, now())
    this.#parts.news.tell(schedule, 'backups.not-proved', tooLong(proved))
  }
}
