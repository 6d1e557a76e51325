import type { Work } from '../drain.ts'
import type { FailureCode } from '../failures.ts'
import type { Service } from '../service.ts'
import type { Target } from '../target.ts'

const MOST_ATTEMPTS = 10

/** What became of one attempt: the client has its answer (whole or cut), or nothing was sent to it yet. */
export type Attempt =
  | 'answered'
  | {
      code: FailureCode
      unreached: boolean
      /** Nothing was answered, and sending the request twice does no harm. */
      repeatable: boolean
      /** It went over a connection that had been idle, which may just have been closed. */
      reused: boolean
    }

/**
 * Tries targets until one answers. An unreachable one is quarantined and another is asked, up to ten times; a connection
 * that broke without an answer is repeated once: on a new connection if it was an idle one, else on another target.
 * Resolves with the reason when nobody answered.
 */
export async function attemptTargets(
  service: Service,
  work: Work,
  gone: AbortSignal,
  attempt: (target: Target, fresh: boolean) => Promise<Attempt>,
): Promise<FailureCode | null> {
  const tried = new Set<Target>()
  let failure: FailureCode | null = null
  let repeated = false
  let fresh = false
  for (let count = 0; count < MOST_ATTEMPTS; count++) {
    const target = await service.take(work, tried, gone)
    if (typeof target === 'string') return gone.aborted ? 'H27' : (failure ?? target)
    const outcome = await attempt(target, fresh)
    target.end(work)
    if (outcome === 'answered') return null
    failure = outcome.code
    if (gone.aborted) return 'H27'
    if (outcome.unreached) {
      target.unreachable()
      tried.add(target)
    } else if (outcome.repeatable && !repeated) {
      repeated = true
      if (outcome.reused) fresh = true
      else tried.add(target)
    } else return failure
  }
  return failure
}
