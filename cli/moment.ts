import type { RestoreMoment } from '../server/contract/archive.ts'
import { UsageError } from './errors.ts'

const RELEASE = /^v(\d{1,9})$/
const AGO = /^((?:\d+\s*[a-z]+[\s,]*)+?)(?:\s*ago)?$/i
const PART = /(\d+)\s*([a-z]+)/gi
const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?: ?(?:Z|[+-]\d{2}:?\d{2}))?)?$/
const SECONDS: Record<string, number> = { s: 1, sec: 1, second: 1, m: 60, min: 60, minute: 60 }
const LARGER: Record<string, number> = { h: 3_600, hour: 3_600, d: 86_400, day: 86_400, w: 604_800, week: 604_800 }

/** `10 minutes ago`, `1h30m`, `v12` for before that release, `2026-11-28 14:00` in local time, or with a zone. */
export function readMoment(text: string): RestoreMoment {
  const words = text.trim()
  const release = RELEASE.exec(words)?.[1]
  if (release !== undefined) return { release: Number(release) }
  if (words === 'now') return { secondsAgo: 0 }
  const secondsAgo = AGO.test(words) ? secondsIn(words.replace(/\s*ago$/i, '')) : undefined
  if (secondsAgo !== undefined) return { secondsAgo }
  const at = DATE.test(words) ? new Date(localTime(words)) : undefined
  if (at && !Number.isNaN(at.getTime())) return { at: at.toISOString() }
  throw new UsageError(`${JSON.stringify(text)} is no moment.`, {
    fix: "Write '10 minutes ago', '2026-11-28 14:00' in local time, '2026-11-28T14:00:00Z', or v12 for before that release.",
    command: "paas pg:restore --to '10 minutes ago'",
  })
}

function secondsIn(text: string): number | undefined {
  let seconds = 0
  for (const [, count, unit = ''] of text.matchAll(PART)) {
    const known = unit.toLowerCase()
    const each = { ...SECONDS, ...LARGER }[known] ?? { ...SECONDS, ...LARGER }[known.replace(/s$/, '')]
    if (each === undefined) return undefined
    seconds += Number(count) * each
  }
  return Number.isSafeInteger(seconds) ? seconds : undefined
}

/** A date alone would be taken for midnight in UTC. */
function localTime(words: string): string {
  const [date, ...rest] = words.split(/[T ]/)
  return `${date}T${rest.length === 0 ? '00:00' : rest.join('')}`
}
