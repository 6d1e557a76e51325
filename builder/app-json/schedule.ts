import { Cron } from 'croner'

const MAX_LENGTH = 200
const NICKNAME = /^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/i

/** What is wrong with a cron schedule, read in UTC; undefined when it comes due some day. */
export function scheduleMistake(text: string): string | undefined {
  const parts = text.trim().split(/\s+/)
  const five = parts.length === 5 || parts.length === 6 || NICKNAME.test(text.trim())
  if (!five || text.length > MAX_LENGTH) {
    return 'must be five fields such as "0 4 * * *" (minute, hour, day, month, weekday), six with seconds first, or @daily and its like'
  }
  try {
    const cron = new Cron(text.trim(), { timezone: 'UTC', paused: true, sloppyRanges: true })
    return cron.nextRun() === null ? 'never comes due' : undefined
  } catch (error) {
    return `is no schedule: ${reasonOf(error)}`
  }
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/^CronPattern: /, '').replace(/\.$/, '')
}
