import { setTimeout as pause } from 'node:timers/promises'
import type { AppRecord, Apps } from '../apps/apps.ts'
import type { DiskCollected, DiskItem, DiskPlan, DiskState, DiskUsage } from '../contract/disk.ts'
import type { Engine, EngineDisk } from '../engine/engine.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Builds } from './builds.ts'
import { type AppImages, cacheTarget, type DiskFacts, planDisk } from './disk-plan.ts'
import type { DiskSettingsStore } from './disk-settings.ts'
import { diskState, type FreeSpace, freeSpace, requireDiskSpace } from './disk-space.ts'
import type { Releases } from './releases.ts'
import type { Turns } from './turns.ts'

/** How often the free space is looked at; costs one system call. */
const LOOK_MS = 60_000
/** Budgets are measured so often even when the disk is ample. */
const COLLECT_MS = 6 * 60 * 60_000
/** After one that did not help, the next one by itself waits. */
const REST_MS = 10 * 60_000
const WORST_FIRST: DiskState[] = ['full', 'tight', 'ample']

export type DiskParts = {
  engine: Engine
  apps: Pick<Apps, 'list'>
  builds: Pick<Builds, 'forgetOld'>
  releases: Pick<Releases, 'recentImages' | 'find'>
  turns: Pick<Turns, 'length'>
  diskSettings: DiskSettingsStore
  /** On the disk that the platform keeps its own state on. */
  directory: string
  /** What of the platform's own takes how much. */
  measure: () => Promise<{ what: string; bytes: number }[]>
  log: Log
}

/** Images and caches of the box: what takes how much, what could go, and its going. Volumes are never touched. */
export class Disk implements Disposable {
  readonly #parts: DiskParts
  readonly #closing = new AbortController()
  #collecting: Promise<DiskCollected> | undefined
  #collectedAt = 0
  /** Where the engine keeps images, once it has been measured. */
  #imagesDirectory: string | null = null

  constructor(parts: DiskParts) {
    this.#parts = parts
  }

  async usage(): Promise<DiskUsage> {
    const { apps, diskSettings, measure } = this.#parts
    const [engine, own] = await Promise.all([this.#measureEngine(), measure()])
    const space = await this.#space(engine)
    const names = new Map(apps.list().map(({ id, name }) => [id, name]))
    const images = engine.images.filter(({ app, own }) => own || names.has(app))
    const ofApps = [...Map.groupBy(images, ({ app }) => app)].map(([app, group]) => ({
      what: group.length === 1 ? '1 image' : `${group.length} images`,
      app: names.get(app) ?? null,
      bytes: group.reduce((sum, { bytes }) => sum + bytes, 0),
    }))
    const shared = [
      { what: 'images: what they share', app: null, bytes: engine.baseBytes },
      { what: 'build cache', app: null, bytes: engine.cacheBytes },
      ...own.map((part) => ({ ...part, app: null })),
    ]
    const parts = [...ofApps, ...shared].filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes)
    const settings = { settings: diskSettings.get(), defaults: diskSettings.defaults }
    return { state: diskState(space), ...space, parts, ...settings }
  }

  async plan(): Promise<DiskPlan> {
    return planDisk(await this.#facts())
  }

  /** One at a time; who asks meanwhile gets the answer of the one that runs. */
  collect(): Promise<DiskCollected> {
    this.#collecting ??= this.#collect().finally(() => {
      this.#collecting = undefined
      this.#collectedAt = Date.now()
    })
    return this.#collecting
  }

