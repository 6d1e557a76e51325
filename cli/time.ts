/** After this many hours the age says less than the date. */
const AGE_SHOWN_HOURS = 25

/** `2024/01/02 10:00:00 +0000 (~ 5m ago)` in local time, as Heroku prints it. */
export function timeText(iso: string, now: Date = new Date()): string {
  const time = new Date(iso)
  if (Number.isNaN(time.getTime())) return iso
  const age = ageText((now.getTime() - time.getTime()) / 1000)
  return age ? `${absolute(time)} (${age})` : absolute(time)
}

function ageText(seconds: number): string | undefined {
  if (seconds < 0) return undefined
  if (seconds < 60) return `~ ${Math.floor(seconds)}s ago`
  if (seconds < 3600) return `~ ${Math.floor(seconds / 60)}m ago`
  if (seconds < AGE_SHOWN_HOURS * 3600) return `~ ${Math.floor(seconds / 3600)}h ago`
  return undefined
}

function absolute(time: Date): string {
  const date = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(two).join('/')
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')
  const offset = -time.getTimezoneOffset()
  const zone = `${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`
  return `${date} ${clock} ${offset < 0 ? '-' : '+'}${zone}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** `3s`, `2m 5s`, `1h 4m`. */
export function durationText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`
  return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`
}
