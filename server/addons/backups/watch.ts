import { nextTime } from './schedule.ts'
import type { ScheduleRecord } from './schedules.ts'

/** Backups that come every minute need not alarm every other one. */
const LEAST_MS = 3_600_000

/**
 * Whether somebody should hear that no backup was proved for twice as long as lies between two, and has not heard of it in that
 * time.
 */
export function overdue(
  schedule: Pick<ScheduleRecord, 'pattern' | 'timezone' | 'createdAt' | 'alarmedAt'>,
  provedAt: Date | null,
  now: Date,
): boolean {
  const next = nextTime(schedule, now)
  const patience = 2 * Math.max(LEAST_MS, nextTime(schedule, next).getTime() - next.getTime())
  const since = Math.max(provedAt?.getTime() ?? 0, schedule.createdAt.getTime())
  if (now.getTime() - since <= patience) return false
  return schedule.alarmedAt === null || now.getTime() - schedule.alarmedAt.getTime() > patience
}
