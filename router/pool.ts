import type { Target } from './target.ts'

/** `wait`: nothing serves now, but a target is being added. `none`: nothing left to try. */
export type Choice = Target | 'wait' | 'none'

/** The live set of a service. Picks the target with the least work in flight, a random one among equals. */
export class Pool {
  #targets: readonly Target[] = []
  /** False while the targets come from a saved table that nobody has confirmed since the machine started. */
  #confirmed = true

  get targets(): readonly Target[] {
    return this.#targets
  }

  get confirmed(): boolean {
    return this.#confirmed
  }

  replace(targets: readonly Target[], confirmed: boolean): void {
    this.#targets = targets
    this.#confirmed = confirmed
  }

  /**
   * When no target is healthy, a waiting request is better off with one that is being added; without such a one, an
   * unhealthy target is still worth the attempt: it is how a lone instance is noticed the moment it is back.
   */
  pick(tried: ReadonlySet<Target>): Choice {
    if (!this.#confirmed) return 'wait'
    const healthy = leastBusy(this.#targets, 'healthy', tried)
    if (healthy) return healthy
    if (this.#targets.some((target) => target.state === 'adding')) return 'wait'
    return leastBusy(this.#targets, 'unhealthy', tried) ?? 'none'
  }
}

const NONE: ReadonlySet<Target> = new Set()

/** A random one among equals; undefined: there is none in this state that was not tried. */
export function leastBusy(
  targets: readonly Target[],
  state: 'healthy' | 'unhealthy' = 'healthy',
  tried: ReadonlySet<Target> = NONE,
): Target | undefined {
  let best: Target | undefined
  let ties = 0
  for (const target of targets) {
    if (target.state !== state || tried.has(target)) continue
    if (!best || target.inFlight < best.inFlight) {
      best = target
      ties = 1
    } else if (target.inFlight === best.inFlight && Math.random() * ++ties < 1) {
      best = target
    }
  }
  return best
}
