const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** What Let's Encrypt asks of its clients; then once a day. */
const AFTER_FAILURE_MS = [MINUTE_MS, 10 * MINUTE_MS, 100 * MINUTE_MS]
/** A certificate that lives for days cannot wait for days. */
const PART_OF_LIFE = 15
const JITTER = 0.2
/** Until a name leads here: costs nobody but our resolver anything. */
const UNTIL_READY_MS = [10_000, 30_000, MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS]

/** `random` yields from 0 to 1, as Math.random does. */
export type Random = () => number

/**
 * How long to wait in ms after the `failures`th order in a row has failed. What the issuer asked for (Retry-After) is
 * never undercut; a minute never either.
 */
export function delayAfterFailure(
  failures: number,
  retryAfterMs: number | null,
  lifeMs: number | null,
  random: Random,
): number {
  if (retryAfterMs !== null) return Math.max(retryAfterMs, MINUTE_MS) * (1 + JITTER * random())
  const scheduled = AFTER_FAILURE_MS[failures - 1] ?? DAY_MS
  const longest = lifeMs === null ? DAY_MS : Math.max(MINUTE_MS, lifeMs / PART_OF_LIFE)
  return Math.min(scheduled, longest) * (1 - JITTER + 2 * JITTER * random())
}

/** How long until the `looks`th look at a name that is not ready is followed by another. */
export function delayUntilReady(looks: number, random: Random): number {
  const scheduled = UNTIL_READY_MS[looks - 1] ?? (UNTIL_READY_MS.at(-1) as number)
  return scheduled * (1 - JITTER + 2 * JITTER * random())
}
