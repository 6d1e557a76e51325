import type { ServiceSpec, TargetState } from './contract.ts'
import type { Work } from './drain.ts'
import type { FailureCode } from './failures.ts'
import { Gate } from './gate.ts'
import { HealthWatch, RECHECK, type RecheckTiming } from './health-watch.ts'
import { Pool } from './pool.ts'
import { Rules } from './rules/rules.ts'
import type { Target, TargetWatcher } from './target.ts'
import { Traffic } from './traffic.ts'

export interface ServiceWatcher {
  targetChanged(service: Service, target: Target, from: TargetState): void
}

export type ServiceLimits = RecheckTiming & {
  /** How long a request waits for the first healthy target. */
  bootMs: number
  /** Requests that may wait at the same time; beyond that H11. */
  waiting: number
}

export const SERVICE_LIMITS: ServiceLimits = { ...RECHECK, bootMs: 75_000, waiting: 1_000 }

/** The router's view of an app: its rules, its pool, and the requests it holds. Lives on when the table changes. */
export class Service implements TargetWatcher, Disposable {
  readonly split = false
  readonly name: string
  readonly pool = new Pool()
  readonly traffic = new Traffic()
  readonly #watcher: ServiceWatcher
  readonly #limits: ServiceLimits
  readonly #gate = new Gate()
  readonly #watches = new Map<Target, HealthWatch>()
  #spec: ServiceSpec
  #rules: Rules | null
  #holdMs: number | null = null
  #gone = false

  constructor(spec: ServiceSpec, watcher: ServiceWatcher, limits: ServiceLimits = SERVICE_LIMITS) {
    this.name = spec.name
    this.#spec = spec
    this.#rules = Rules.compile(spec, null)
    this.#watcher = watcher
    this.#limits = limits
  }

  get spec(): ServiceSpec {
    return this.#spec
  }

  /** Null: it asks for nothing beyond routes. */
  get rules(): Rules | null {
    return this.#rules
  }

  get paused(): boolean {
    return this.#holdMs !== null
  }

  /** Takes new rules and targets at once; returns the targets that no longer belong to it. */
  update(spec: ServiceSpec, targets: readonly Target[], confirmed: boolean): Target[] {
    const left = this.pool.targets.filter((target) => !targets.includes(target))
    this.#spec = spec
    this.#rules = Rules.compile(spec, this.#rules)
    this.pool.replace(targets, confirmed)
    for (const target of left) this.#forget(target)
    if (confirmed) for (const target of targets) this.#lookAfter(target)
    this.#gate.open()
    return left
  }

  /** A target that has taken on `work`, which the caller must `end`; `wait`: `take` holds the request; or why not. */
  choose(work: Work, tried: ReadonlySet<Target>): Target | 'wait' | FailureCode {
    const refusal = this.#refusal()
    if (refusal) return refusal
    const choice = this.paused ? 'wait' : this.pool.pick(tried)
    if (choice === 'none') return 'H99'
    if (choice !== 'wait') choice.begin(work)
    return choice
  }

  /** As `choose`, but holds the request while the service is paused or its first target is being added. */
  async take(work: Work, tried: ReadonlySet<Target>, signal: AbortSignal): Promise<Target | FailureCode> {
    const since = Date.now()
    for (;;) {
      const choice = this.choose(work, tried)
      if (choice !== 'wait') return choice
      if (this.#gate.size >= this.#limits.waiting) return 'H11'
      const limitMs = this.#holdMs ?? this.#limits.bootMs
      if (!(await this.#gate.wait(since + limitMs - Date.now(), signal))) return this.#tiredOfWaiting(signal)
    }
  }

  pause(holdMs: number): void {
    this.#holdMs = holdMs
  }

  resume(): void {
    this.#holdMs = null
    this.#gate.open()
  }

  targetChanged(target: Target, from: TargetState): void {
    this.#watches.get(target)?.follow()
    this.#watcher.targetChanged(this, target, from)
    if (target.state === 'healthy') this.#gate.open()
  }

  /** The service has left the table: held requests are refused. */
  [Symbol.dispose](): void {
    this.#gone = true
    for (const watch of this.#watches.values()) watch[Symbol.dispose]()
    this.#watches.clear()
    this.#gate.open()
  }

  #refusal(): FailureCode | null {
    if (this.#gone) return 'H99'
    if (this.#spec.maintenance) return 'H80'
    if (this.#spec.targets.length > 0) return null
    return { blank: 'H81', stopped: 'H14', crashed: 'H10' }[this.#spec.empty] as FailureCode
  }

  #tiredOfWaiting(signal: AbortSignal): FailureCode {
    if (signal.aborted) return 'H27'
    if (this.paused) return 'H83'
    return this.pool.confirmed ? 'H20' : 'H99'
  }

  #lookAfter(target: Target): void {
    const watch = this.#watches.get(target)
    if (watch) watch.spec = this.#spec.healthCheck
    else this.#watches.set(target, new HealthWatch(target, this.#spec.healthCheck, this.#limits))
  }

  #forget(target: Target): void {
    this.#watches.get(target)?.[Symbol.dispose]()
    this.#watches.delete(target)
  }
}
