import type { FailureCode } from '../failures.ts'
import type { Target } from '../target.ts'
import type { Broken } from './broken.ts'

const MOST_ATTEMPTS = 10

/**
 * Which targets one request has tried. An unreachable one is quarantined and another is asked, up to ten times; a
 * connection that broke before a byte of an answer is repeated once, if the request may be sent twice: on a new
 * connection if it was an idle one, which may just have been closed, else on another target.
 */
export class Attempts {
  readonly tried = new Set<Target>()
  failure: FailureCode | null = null
  /** The next attempt must not use an idle connection. */
  fresh = false
  #count = 0
  #repeated = false

  /** Whether to try again. */
  failed(target: Target, broken: Broken, { repeatable, reused }: { repeatable: boolean; reused: boolean }): boolean {
    this.failure = broken.code
    this.#count += 1
    if (this.#count === MOST_ATTEMPTS) return false
    if (broken.unreached) {
      target.unreachable()
      this.tried.add(target)
      return true
    }
    if (!broken.silent || !repeatable || this.#repeated) return false
    this.#repeated = true
    if (reused) this.fresh = true
    else this.tried.add(target)
    return true
  }
}
