import { Cron as Pattern } from 'croner'

/** A cron schedule, in UTC, where no hour comes twice. Only asked for times: its package's own timers are not used. */
export class CronSchedule {
  readonly #pattern: Pattern | null

  /** Text that the builder has checked; one that is not understood any more never comes due. */
  constructor(text: string) {
    this.#pattern = read(text)
  }

  /** The first moment behind this one, milliseconds since 1970; null: it never comes due again. */
  after(time: number): number | null {
    return this.#pattern?.nextRun(new Date(time))?.getTime() ?? null
  }

  /** The last moment behind `from` and not behind `to`. */
  lastWithin(from: number, to: number): number | null {
    let last: number | null = null
    for (let next = this.after(from); next !== null && next <= to; next = this.after(next)) last = next
    return last
  }
}

function read(text: string): Pattern | null {
  try {
    return new Pattern(text, { timezone: 'UTC', paused: true, sloppyRanges: true })
  } catch {
    return null
  }
}
