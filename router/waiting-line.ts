import type { FailureCode } from './failures.ts'
import type { Target } from './target.ts'

type Outcome = Target | 'none' | FailureCode
/** Asks for a target once more; null: there is still none for it. */
type Attempt = () => Outcome | null

/** Requests that wait until a target has room for them, and are served in the order of their arrival. */
export class WaitingLine {
  readonly #waiting = new Map<Attempt, (outcome: Outcome | null) => void>()

  get length(): number {
    return this.#waiting.size
  }

  /** What `attempt` came to at last; null: the limit passed, or the signal ended the wait. */
  wait(attempt: Attempt, limitMs: number, signal: AbortSignal): Promise<Outcome | null> {
    if (signal.aborted) return Promise.resolve(null)
    return new Promise((resolve) => {
      const leave = (outcome: Outcome | null) => {
        clearTimeout(timer)
        signal.removeEventListener('abort', giveUp)
        this.#waiting.delete(attempt)
        resolve(outcome)
      }
      const giveUp = () => leave(null)
      const timer = setTimeout(giveUp, limitMs)
      signal.addEventListener('abort', giveUp)
      this.#waiting.set(attempt, leave)
    })
  }

  /** To be called whenever there may be room. `alike`: where there is none for one, there is none for those behind. */
  advance(alike: boolean): void {
    for (const [attempt, leave] of this.#waiting) {
      const outcome = attempt()
      if (outcome !== null) leave(outcome)
      else if (alike) return
    }
  }
}
