import { EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Engine, EngineEvent, Exit, Instance } from '../engine/engine.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'

const RETRY_MS = 1_000
/** Events can be lost; a list cannot. */
export const RESYNC_MS = 30_000

export type InstanceNews =
  | { type: 'started'; instance: Instance }
  | { type: 'exited'; instance: Instance; exit: Exit }
  | { type: 'listed' }
  /** The engine was away, or events were lost; what runs has been listed again. */
  | { type: 'returned' }

/** What runs, as last confirmed by the engine. Empty until the first list: nothing is assumed of an earlier life. */
export class InstanceRegistry {
  readonly #engine: Engine
  readonly #log: Log
  readonly #known = new Map<string, Instance>()
  readonly #news = new EventEmitter<{ news: [InstanceNews] }>().setMaxListeners(0)
  #bootId: string | undefined
  #listing: Promise<void> | undefined
  #changesWhileListing = new Set<string>()

  constructor(engine: Engine, log: Log) {
    this.#engine = engine
    this.#log = log
  }

  /** Undefined until the engine has been listed once. */
  get engineBootId(): string | undefined {
    return this.#bootId
  }

  of(appId: string): Instance[] {
    return [...this.#known.values()].filter((instance) => instance.app === appId).sort(byName)
  }

  all(): Instance[] {
    return [...this.#known.values()]
  }

  find(id: string): Instance | undefined {
    return this.#known.get(id)
  }

  /** What `apply` returned, so that nobody has to wait for the event. */
  learn(instances: Instance[]): void {
    for (const instance of instances) this.#put(instance)
  }

  forget(ids: string[]): void {
    for (const id of ids) this.#drop(id)
  }

  onNews(listener: (news: InstanceNews) => void): Disposable {
    this.#news.on('news', listener)
    return { [Symbol.dispose]: () => void this.#news.off('news', listener) }
  }

  /** Lists now; callers at the same time share one list. */
  refresh(): Promise<void> {
    this.#listing ??= this.#list().finally(() => {
      this.#listing = undefined
    })
    return this.#listing
  }

  /** Follows the engine until the signal; an engine that is away is asked again. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const event of this.#engine.watch(signal)) await this.#apply(event)
      } catch (error) {
        this.#log.warn('instances.watch', { reason: messageOf(error) })
      }
      await pause(RETRY_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #apply(event: EngineEvent): Promise<void> {
    if (event.type === 'resync') {
      try {
        await this.refresh()
      } catch (error) {
        return this.#log.warn('instances.list', { reason: messageOf(error) })
      }
      this.#news.emit('news', { type: 'returned' })
      return
    }
    if (event.type === 'removed') return this.#drop(event.id)
    this.#put(event.instance)
    this.#news.emit('news', event)
  }

  async #list(): Promise<void> {
    this.#changesWhileListing.clear()
    const info = await this.#engine.info()
    const instances = await this.#engine.list()
    const listed = new Set(instances.map(({ id }) => id))
    for (const instance of instances) {
      if (!this.#changesWhileListing.has(instance.id)) this.#known.set(instance.id, instance)
    }
    for (const id of this.#known.keys()) {
      if (!listed.has(id) && !this.#changesWhileListing.has(id)) this.#known.delete(id)
    }
    this.#bootId = info.bootId
    this.#news.emit('news', { type: 'listed' })
  }

  #put(instance: Instance): void {
    this.#known.set(instance.id, instance)
    this.#changesWhileListing.add(instance.id)
  }

  #drop(id: string): void {
    this.#known.delete(id)
    this.#changesWhileListing.add(id)
  }
}

function byName(a: Instance, b: Instance): number {
  return a.processType.localeCompare(b.processType) || a.index - b.index || a.release - b.release
}
