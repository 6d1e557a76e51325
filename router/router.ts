import { Candidates } from './candidates.ts'
import type {
  DrainedAnswer,
  ProbeAnswer,
  ProbeRequest,
  PutTableAnswer,
  RouterStatus,
  TargetState,
} from './contract/call.ts'
import type { RouterTable, ServiceSpec, TargetSpec } from './contract/table.ts'
import { ControlError } from './control-error.ts'
import type { EventStream } from './event-stream.ts'
import { Leavers } from './leavers.ts'
import { Edge } from './rules/edge.ts'
import { SERVICE_LIMITS, Service, type ServiceLimits, type ServiceWatcher } from './service.ts'
import { type Route, ServiceTable } from './service-table.ts'
import { type Standing, type StandingState, standingStates } from './standing.ts'
import type { StateDirectory } from './state.ts'
import { Target } from './target.ts'

/** What the data plane needs to know of the router. */
export interface Routes {
  /** Null: nobody stands between the visitors and this router. */
  readonly edge: Edge | null
  route(host: string): Route | undefined
}

/** Whoever follows which table is in force. */
export interface TableWatcher {
  tableApplied(table: RouterTable): void
}

export type RouterOptions = {
  state: Pick<StateDirectory, 'save' | 'load'>
  events: Pick<EventStream, 'publish'>
  /** The machine's boot id, see state.ts. */
  bootId: string
  limits?: ServiceLimits
  /** False: another process checks the targets, and tells by `observe`. */
  checks?: boolean
}

/** Holds the table in force. A new one is made durable, then swapped in whole, between two requests. */
export class Router implements Routes, ServiceWatcher, Disposable {
  readonly #options: RouterOptions
  readonly #startedAt = new Date()
  readonly #candidates = new Candidates()
  readonly #leavers = new Leavers()
  #source: RouterTable = { version: 0, engineBootId: '', services: [] }
  #table = new ServiceTable([])
  #edge: Edge | null = null
  #targets = new Map<string, Target>()
  #putting: Promise<unknown> = Promise.resolve()
  #watcher: TableWatcher | null = null
  #confirmed = true
  #checks: boolean

  constructor(options: RouterOptions) {
    this.#options = options
    this.#checks = options.checks ?? true
  }

  get table(): ServiceTable {
    return this.#table
  }

  get edge(): Edge | null {
    return this.#edge
  }

  route(host: string): Route | undefined {
    return this.#table.find(host)
  }

  /** Who has a host, but for the parts of it that path routes give to others. */
  find(host: string): Service | undefined {
    const route = this.#table.find(host)
    return route?.split ? route.owner : route
  }

