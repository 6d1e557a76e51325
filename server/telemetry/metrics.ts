import { EventEmitter, on } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RouterClient } from '../../router/client.ts'
import type { RouterEvent, ServiceCounters } from '../../router/contract/event.ts'
import type { Apps } from '../apps/apps.ts'
import { METRICS_COARSE, METRICS_FINE, type MetricPoint } from '../contract/metrics.ts'
import type { Engine, Instance } from '../engine/engine.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { AppIds } from './app-ids.ts'
import type { Changes } from './changes.ts'
import { MetricFiles } from './metric-files.ts'
import { type MetricRow, mergeRows, rowOf } from './metric-row.ts'
import { pointOf } from './metric-series.ts'

export type MetricsOptions = {
  engine: Pick<Engine, 'list' | 'stats'>
  router: Pick<RouterClient, 'events'>
  apps: Pick<Apps, 'find' | 'findById'>
  /** Are told when everything has been measured. */
  changes?: Pick<Changes, 'tell'>
  /** One folder for each app. */
  directory: string
  log: Log
}

type CountersEvent = Extract<RouterEvent, { type: 'counters' }>
/** In ms since 1970; `fine` rows are those of ten seconds, the others those of a minute. */
export type ReadRange = { from: number; until: number; fine: boolean }

const COARSE_MS = METRICS_COARSE.stepSeconds * 1_000
/** Files are looked through for old ones every hour, and when an app is measured for the first time. */
const PRUNE_MS = 3_600_000

/**
 * What the router counted and the engine measured, of each app: every ten seconds a row, for two hours, and every
 * minute one, for two days. Beside the database, because it is much and may be lost.
 */
export class MetricStore implements AsyncDisposable {
  readonly #options: MetricsOptions
  readonly #appIds: AppIds
  readonly #fine: MetricFiles
  readonly #coarse: MetricFiles
  /** The minute that is not over yet, by app. */
  readonly #minutes = new Map<string, MetricRow>()
  readonly #prunedAt = new Map<string, number>()
  /** Rows, under the id of their app; null when it is removed. */
  readonly #news = new EventEmitter().setMaxListeners(0)
  readonly #removed = new Set<string>()
  readonly #stop = new AbortController()
  #watching: Promise<void> = Promise.resolve()
  #taking: Promise<void> = Promise.resolve()

  constructor(options: MetricsOptions) {
    this.#options = options
    this.#appIds = new AppIds(options.apps)
    this.#fine = new MetricFiles(options.directory, METRICS_FINE)
    this.#coarse = new MetricFiles(options.directory, METRICS_COARSE)
  }

  start(): void {
    this.#watching = this.#watch()
  }

  /** Oldest first. */
  async read(appId: string, { from, until, fine }: ReadRange): Promise<MetricRow[]> {
    if (fine) return await this.#fine.read(appId, from, until)
    const rows = await this.#coarse.read(appId, from, until)
    const open = this.#minutes.get(appId)
    return open && open.at > from && open.at <= until ? [...rows, open] : rows
  }

  /** Each row as it is measured, until the signal fires or the app is removed. */
  async *follow(appId: string, signal: AbortSignal): AsyncGenerator<MetricPoint> {
    if (this.#removed.has(appId)) return
    const over = AbortSignal.any([signal, this.#stop.signal])
    try {
      for await (const [row] of on(this.#news, appId, { signal: over }) as AsyncIterable<[MetricRow | null]>) {
        if (row === null) return
        yield pointOf(row)
      }
    } catch (error) {
      if (!over.aborted) throw error
    }
  }

  async remove(appId: string): Promise<void> {
    this.#removed.add(appId)
    this.#news.emit(appId, null)
    await this.#taking
    this.#minutes.delete(appId)
    await rm(join(this.#options.directory, appId), { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#watching
    for (const [appId, row] of this.#minutes) await this.#coarse.append(appId, row).catch(() => {})
  }

  async #watch(): Promise<void> {
    for await (const event of this.#options.router.events(this.#stop.signal, 'counters')) {
      if (event.type !== 'counters') continue
      this.#taking = this.#take(event)
      await this.#taking
      this.#options.changes?.tell(null, 'metrics')
    }
  }

  /** Of every app that did something or has an instance. */
  async #take(event: CountersEvent): Promise<void> {
    const at = Date.parse(event.at)
    const rows = new Map<string, MetricRow>()
    const row = (appId: string, service?: ServiceCounters) => {
      const known = rows.get(appId) ?? rowOf({ at, ms: event.ms, service })
      rows.set(appId, known)
      return known
    }
    for (const [name, service] of Object.entries(event.services)) {
      const appId = this.#appIds.find(service.id ?? name)
      if (appId) row(appId, service)
    }
    for (const { instance, usage } of await this.#usage()) {
      const appId = this.#appIds.find(instance.app)
      if (appId) row(appId).instances[`${instance.processType}.${instance.index}`] = usage
    }
    await Promise.all([...rows].map(([appId, measured]) => this.#keep(appId, measured)))
  }

  /** Nothing of an engine that is away: the traffic is told all the same. */
  async #usage(): Promise<{ instance: Instance; usage: MetricRow['instances'][string] }[]> {
    const { engine } = this.#options
    try {
      const running = (await engine.list()).filter(({ state }) => state === 'running')
      const stats = new Map((await engine.stats(running.map(({ id }) => id))).map((one) => [one.id, one]))
      return running.flatMap((instance) => {
        const measured = stats.get(instance.id)
        if (!measured) return []
        const { cpuCores, memoryBytes, memoryLimitBytes } = measured
        return [{ instance, usage: { cpuCores, memoryBytes, memoryLimitBytes, samples: 1 } }]
      })
    } catch {
      return []
    }
  }

  async #keep(appId: string, row: MetricRow): Promise<void> {
    if (this.#removed.has(appId)) return
    this.#news.emit(appId, row)
    try {
      await this.#fine.append(appId, row)
      await this.#keepMinute(appId, row)
      await this.#prune(appId, row.at)
    } catch (error) {
      this.#options.log.warn('metrics.not-written', { app: appId, reason: messageOf(error) })
    }
  }

  async #keepMinute(appId: string, row: MetricRow): Promise<void> {
    const open = this.#minutes.get(appId)
    if (open && Math.ceil(open.at / COARSE_MS) !== Math.ceil(row.at / COARSE_MS)) {
      await this.#coarse.append(appId, open)
      this.#minutes.set(appId, row)
    } else this.#minutes.set(appId, open ? mergeRows(open, row) : row)
  }

  async #prune(appId: string, now: number): Promise<void> {
    if (now - (this.#prunedAt.get(appId) ?? 0) < PRUNE_MS) return
    this.#prunedAt.set(appId, now)
    await this.#fine.prune(appId, now)
    await this.#coarse.prune(appId, now)
  }
}
