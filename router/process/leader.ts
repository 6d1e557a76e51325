import type {
  DrainedAnswer,
  ProbeAnswer,
  ProbeRequest,
  PutTableAnswer,
  RestartAnswer,
  RouterProcess,
  RouterStatus,
} from '../contract/call.ts'
import type { Measurements } from '../contract/event.ts'
import type { RouterTable } from '../contract/table.ts'
import type { ControlVerbs } from '../control.ts'
import { NOTHING_MEASURED, together } from '../measurements.ts'
import type { Meter } from '../meter.ts'
import type { Router } from '../router.ts'
import type { Tls } from '../tls/tls.ts'
import type { Followers } from './followers.ts'
import type { News } from './news.ts'
import type { FollowerVerbs, LeaderVerbs, Report } from './verbs.ts'

export type LeaderParts = {
  router: Router
  tls: Tls | null
  followers: Followers
  news: News
  /** Reads what this process has counted, once. */
  meter: Meter
  /** Of this process itself. */
  report: () => RouterProcess
  restart: () => Promise<RestartAnswer>
}

/**
 * The router as one, whoever serves: this process and those that follow it. What is changed here is changed everywhere
 * when the call answers.
 */
export class Leader implements ControlVerbs {
  readonly #parts: LeaderParts
  /** Of followers that have ended since the last reading. */
  #left = NOTHING_MEASURED

  constructor(parts: LeaderParts) {
    this.#parts = parts
  }

  async put(table: RouterTable): Promise<PutTableAnswer> {
    const began = performance.now()
    const { version } = await this.#parts.router.put(table)
    await this.#tellStanding()
    return { version, appliedMs: Math.round((performance.now() - began) * 10) / 10 }
  }

  probe(request: ProbeRequest, signal: AbortSignal): Promise<ProbeAnswer> {
    return this.#parts.router.probe(request, signal)
  }

  async drained(ids: string[]): Promise<DrainedAnswer> {
    const { router, followers } = this.#parts
    const [own, others] = await Promise.all([router.drained(ids), followers.drained(ids)])
    return { targets: addCuts(own.targets, others) }
  }

  async pause(name: string, holdMs: number): Promise<void> {
    this.#parts.router.pause(name, holdMs)
    await this.#tellStanding()
  }

  async resume(name: string): Promise<void> {
    this.#parts.router.resume(name)
    await this.#tellStanding()
  }

  async status(): Promise<RouterStatus> {
    const { processes, inFlight } = await this.report()
    const status = this.#parts.router.status(inFlight)
    const rssBytes = processes.reduce((sum, report) => sum + report.rssBytes, 0)
    return { ...status, rssBytes, processes }
  }

  /** What all processes have counted since the last reading. */
  async measure(): Promise<Measurements> {
    const { meter, followers } = this.#parts
    const others = await followers.measurements()
    const left = this.#left
    this.#left = NOTHING_MEASURED
    return [...others, left].reduce(together, meter.take())
  }

  restart(): Promise<RestartAnswer> {
    return this.#parts.restart()
  }

  /** Of all processes. */
  async report(): Promise<Report> {
    const { router, followers, report } = this.#parts
    return addReports([{ processes: [report()], inFlight: router.inFlight() }, ...(await followers.reports())])
  }

  /** What the verbs of a follower do here, for a leader of this process. */
  obey(): Omit<FollowerVerbs, 'stop' | 'watch'> {
    const { router, followers, tls } = this.#parts
    return {
      apply: async (standing) => {
        router.adopt(standing)
        await followers.apply(standing)
      },
      observe: (states) => {
        router.observe(states)
        followers.observe(states)
      },
      drained: async (ids) => (await this.drained(ids)).targets,
      measure: () => this.measure(),
      tls: (change) => tls?.change(change),
      report: () => this.report(),
    }
  }

  /** What a follower tells this process. */
  listen(): LeaderVerbs {
    const { router, news } = this.#parts
    return {
      seen: (states) => router.observe(states),
      requests: ({ lines, count }) => news.requests(lines, count),
      measured: (measurements) => {
        this.#left = together(this.#left, measurements)
      },
    }
  }

  async #tellStanding(): Promise<void> {
    const { router, followers } = this.#parts
    if (followers.size > 0) await followers.apply(router.standing())
  }
}

function addCuts(own: DrainedAnswer['targets'], others: DrainedAnswer['targets'][]): DrainedAnswer['targets'] {
  const cutBy = (id: string) => others.flat().reduce((sum, other) => (other.id === id ? sum + other.cut : sum), 0)
  return own.map(({ id, cut }) => ({ id, cut: cut + cutBy(id) }))
}

function addReports(reports: Report[]): Report {
  const inFlight: Report['inFlight'] = {}
  for (const report of reports) {
    for (const [id, count] of Object.entries(report.inFlight)) inFlight[id] = (inFlight[id] ?? 0) + count
  }
  return { processes: reports.flatMap(({ processes }) => processes), inFlight }
}
