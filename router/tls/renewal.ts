const DAY_MS = 86_400_000
const PART_OF_LIFE_LEFT = 1 / 3
/** Renewals that would fall on one moment are spread over this part of the life. */
const SPREAD = 1 / 30

export type Life = { notBefore: number; notAfter: number }
export type Window = { start: number; end: number }

/**
 * When to renew, in ms since 1970: within the window that the issuer suggests (RFC 9773), else at two thirds of the
 * life. `fraction` (0 to 1, always the same for one certificate) spreads those that were issued together.
 */
export function renewalTime({ notBefore, notAfter }: Life, window: Window | null, fraction: number): number {
  if (window) return window.start + (window.end - window.start) * fraction
  const life = notAfter - notBefore
  return notAfter - life * PART_OF_LIFE_LEFT - life * SPREAD * fraction
}

/**
 * What to say of a certificate whose renewal does not succeed: at a third of its life left, at a sixth, at three days
 * and at one. Null before that: there is time.
 */
export function alarmFor({ notBefore, notAfter }: Life, now: number): string | null {
  const left = notAfter - now
  const life = notAfter - notBefore
  if (left <= 0) return `expired on ${new Date(notAfter).toISOString().slice(0, 10)}; visitors see a warning`
  if (left > life * PART_OF_LIFE_LEFT) return null
  const steps = [life * PART_OF_LIFE_LEFT, life / 6, 3 * DAY_MS, DAY_MS].filter((step) => left <= step)
  return `expires within ${span(Math.min(...steps))}`
}

function span(ms: number): string {
  const hours = Math.ceil(ms / 3_600_000)
  if (hours > 48) return `${Math.ceil(hours / 24)} days`
  return hours === 1 ? 'an hour' : `${hours} hours`
}
