import type { HealthCheckSpec } from './contract/table.ts'
import { type Check, checkOnce, untilHealthy } from './health-check.ts'
import type { Target } from './target.ts'
import { Turns } from './turns.ts'

export type RecheckTiming = {
  /** A target that refused a connection is left alone for this long. */
  quarantineMs: number
  recheckMs: number
}

export const RECHECK: RecheckTiming = { quarantineMs: 5_000, recheckMs: 10_000 }

/**
 * Checks of all targets that run at a time: after a start with ten thousand apps they took 7 s of processor time in one
 * go, while visitors waited. Deploys ask beside this line.
 */
const CHECKS_AT_ONCE = 64
const turns = new Turns({ atOnce: CHECKS_AT_ONCE, most: Number.POSITIVE_INFINITY, mostEach: Number.POSITIVE_INFINITY })

const checkInTurn: Check = (address, spec, signal, connectMs) => {
  const check = () =>
    signal.aborted ? Promise.resolve('no longer asked for') : checkOnce(address, spec, signal, connectMs)
  return turns.take('', check) ?? check()
}

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
    const verdict = await untilHealthy(this.#target, this.#spec, running.signal, checkInTurn)
    if (verdict.healthy && !running.signal.aborted) this.#target.passed()
  }

  #askAgainIn(ms: number): void {
    this.#timer = setTimeout(() => void this.#recheck(), ms)
    this.#timer.unref()
  }

  async #recheck(): Promise<void> {
    const running = new AbortController()
    this.#running = running
    const complaint = await checkInTurn(this.#target, this.#spec, running.signal)
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
