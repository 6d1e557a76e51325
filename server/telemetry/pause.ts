import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves after the time, or at once when the signal fires: the caller looks at the signal. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
