/** Timers take 31 bits of ms, and stand still while the machine sleeps: the wall clock is read again this often. */
const LONGEST_WAIT_MS = 3_600_000

/** The time of day, in ms since 1970, and waiting for it: tests bring their own. */
export interface Clock {
  now(): number
  /** Resolves when the time has come, or when the signal aborts; never rejects. */
  sleepUntil(at: number, signal: AbortSignal): Promise<void>
}

export const wallClock: Clock = {
  now: () => Date.now(),
  async sleepUntil(at, signal) {
    while (!signal.aborted && Date.now() < at) await wait(Math.min(at - Date.now(), LONGEST_WAIT_MS), signal)
  },
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
