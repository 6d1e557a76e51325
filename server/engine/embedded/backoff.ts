const FIRST_MS = 1_000
const LONGEST_MS = 5 * 60_000
/** An instance that ran this long before it ended starts again with the first pause. */
const STABLE_MS = 60_000

export type Backoff = { failures: number; delayMs: number }

/** The pause before an instance that ended after `uptimeMs` is started again: 1 s, doubling to 5 min. */
export function nextBackoff(failures: number, uptimeMs: number): Backoff {
  const count = uptimeMs >= STABLE_MS ? 1 : failures + 1
  return { failures: count, delayMs: Math.min(FIRST_MS * 2 ** (count - 1), LONGEST_MS) }
}
