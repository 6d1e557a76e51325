import { nextTime } from './schedule.ts'
import type { ScheduleRecord } from './schedules.ts'

/** Backups that come every minute need not alarm every other one. */
const LEAST_MS = 3_600_000

type Watched = Pick<ScheduleRecord, 'pattern' | 'timezone' | 'createdAt'>

/** Whether no backup was proved for twice as long as lies between two. */
export function late(schedule: Watched, provedAt: Date | null, now: Date): boolean {
  const since = Math.max(provedAt?.getTime() ?? 0, schedule.createdAt.getTime())
  return now.getTime() - since > patienceOf(schedule, now)
}

/** Whether somebody should hear that it is late, and has not heard of it in that time. */
export function overdue(
  schedule: Watched & Pick<ScheduleRecord, 'alarmedAt'>,
  provedAt: Date | null,
  now: Date,
): boolean {
  if (!late(schedule, provedAt, now)) return false
  return schedule.alarmedAt === null || now.getTime() - schedule.alarmedAt.getTime() > patienceOf(schedule, now)
}

function patienceOf(schedule: Watched, now: Date): number {
  const next = nextTime(schedule, now)
  return 2 * Math.max(LEAST_MS, nextTime(schedule, next).getTime() - next.getTime())
}
