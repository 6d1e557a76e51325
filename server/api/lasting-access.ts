/** A right that was taken away is gone from open streams after this time at the latest. */
const RECHECK_MS = 60_000

/** Fires with `gone`, and when the rights behind an open stream are: a token revoked or expired, a role taken away. */
export function whileAllowed(gone: AbortSignal, isAllowed: () => boolean, everyMs = RECHECK_MS): AbortSignal {
  const lost = new AbortController()
  const timer = setInterval(() => {
    if (allowed(isAllowed)) return
    clearInterval(timer)
    lost.abort()
  }, everyMs).unref()
  gone.addEventListener('abort', () => clearInterval(timer), { once: true })
  return AbortSignal.any([gone, lost.signal])
}

/** Where it cannot be asked any more, as when the database is closed, nobody is. */
function allowed(isAllowed: () => boolean): boolean {
  try {
    return isAllowed()
  } catch {
    return false
  }
}
