import type { TargetState } from './contract/call.ts'
import type { ServiceSpec } from './contract/table.ts'
import type { Work } from './drain.ts'
import type { FailureCode } from './failures.ts'
import { Gate } from './gate.ts'
import { HealthWatch, RECHECK, type RecheckTiming } from './health-watch.ts'
import { type Choice, Pool } from './pool.ts'
import { Rules } from './rules/rules.ts'
import type { Visit } from './rules/visit.ts'
import type { Target, TargetWatcher } from './target.ts'
import { Traffic } from './traffic.ts'
import { WaitingLine } from './waiting-line.ts'

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
  readonly #line = new WaitingLine()
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

  /** How long each request is held while paused. */
  get holdMs(): number | null {
    return this.#holdMs
  }

  /** Takes new rules and targets at once; returns the targets that no longer belong to it. `checks`: it looks after them. */
  update(spec: ServiceSpec, targets: readonly Target[], confirmed: boolean, checks = true): Target[] {
    const left = this.pool.targets.filter((target) => !targets.includes(target))
    this.#spec = spec
    this.#rules = Rules.compile(spec, this.#rules)
    this.pool.replace(targets, confirmed)
    for (const target of left) this.#forget(target)
    if (confirmed && checks) for (const target of targets) this.#lookAfter(target)
    this.#gate.open()
    this.#advance()
    return left
  }

  /**
   * A target that has taken on `work`, which the caller must hand to `left`; `wait` and `full`: `take` holds the request;
   * `none`: no target is left to try; or why not.
   */
  choose(work: Work, tried: ReadonlySet<Target>, visit: Visit | null = null): Choice | 'full' | FailureCode {
    const refusal = this.#refusal()
    if (refusal) return refusal
    const choice = this.paused ? 'wait' : this.#pick(tried, visit)
    if (typeof choice !== 'string') choice.begin(work)
    return choice
  }

  /** As `choose`, but holds the request while the service is paused, its first target is being added, or all are busy. */
  async take(
    work: Work,
    tried: ReadonlySet<Target>,
    signal: AbortSignal,
    visit: Visit | null = null,
  ): Promise<Target | 'none' | FailureCode> {
    const since = Date.now()
    for (;;) {
      const choice = this.choose(work, tried, visit)
      if (choice === 'full') return this.#queue(() => this.choose(work, tried, visit), signal)
      if (choice !== 'wait') return choice
      if (this.#gate.size >= this.#limits.waiting) return 'H11'
      const limitMs = this.#holdMs ?? this.#limits.bootMs
      if (!(await this.#gate.wait(since + limitMs - Date.now(), signal))) return this.#tiredOfWaiting(signal)
    }
  }

  /** The target is done with this work: whoever waits for room is next. */
  left(target: Target, work: Work): void {
    target.end(work)
    if (this.#line.length > 0) this.#advance()
  }

  /**
   * All targets were out of reach since then: null when it is worth trying them again, `pauseMs` later or as soon as one
   * of them is healthy; else why not. `since` as Date.now().
   */
  async recovery(since: number, pauseMs: number, signal: AbortSignal): Promise<FailureCode | null> {
    if (this.#gate.size >= this.#limits.waiting) return 'H11'
    await this.#gate.wait(pauseMs, signal)
    if (signal.aborted) return 'H27'
    return Date.now() - since < this.#limits.bootMs ? null : 'H34'
  }

  pause(holdMs: number): void {
    this.#holdMs = holdMs
  }

  resume(): void {
    this.#holdMs = null
    this.#gate.open()
    this.#advance()
  }

  targetChanged(target: Target, from: TargetState): void {
    this.#watches.get(target)?.follow()
    this.#watcher.targetChanged(this, target, from)
    if (target.state !== 'healthy') return
    this.#gate.open()
    this.#advance()
  }

  /** Another process looks after the targets from now on. */
  leaveChecks(): void {
    for (const watch of this.#watches.values()) watch[Symbol.dispose]()
    this.#watches.clear()
  }

  /** The service has left the table: held requests are refused. */
  [Symbol.dispose](): void {
    this.#gone = true
    this.leaveChecks()
    this.#gate.open()
    this.#advance()
  }

  #refusal(): FailureCode | null {
    if (this.#gone) return 'H99'
    if (this.#spec.maintenance) return 'H80'
    if (this.#spec.targets.length > 0) return null
    return { blank: 'H81', stopped: 'H14', crashed: 'H10' }[this.#spec.empty] as FailureCode
  }

  #pick(tried: ReadonlySet<Target>, visit: Visit | null): Choice | 'full' {
    const selection = this.#rules?.selection ?? null
    return selection === null || visit === null ? this.pool.pick(tried) : selection.pick(this.pool, tried, visit)
  }

  async #queue(choose: () => ReturnType<Service['choose']>, signal: AbortSignal) {
    const most = (this.#rules?.selection?.queue ?? 0) * this.pool.targets.length
    if (this.#line.length >= most) return 'H11'
    const attempt = () => {
      const choice = choose()
      return choice === 'full' || choice === 'wait' ? null : choice
    }
    const outcome = await this.#line.wait(attempt, this.#spec.timeouts.firstByteMs, signal)
    return outcome ?? (signal.aborted ? 'H27' : 'H11')
  }

  #advance(): void {
    if (this.#line.length > 0) this.#line.advance(this.#rules?.selection?.alike ?? true)
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
