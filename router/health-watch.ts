import type { HealthCheckSpec } from './contract.ts'
import { checkOnce, untilHealthy } from './health-check.ts'
import type { Target } from './target.ts'

export type RecheckTiming = {
  /** A target that refused a connection is left alone for this long. */
  quarantineMs: number
  recheckMs: number
}

export const RECHECK: RecheckTiming = { quarantineMs: 5_000, recheckMs: 10_000 }

/** Looks after one target: polls while it is being added, leaves it alone while it is healthy, asks again after a failure. */
export class HealthWatch implements Disposable {
  readonly #target: Target
  readonly #timing: RecheckTiming
  #spec: HealthCheckSpec
  #running: AbortController | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(target: Target, spec: HealthCheckSpec, timing: RecheckTiming = RECHECK) {
    this.#target = target
    this.#spec = spec
    this.#timing = timing
    this.follow()
  }

  set spec(spec: HealthCheckSpec) {
    this.#spec = spec
  }

  /** To be called after each change of the target's state. */
  follow(): void {
    this[Symbol.dispose]()
    if (this.#target.state === 'adding') void this.#poll()
    if (this.#target.state === 'unhealthy') this.#askAgainIn(this.#timing.quarantineMs)
  }

  async #poll(): Promise<void> {
    const running = new AbortController()
    this.#running = running
    const verdict = await untilHealthy(this.#target, this.#spec, running.signal)
    if (verdict.healthy && !running.signal.aborted) this.#target.passed()
  }

  #askAgainIn(ms: number): void {
    this.#timer = setTimeout(() => void this.#recheck(), ms)
    this.#timer.unref()
  }

  async #recheck(): Promise<void> {
    const running = new AbortController()
    this.#running = running
    const complaint = await checkOnce(this.#target, this.#spec, running.signal)
    if (running.signal.aborted) return
    if (complaint === null) this.#target.passed()
    else this.#askAgainIn(this.#timing.recheckMs)
  }

  [Symbol.dispose](): void {
    this.#running?.abort()
    this.#running = null
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
