import { UsageError } from './errors.ts'

export type Times = { pattern: string; timezone: string }

const CLOCK = /^([01]?\d|2[0-3]):([0-5]\d)$/

/** `02:00`, `02:00 Europe/Berlin`, `30 2 * * 1-5`, `30 2 * * 1-5 Europe/Berlin`. */
export function readTimes(text: string): Times {
  const words = text.trim().split(/\s+/)
  const clock = CLOCK.exec(words[0] ?? '')
  if (clock && words.length <= 2) {
    return { pattern: `${Number(clock[2])} ${Number(clock[1])} * * *`, timezone: words[1] ?? 'UTC' }
  }
  if (words.length === 5 || words.length === 6) {
    return { pattern: words.slice(0, 5).join(' '), timezone: words[5] ?? 'UTC' }
  }
  throw new UsageError(`${JSON.stringify(text)} is no time for backups.`, {
    fix: 'Give an hour and a time zone, or the five fields of cron.',
    command: "paas backups:schedule ADDON --at '02:00 Europe/Berlin'",
  })
}

/** `7d 4w 3m`, each of them optional. */
export function readKeep(text: string): { daily?: number; weekly?: number; monthly?: number } {
  const names = { d: 'daily', w: 'weekly', m: 'monthly' } as const
  const parts = text
    .trim()
    .split(/[\s,]+/)
    .map((word) => /^(\d{1,4})([dwm])$/.exec(word))
  if (parts.some((part) => part === null)) {
    throw new UsageError(`${JSON.stringify(text)} does not say how many to keep.`, {
      fix: 'Write how many days, weeks and months.',
      command: "paas backups:schedule ADDON --at 02:00 --keep '7d 4w 3m'",
    })
  }
  return Object.fromEntries(parts.map((part) => [names[part?.[2] as 'd' | 'w' | 'm'], Number(part?.[1])]))
}
