import type { ProbeAnswer, ProbeRequest } from './contract/call.ts'
import type { TargetSpec } from './contract/table.ts'
import { untilHealthy } from './health-check.ts'
import { Target } from './target.ts'

const REMEMBERED_MS = 60_000

/** Targets that were probed and are not in the table yet: the next table finds them healthy and serves them at once. */
export class Candidates {
  readonly #targets = new Map<string, { target: Target; expiry: NodeJS.Timeout }>()

  /** Waits until every target passed or the deadline. `known` finds those the table has already. */
  async probe(
    request: ProbeRequest,
    known: (spec: TargetSpec) => Target | undefined,
    signal: AbortSignal,
  ): Promise<ProbeAnswer> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(request.deadlineMs)])
    const targets = await Promise.all(
      request.targets.map(async (spec) => {
        const verdict = await untilHealthy(spec, request.healthCheck, deadline)
        if (verdict.healthy) (known(spec) ?? this.#remember(spec, request.deadlineMs)).passed()
        return { id: spec.id, ...verdict }
      }),
    )
    return { healthy: targets.every(({ healthy }) => healthy), targets }
  }

  /** Those that are healthy. */
  get specs(): TargetSpec[] {
    return [...this.#targets.values()].flatMap(({ target }) => (target.state === 'healthy' ? [target.spec] : []))
  }

  /** Another process has probed it. */
  passed(spec: TargetSpec): void {
    this.#remember(spec, REMEMBERED_MS).passed()
  }

  /** The probed target at this very id and address; it is the caller's from now on. */
  claim(spec: TargetSpec): Target | undefined {
    const found = this.#targets.get(spec.id)
    if (!found?.target.isAt(spec)) return undefined
    clearTimeout(found.expiry)
    this.#targets.delete(spec.id)
    return found.target
  }

  #remember(spec: TargetSpec, deadlineMs: number): Target {
    const target = this.claim(spec) ?? new Target(spec)
    const expiry = setTimeout(() => this.#targets.delete(spec.id), Math.max(REMEMBERED_MS, 2 * deadlineMs))
    expiry.unref()
    this.#targets.set(spec.id, { target, expiry })
    return target
  }
}
