import { createHash } from 'node:crypto'
import { Cron } from 'croner'
import { PaasError } from '../../errors.ts'

/** `0 2 * * *` in a time zone; seconds are not for backups. */
export type Times = { pattern: string; timezone: string }

/** Backups of one box do not all begin in the same second, nor do those of many boxes at one store. */
export const JITTER_MS = 10 * 60_000

/** When the next one is due after `after`, without jitter. Throws `schedule.invalid`. */
export function nextTime({ pattern, timezone }: Times, after: Date): Date {
  const next = cron({ pattern, timezone }).nextRun(after)
  if (next) return next
  throw invalid(pattern, 'it names no day that ever comes')
}

/**
 * The same for a subject and a time, so that a restart does not move it: up to ten minutes, but never more than half way to
 * the run after.
 */
export function jittered(times: Times, due: Date, subject: string): Date {
  const digest = createHash('sha256').update(`${subject}|${due.getTime()}`).digest()
  const share = digest.readUInt32BE(0) / 2 ** 32
  const gap = nextTime(times, due).getTime() - due.getTime()
  return new Date(due.getTime() + Math.floor(share * Math.min(JITTER_MS, gap / 2)))
}

/** Throws `schedule.invalid` and says how times are written. */
export function checkTimes(times: Times): void {
  nextTime(times, new Date())
}

function cron({ pattern, timezone }: Times): Cron {
  if (pattern.trim().split(/\s+/).length !== 5) throw invalid(pattern, 'it has not five fields')
  try {
    const parsed = new Cron(pattern, { timezone, paused: true })
    // A zone that there is not is found when it is used.
    parsed.nextRun()
    return parsed
  } catch (cause) {
    throw invalid(`${pattern} ${timezone}`, cause instanceof Error ? cause.message : String(cause))
  }
}

function invalid(pattern: string, why: string): PaasError {
  return new PaasError('invalid', 'schedule.invalid', `${JSON.stringify(pattern)} is no time for backups: ${why}.`, {
    fix: 'Write minute, hour, day, month and weekday, or an hour and a time zone.',
    command: "paas backups:schedule ADDON --at '02:00 Europe/Berlin'",
  })
}