  /** Throws `disk.full` when collecting does not help, either. */
  async requireSpace(): Promise<void> {
    const { state } = await this.#glance()
    if (state === 'full') await this.#collectByItself(state)
    await Promise.all(this.#directories.map(requireDiskSpace))
  }

  /** Collects by itself before the disk is full, until disposed of. */
  async watch(): Promise<void> {
    const { signal } = this.#closing
    this.#collectedAt = Date.now()
    await this.#measureEngine().catch(() => undefined)
    while (!signal.aborted) {
      await pause(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted) return
      const { state } = await this.#glance().catch(() => ({ state: 'ample' as const }))
      const age = Date.now() - this.#collectedAt
      if (age > (state === 'ample' ? COLLECT_MS : REST_MS)) await this.#collectByItself(state)
    }
  }

  [Symbol.dispose](): void {
    this.#closing.abort()
  }

  async #collectByItself(state: DiskState): Promise<void> {
    const { log } = this.#parts
    try {
      const { removed, freeBytes } = await this.collect()
      if (removed.length > 0) log.info('disk.collected', { state, removed: removed.length, freeBytes })
    } catch (error) {
      log.warn('disk.collect', { state, reason: messageOf(error) })
    }
  }

  async #collect(): Promise<DiskCollected> {
    const { engine } = this.#parts
    await this.#forgetOldBuilds()
    const facts = await this.#facts()
    const { remove, warnings } = planDisk(facts)
    const removed: DiskItem[] = []
    const left: DiskItem[] = []
    for (const item of remove.filter(({ kind }) => kind === 'image')) {
      if (await this.#removeImage(item, facts)) removed.push(item)
      else left.push(item)
    }
    const cache = remove.find(({ kind }) => kind === 'cache')
    if (cache) {
      const freed = removed.reduce((sum, { bytes }) => sum + bytes, 0)
      const bytes = await engine.pruneCache(cacheTarget(facts, freed))
      if (bytes > 0) removed.push({ ...cache, bytes })
      else left.push(cache)
    }
    const { freeBytes } = await this.#space(facts.engine)
    return { removed, left, freeBytes, warnings }
  }

  async #forgetOldBuilds(): Promise<void> {
    const { apps, builds, diskSettings } = this.#parts
    const { keepBuilds } = diskSettings.get()
    for (const { id } of apps.list()) await builds.forgetOld(id, keepBuilds)
  }

  /** A deploy that began since the plan was made may want what it would have taken. */
  async #removeImage(item: DiskItem, facts: DiskFacts): Promise<boolean> {
    const { engine, turns } = this.#parts
    const image = facts.engine.images.find(({ name }) => name === item.what)
    if (!image || turns.length(image.app) > 0) return false
    return engine.removeImage(image.id)
  }

  async #facts(): Promise<DiskFacts> {
    const { apps, diskSettings } = this.#parts
    const measured = await this.#measureEngine()
    const known = apps.list().map((app) => [app.id, this.#imagesOf(app)] as const)
    const space = await this.#space(measured)
    return { engine: measured, apps: new Map(known), space, settings: diskSettings.get() }
  }

  #imagesOf(app: AppRecord): AppImages {
    const { diskSettings, releases, turns } = this.#parts
    const recent = releases.recentImages(app.id, diskSettings.get().keepReleases)
    const serving = app.currentRelease === null ? undefined : releases.find(app.id, app.currentRelease)?.image
    return {
      name: app.name,
      rollbackTargets: serving === undefined ? recent : [serving, ...recent],
      deploying: turns.length(app.id) > 0,
    }
  }

  #space({ directory }: EngineDisk): Promise<FreeSpace> {
    return freeSpace(directory ?? this.#parts.directory)
  }

  async #measureEngine(): Promise<EngineDisk> {
    const measured = await this.#parts.engine.disk()
    this.#imagesDirectory = measured.directory
    return measured
  }

  get #directories(): string[] {
    return [this.#parts.directory, ...(this.#imagesDirectory === null ? [] : [this.#imagesDirectory])]
  }

  /** The worst of the disks. */
  async #glance(): Promise<{ state: DiskState }> {
    const spaces = await Promise.all(this.#directories.map(freeSpace))
    const states = spaces.map(diskState)
    return { state: WORST_FIRST.find((state) => states.includes(state)) ?? 'ample' }
  }
}
