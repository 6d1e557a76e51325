import type { ServiceRules } from '../contract/table.ts'
import { type Choice, leastBusy, type Pool } from '../pool.ts'
import type { Target } from '../target.ts'
import { Canary } from './canary.ts'
import { formerTarget, stickyLine } from './sticky.ts'
import type { Visit } from './visit.ts'

/** Which targets a visitor may be given: those of his release, the one he was with, one that has room. */
export class Selection {
  readonly #canary: Canary | null
  readonly #sticky: boolean
  readonly #perTarget: number
  /** Requests that may wait for room, for each target. */
  readonly queue: number

  /** Null: any target will do. */
  static compile(rules: ServiceRules): Selection | null {
    return rules.canary || rules.sticky || rules.concurrency ? new Selection(rules) : null
  }

  private constructor({ canary, sticky, concurrency }: ServiceRules) {
    this.#canary = canary ? new Canary(canary) : null
    this.#sticky = sticky === true
    this.#perTarget = concurrency?.perTarget ?? Number.POSITIVE_INFINITY
    this.queue = concurrency?.queue ?? 0
  }

  /** All visitors want the same: when there is no room for one, there is none for the others. */
  get alike(): boolean {
    return this.#canary === null && !this.#sticky
  }

  /** As the pool's own, and `full`: there is no room for this visitor now. */
  pick(pool: Pool, tried: ReadonlySet<Target>, visit: Visit): Choice | 'full' {
    if (!pool.confirmed) return 'wait'
    if (this.alike) return this.#any(pool, tried)
    for (const group of this.#canary?.groups(pool.targets, visit) ?? [pool.targets]) {
      const serving = group.filter((target) => target.state === 'healthy' && !tried.has(target))
      if (serving.length > 0) return this.#among(serving, visit)
    }
    return pool.pick(tried)
  }

  /** The cookies that bring the visitor back to where he is now. */
  lines(target: Target, visit: Visit): string {
    return (this.#sticky ? stickyLine(target, visit) : '') + (this.#canary?.line(visit) ?? '')
  }

  /** When the one with the least work has no room, nobody has. */
  #any(pool: Pool, tried: ReadonlySet<Target>): Choice | 'full' {
    const target = leastBusy(pool.targets, 'healthy', tried)
    if (!target) return pool.pick(tried)
    return target.inFlight < this.#perTarget ? target : 'full'
  }

  #among(serving: readonly Target[], visit: Visit): Target | 'full' {
    const former = this.#sticky ? formerTarget(serving, visit) : undefined
    const wanted = former ? [former] : serving
    return leastBusy(wanted.filter(({ inFlight }) => inFlight < this.#perTarget)) ?? 'full'
  }
}
