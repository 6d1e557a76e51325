/** How many are kept of scheduled backups: the newest of each of so many days, weeks and months that have one. */
export type Keep = { daily: number; weekly: number; monthly: number }

export const KEEP_DEFAULT: Keep = { daily: 7, weekly: 4, monthly: 3 }
/** A backup made before something is destroyed is kept so long. */
export const KEEP_FINAL_MS = 7 * 24 * 3_600_000

export type Kept = {
  id: string
  createdAt: Date
  reason: 'manual' | 'scheduled' | 'before'
  /** When it was restored and found right. */
  proved: boolean
}

const DAY_MS = 24 * 3_600_000

/**
 * Which of one subject's whole backups may go now. Never those made by hand, nor the last one, nor the last proved one. Days are
 * those of UTC, weeks begin on Monday.
 */
export function expired(backups: readonly Kept[], keep: Keep, now: Date): string[] {
  const newestFirst = backups.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
  const stays = new Set<string>()
  const hold = (backup: Kept | undefined) => backup && stays.add(backup.id)
  hold(newestFirst[0])
  hold(newestFirst.find(({ proved }) => proved))
  for (const backup of newestFirst) if (isHeld(backup, now)) hold(backup)
  const scheduled = newestFirst.filter(({ reason }) => reason === 'scheduled')
  for (const [count, periodOf] of [
    [keep.daily, dayOf],
    [keep.weekly, weekOf],
    [keep.monthly, monthOf],
  ] as const) {
    for (const backup of newestOfEach(scheduled, periodOf).slice(0, count)) hold(backup)
  }
  return newestFirst.filter(({ id }) => !stays.has(id)).map(({ id }) => id)
}

function isHeld({ reason, createdAt }: Kept, now: Date): boolean {
  if (reason === 'manual') return true
  return reason === 'before' && now.getTime() - createdAt.getTime() < KEEP_FINAL_MS
}

function newestOfEach(newestFirst: readonly Kept[], periodOf: (at: Date) => string): Kept[] {
  const seen = new Map<string, Kept>()
  for (const backup of newestFirst) {
    const period = periodOf(backup.createdAt)
    if (!seen.has(period)) seen.set(period, backup)
  }
  return [...seen.values()]
}

const dayOf = (at: Date) => at.toISOString().slice(0, 10)
const monthOf = (at: Date) => at.toISOString().slice(0, 7)
/** 1970-01-01 was a Thursday: days count from the Monday before. */
const weekOf = (at: Date) => String(Math.floor((Math.floor(at.getTime() / DAY_MS) + 3) / 7))