  /** Is told of every table from now on, and of the one in force at once. */
  follow(watcher: TableWatcher): void {
    this.#watcher = watcher
    watcher.tableApplied(this.#source)
  }

  /** Serves the saved table. Without a confirmation its targets are trusted only within the same boot of the machine. */
  async restore(): Promise<{ version: number; confirmed: boolean } | null> {
    const saved = await this.#options.state.load()
    if (!saved) return null
    const confirmed = saved.machineBootId === this.#options.bootId
    this.#apply(saved.table, confirmed, () => (confirmed ? 'healthy' : 'adding'))
    return { version: saved.table.version, confirmed }
  }

  /** All that another process needs to serve as this one does. */
  standing(): Standing {
    const services = [...this.#table.services]
    const paused = services.flatMap(({ name, holdMs }) => (holdMs === null ? [] : [[name, holdMs] as const]))
    return {
      table: this.#source,
      confirmed: this.#confirmed,
      states: standingStates(this.#targets.values()),
      candidates: this.#candidates.specs,
      paused: Object.fromEntries(paused),
    }
  }

  /** Serves as another process does; nothing is saved. */
  adopt({ table, confirmed, states, candidates, paused }: Standing): void {
    for (const spec of candidates) this.#candidates.passed(spec)
    this.#apply(table, confirmed, (id) => states[id] ?? 'adding')
    this.observe(states)
    for (const service of this.#table.services) {
      const holdMs = paused[service.name]
      if (holdMs !== undefined) service.pause(holdMs)
      else if (service.paused) service.resume()
    }
  }

  /** What another process has seen of targets. */
  observe(states: Record<string, StandingState>): void {
    for (const [id, state] of Object.entries(states)) {
      if (state === 'healthy') this.#targets.get(id)?.passed()
      if (state === 'unhealthy') this.#targets.get(id)?.unreachable()
    }
  }

  /** From now on another process checks the targets. */
  leaveChecks(): void {
    this.#checks = false
    for (const service of this.#table.services) service.leaveChecks()
  }

  /** No table is being applied when this resolves. */
  async settled(): Promise<void> {
    await this.#putting
  }

  /** One at a time, in the order of arrival. When it resolves the table is on disk and in force. */
  put(table: RouterTable): Promise<PutTableAnswer> {
    const turn = this.#putting.then(() => this.#put(table))
    this.#putting = turn.catch(() => {})
    return turn
  }

  probe(request: ProbeRequest, signal: AbortSignal): Promise<ProbeAnswer> {
    return this.#candidates.probe(request, (spec) => this.#current(spec), signal)
  }

  async drained(ids: string[]): Promise<DrainedAnswer> {
    const serving = ids.find((id) => this.#targets.has(id))
    if (serving !== undefined) {
      const fix = 'Put a table without it first.'
      throw new ControlError(409, 'target.in-table', `${serving} is in the table, so it never drains.`, fix)
    }
    return this.#leavers.drained(ids)
  }

  pause(name: string, holdMs: number): void {
    this.#named(name).pause(holdMs)
  }

  resume(name: string): void {
    this.#named(name).resume()
  }

  /** By target id, where there is any. */
  inFlight(): Record<string, number> {
    const known = [...this.#targets.values(), ...this.#leavers.targets]
    return Object.fromEntries(known.flatMap(({ id, inFlight }) => (inFlight > 0 ? [[id, inFlight]] : [])))
  }

  /** `inFlight`: of all processes. */
  status(inFlight = this.inFlight()): RouterStatus {
    const services = [...this.#table.services].map(({ name, paused, pool }) => {
      const leaving = this.#leavers.of(name).filter(({ id }) => inFlight[id] !== undefined)
      const targets = [...pool.targets, ...leaving].map(({ id, instance, state }) => {
        return { id, instance, state, inFlight: inFlight[id] ?? 0 }
      })
      return { name, paused, targets }
    })
    return {
      version: this.#source.version,
      bootId: this.#options.bootId,
      startedAt: this.#startedAt.toISOString(),
      services,
      rssBytes: process.memoryUsage.rss(),
      processes: [],
    }
  }

  targetChanged(service: Service, target: Target, from: TargetState): void {
    const { id, instance, state: to } = target
    const at = new Date().toISOString()
    const { id: serviceId } = service.spec
    const owner = { service: service.name, ...(serviceId === undefined ? {} : { serviceId }) }
    this.#options.events.publish({ type: 'target', ...owner, id, instance, from, to, at })
  }

  [Symbol.dispose](): void {
    for (const service of this.#table.services) service[Symbol.dispose]()
    for (const target of this.#targets.values()) target.close()
  }

  async #put(table: RouterTable): Promise<PutTableAnswer> {
    const began = performance.now()
    this.#refuseOlder(table)
    await this.#options.state.save(table, this.#options.bootId)
    this.#apply(table, true, () => 'adding')
    return { version: table.version, appliedMs: Math.round((performance.now() - began) * 10) / 10 }
  }

  #refuseOlder(table: RouterTable): void {
    const current = this.#source
    const fix = `Put a table with a version above ${current.version}.`
    if (table.version < current.version) {
      const detail = `Version ${table.version} is older than ${current.version}, which is in force.`
      throw new ControlError(409, 'table.older', detail, fix)
    }
    if (table.services.length === 0 && current.services.length > 0 && !table.emptied) {
      const detail = `The table has no services, and ${current.services.length} are in force.`
      throw new ControlError(409, 'table.empty', detail, 'Put it with "emptied": true if all are to go.')
    }
    if (table.version === current.version && JSON.stringify(table) !== JSON.stringify(current)) {
      throw new ControlError(409, 'table.differs', `Version ${table.version} is in force with another content.`, fix)
    }
  }

  /** Synchronous from the first line to the last: no request sees half a table. */
  #apply(table: RouterTable, confirmed: boolean, newcomer: (id: string) => StandingState): void {
    this.#confirmed = confirmed
    const before = [...this.#table.services]
    const targets = new Map<string, Target>()
    const leaving: { target: Target; spec: ServiceSpec }[] = []
    const services = table.services.map((spec) => {
      const service = this.#same(spec) ?? new Service(spec, this, this.#options.limits ?? SERVICE_LIMITS)
      const { spec: last } = service
      const members = spec.targets.map((target) => this.#enlist(target, service, newcomer(target.id), targets))
      for (const target of service.update(spec, members, confirmed, this.#checks)) leaving.push({ target, spec: last })
      return service
    })
    this.#source = table
    this.#table = new ServiceTable(services)
    this.#edge = Edge.compile(table.edge)
    this.#targets = targets
    for (const service of before) {
      if (services.includes(service)) continue
      for (const target of service.pool.targets) leaving.push({ target, spec: service.spec })
    }
    for (const { target, spec } of leaving) {
      if (targets.get(target.id) !== target) this.#leavers.retire(target, spec.name, spec.timeouts)
    }
    for (const service of before) if (!services.includes(service)) service[Symbol.dispose]()
    this.#watcher?.tableApplied(table)
  }

  #enlist(spec: TargetSpec, service: Service, state: StandingState, targets: Map<string, Target>): Target {
    const current = this.#current(spec)
    const candidate = current ? undefined : this.#candidates.claim(spec)
    const target = current ?? candidate ?? this.#returning(spec) ?? new Target(spec, state)
    target.join(spec, service)
    targets.set(spec.id, target)
    if (candidate && candidate.state !== 'adding') this.targetChanged(service, candidate, 'adding')
    return target
  }

  /** Not the one whose name it got: what that one holds and counts is no business of this one. */
  #same(spec: ServiceSpec): Service | undefined {
    const service = this.#table.named(spec.name)
    const { id } = service?.spec ?? {}
    return id === undefined || spec.id === undefined || id === spec.id ? service : undefined
  }

  #current(spec: TargetSpec): Target | undefined {
    const target = this.#targets.get(spec.id)
    return target?.isAt(spec) ? target : undefined
  }

  #returning(spec: TargetSpec): Target | undefined {
    const target = this.#leavers.find(spec.id)
    if (!target?.isAt(spec)) return undefined
    this.#leavers.takeBack(target)
    return target
  }

  #named(name: string): Service {
    const service = this.#table.named(name)
    if (service) return service
    throw new ControlError(404, 'service.not-found', `There is no service "${name}" in the table.`)
  }
}
