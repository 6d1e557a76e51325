import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError, ConnectionError } from '../server/contract/client.ts'
import { isBrokenStream } from './error-text.ts'
import { EXIT, exitCodeOfStatus } from './exit-code.ts'

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5_000

/** True for what a restart of the server looks like from here: asking again may work. */
export function mayPass(error: unknown): boolean {
  if (error instanceof ApiError) return exitCodeOfStatus(error.problem.status) === EXIT.tryAgain
  return error instanceof ConnectionError || isBrokenStream(error)
}

/** Growing pauses between tries; `reset` after a success. */
export class Patience {
  #next = FIRST_PAUSE_MS

  reset(): void {
    this.#next = FIRST_PAUSE_MS
  }

  async pause(signal: AbortSignal): Promise<void> {
    await sleep(this.#next, undefined, { signal })
    this.#next = Math.min(this.#next * 2, LONGEST_PAUSE_MS)
  }
}
