import type { DrainedAnswer } from './contract/call.ts'
import { ControlError } from './control-error.ts'
import type { DrainLimits } from './drain.ts'
import type { Target } from './target.ts'

const REMEMBERED_MS = 60_000

/** Targets that have left the table and are finishing what they have. */
export class Leavers {
  readonly #targets = new Map<string, Target>()
  readonly #services = new WeakMap<Target, string>()

  retire(target: Target, service: string, limits: DrainLimits): void {
    this.#targets.set(target.id, target)
    this.#services.set(target, service)
    target.retire(limits).done.then(
      () => this.#forgetLater(target),
      () => {},
    )
  }

  find(id: string): Target | undefined {
    return this.#targets.get(id)
  }

  get targets(): IterableIterator<Target> {
    return this.#targets.values()
  }

  /** Those of a service. */
  of(service: string): Target[] {
    return [...this.#targets.values()].filter((target) => this.#services.get(target) === service)
  }

  /** Back in the table. */
  takeBack(target: Target): void {
    if (this.#targets.get(target.id) === target) this.#targets.delete(target.id)
  }

  /** Waits until none of them has work. An id that nobody knows has none. */
  async drained(ids: string[]): Promise<DrainedAnswer> {
    const targets = await Promise.all(
      ids.map(async (id) => ({ id, cut: (await this.#targets.get(id)?.drain?.done) ?? 0 })),
    ).catch((error: unknown) => {
      throw new ControlError(409, 'target.in-table', `Cannot wait: ${(error as Error).message}`)
    })
    return { targets }
  }

  #forgetLater(target: Target): void {
    setTimeout(() => this.takeBack(target), REMEMBERED_MS).unref()
  }
}
