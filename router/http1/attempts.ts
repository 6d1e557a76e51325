import type { FailureCode } from '../failures.ts'
import type { Target } from '../target.ts'
import type { Broken } from './broken.ts'

const MOST_ATTEMPTS = 10
/** Between two rounds of attempts, each pause is twice as long as the one before. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000
const JITTER = 0.3

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

  /** Since when, as Date.now(), no target could be reached; 0: that is not so. */
  unreachedSince = 0
  #rounds = 0

  /** Nothing is left to try: all targets refused, so that none has seen anything of the request. */
  get unreached(): boolean {
    return this.unreachedSince > 0
  }

  /** Begins anew with all targets. Returns how long to leave them alone before, which is longer each time. */
  again(): number {
    this.tried.clear()
    this.#count = 0
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#rounds)
    this.#rounds += 1
    return pauseMs * (1 - JITTER * Math.random())
  }

  /** Whether to try again. */
  failed(target: Target, broken: Broken, { repeatable, reused }: { repeatable: boolean; reused: boolean }): boolean {
    this.failure = broken.code
    this.#count += 1
    this.unreachedSince = broken.unreached ? this.unreachedSince || Date.now() : 0
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
