import type { TargetState } from './contract/call.ts'
import type { TargetSpec } from './contract/table.ts'
import { Drain, type DrainLimits, type Work } from './drain.ts'
import { Roster } from './roster.ts'

export interface TargetWatcher {
  targetChanged(target: Target, from: TargetState): void
}

/** One instance as the router sees it. Its id and address never change: a reused address is another target. */
export class Target {
  readonly id: string
  readonly host: string
  readonly port: number
  #spec: TargetSpec
  #state: TargetState
  #watcher: TargetWatcher | null = null
  #drain: Drain | null = null
  readonly #work = new Roster<Work>()
  readonly #closers: (() => void)[] = []

  constructor(spec: TargetSpec, state: Exclude<TargetState, 'draining'> = 'adding') {
    this.id = spec.id
    this.host = spec.host
    this.port = spec.port
    this.#spec = spec
    this.#state = state
  }

  get state(): TargetState {
    return this.#state
  }

  get spec(): TargetSpec {
    return this.#spec
  }

  get instance(): string {
    return this.#spec.instance
  }

  get release(): number {
    return this.#spec.release
  }

  get inFlight(): number {
    return this.#work.size
  }

  get drain(): Drain | null {
    return this.#drain
  }

  isAt(spec: TargetSpec): boolean {
    return spec.id === this.id && spec.host === this.host && spec.port === this.port
  }

  /** Enters (again) into a service's table; a draining target that comes back serves as before. */
  join(spec: TargetSpec, watcher: TargetWatcher): void {
    this.#spec = spec
    this.#watcher = watcher
    if (!this.#drain) return
    this.#drain.cancel()
    this.#drain = null
    this.#become('healthy')
  }

  begin(work: Work): void {
    this.#work.add(work)
  }

  end(work: Work): void {
    if (this.#work.delete(work)) this.#drain?.progress()
  }

  /** It answered: a health check's verdict, or a request that got through to an unhealthy target. */
  passed(): void {
    if (this.#state === 'adding' || this.#state === 'unhealthy') this.#become('healthy')
  }

  /** A connection to it was refused or timed out. */
  unreachable(): void {
    if (this.#state === 'healthy') this.#become('unhealthy')
  }

  /** Takes no new work; what it has may go on within the limits. Idle connections close when all is done. */
  retire(limits: DrainLimits): Drain {
    if (this.#drain) return this.#drain
    this.#become('draining')
    const drain = new Drain(this.#work, limits)
    this.#drain = drain
    drain.done.then(
      () => this.close(),
      () => {},
    )
    return drain
  }

  /** Runs `closer` when the target is gone for good. */
  onClose(closer: () => void): void {
    this.#closers.push(closer)
  }

  close(): void {
    for (const closer of this.#closers.splice(0)) closer()
  }

  #become(next: TargetState): void {
    if (next === this.#state) return
    const from = this.#state
    this.#state = next
    this.#watcher?.targetChanged(this, from)
  }
}
