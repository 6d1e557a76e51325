import { PaasError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { EngineEvent, Exit, WorkloadKey } from '../engine.ts'
import type { Captures } from './captures.ts'
import type { Images } from './images.ts'
import { EmbeddedInstance, type InstanceWatcher, type Launch } from './instance.ts'
import { InstanceRecord } from './instance-record.ts'
import type { Layout } from './layout.ts'
import { findLeader } from './orphans.ts'
import type { Ports } from './ports.ts'
import { isAlive } from './process-identity.ts'
import { RecordStore } from './record-store.ts'

export type InstancesParts = {
  layout: Layout
  images: Images
  captures: Captures
  ports: Ports
  emit: (event: EngineEvent) => void
  log: Log
}

/** All instances of this box, each with its record, its port and its output. */
export class Instances implements InstanceWatcher {
  readonly #parts: InstancesParts
  readonly #store: RecordStore<InstanceRecord>
  readonly #all = new Map<string, EmbeddedInstance>()

  constructor(parts: InstancesParts) {
    this.#parts = parts
    this.#store = new RecordStore(parts.layout.instances, InstanceRecord, parts.log)
  }

  has(id: string): boolean {
    return this.#all.has(id)
  }

  find(id: string): EmbeddedInstance | undefined {
    return this.#all.get(id)
  }

  /** Throws `instance.not-found`. */
  get(id: string): EmbeddedInstance {
    const instance = this.#all.get(id)
    if (instance) return instance
    throw new PaasError('not-found', 'instance.not-found', `The instance ${id} is not there any more`, {
      fix: 'Look which instances there are now.',
      command: 'paas ps',
    })
  }

  all(app?: string): EmbeddedInstance[] {
    const chosen = [...this.#all.values()].filter(({ record }) => app === undefined || record.app === app)
    return chosen.sort((a, b) => a.record.index - b.record.index)
  }

  of(key: WorkloadKey): EmbeddedInstance[] {
    return this.all(key.app).filter(
      ({ record }) => record.release === key.release && record.processType === key.processType,
    )
  }

  /** Takes over what an earlier server started, and finishes the removals that it had begun. */
  async adopt(): Promise<void> {
    await Promise.all(this.#store.load().map((record) => this.#adoptOne(record)))
  }

  /** The record's port is taken already. */
  async create(record: InstanceRecord, launch: Launch): Promise<void> {
    try {
      const instance = await this.#register(record)
      instance.start(launch)
    } catch (error) {
      await this.#undo(record)
      throw error
    }
  }

  async #undo({ id, port }: InstanceRecord): Promise<void> {
    const instance = this.#all.get(id)
    if (instance) await this.remove(instance, 0)
    else if (port !== null) this.#parts.ports.release(port)
  }

  /** Resolves when it is gone; its port rests. Idempotent. */
  async remove(instance: EmbeddedInstance, graceMs: number): Promise<void> {
    const { id, app, port, keeps } = instance.record
    await instance.remove(graceMs)
    if (!this.#all.delete(id)) return
    if (port !== null) this.#parts.ports.release(port)
    await this.#parts.captures.retire(id)
    if (!keeps) this.#parts.emit({ type: 'removed', id, app })
  }

  release(): void {
    for (const instance of this.all()) instance.release()
  }

  instanceStarted(instance: EmbeddedInstance): void {
    if (!instance.record.keeps) this.#parts.emit({ type: 'started', instance: instance.describe() })
  }

  instanceExited(instance: EmbeddedInstance, exit: Exit): void {
    if (!instance.record.keeps) this.#parts.emit({ type: 'exited', instance: instance.describe(), exit })
  }

  async #register(record: InstanceRecord): Promise<EmbeddedInstance> {
    const { layout, log, captures } = this.#parts
    const capture = await captures.open(record.id)
    const instance = new EmbeddedInstance({ record, store: this.#store, layout, capture, watcher: this, log })
    this.#all.set(record.id, instance)
    return instance
  }

  async #adoptOne(record: InstanceRecord): Promise<void> {
    if (record.port !== null) this.#parts.ports.keep(record.port)
    const instance = await this.#register(record)
    const recorded = record.process
    const identity = recorded && isAlive(recorded) ? recorded : (findLeader(instance.marker) ?? recorded)
    if (identity) await instance.adopt(identity, this.#parts.images.treeOf(record.image))
    else instance.wait()
    if (record.wanted === 'removed') void this.#finishRemoval(instance)
  }

  async #finishRemoval(instance: EmbeddedInstance): Promise<void> {
    try {
      await this.remove(instance, instance.record.stopGraceMs)
    } catch (error) {
      this.#parts.log.error('embedded.removal-failed', { instance: instance.record.id, reason: String(error) })
    }
  }
}
