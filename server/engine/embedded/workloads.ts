import { PaasError } from '../../errors.ts'
import type { Instance, Workload, WorkloadKey } from '../engine.ts'
import { commandOf } from './command.ts'
import { asUser, type DataDirectories } from './data-directories.ts'
import { environmentOfReplacement, processEnvironment } from './environment.ts'
import { newId } from './ids.ts'
import type { Image, Images } from './images.ts'
import type { EmbeddedInstance, Launch } from './instance.ts'
import type { InstanceRecord } from './instance-record.ts'
import type { Instances } from './instances.ts'
import type { Layout } from './layout.ts'
import { isFree, type Ports } from './ports.ts'
import { specificationOf } from './specification.ts'

/** Makes instances match what is asked for. Calls for one key must come one after another. */
export class Workloads {
  readonly #instances: Instances
  readonly #images: Images
  readonly #ports: Ports
  readonly #layout: Layout
  readonly #data: DataDirectories

  constructor(instances: Instances, images: Images, ports: Ports, layout: Layout, data: DataDirectories) {
    this.#instances = instances
    this.#images = images
    this.#ports = ports
    this.#layout = layout
    this.#data = data
  }

  async apply(workload: Workload): Promise<Instance[]> {
    const specification = specificationOf(workload)
    const existing = this.#instances.of(workload)
    const surplus = existing.filter(({ record }) => record.index > workload.quantity)
    const stale = existing.filter((one) => !surplus.includes(one) && isStale(one.record, specification))
    const surplusGone = this.#removeAll(surplus, workload.stopGraceMs)
    await this.#removeAll(stale, workload.stopGraceMs)
    await this.#fill(workload, specification)
    await surplusGone
    return this.#instances.of(workload).map((instance) => instance.describe())
  }

  async remove(key: WorkloadKey, graceMs: number): Promise<void> {
    await this.#removeAll(this.#instances.of(key), graceMs)
  }

  /** The old one is gone before the new one starts: never more than the quantity runs. Throws `instance.waiting`. */
  async replace(old: EmbeddedInstance, graceMs: number): Promise<void> {
    const { launch, record } = old
    if (!launch) throw waiting(record.id)
    await this.#instances.remove(old, graceMs)
    const id = newId(record.app, `${record.processType}.${record.index}`)
    const port = await this.#portFor(record.port !== null, record.fixedPort ? record.port : null)
    const environment = environmentOfReplacement(
      launch.environment,
      { old: this.#layout.home(record.id), fresh: this.#layout.home(id) },
      { port, temporary: this.#layout.temporary(id) },
    )
    await this.#instances.create({ ...record, ...UNTOUCHED, id, port }, { ...launch, environment })
  }

  async #removeAll(instances: EmbeddedInstance[], graceMs: number): Promise<void> {
    await Promise.all(instances.map((instance) => this.#instances.remove(instance, graceMs)))
  }

  async #fill(workload: Workload, specification: string): Promise<void> {
    const present = new Map(this.#instances.of(workload).map((instance) => [instance.record.index, instance]))
    const indexes = Array.from({ length: workload.quantity }, (_, n) => n + 1)
    const wanting = indexes.filter((index) => present.get(index)?.launch == null)
    if (wanting.length === 0) return
    const image = await this.#images.open(workload.image, workload.app)
    await Promise.all(
      wanting.map(async (index) => {
        const down = present.get(index)
        if (!down || !(await this.#revive(down, workload, image))) {
          await this.#create(workload, index, specification, image)
        }
      }),
    )
  }

  /** Starts one that ended before this server came. False when its port is lost: it could not be the same instance then. */
  async #revive(down: EmbeddedInstance, workload: Workload, image: Image): Promise<boolean> {
    const { record } = down
    if (record.port !== null && !(await isFree(record.port))) {
      await this.#instances.remove(down, 0)
      return false
    }
    record.restarts += 1
    down.start(this.#launch(workload, image, record))
    return true
  }

  async #create(workload: Workload, index: number, specification: string, image: Image): Promise<void> {
    const { app, release, processType, limits, stopGraceMs, data } = workload
    const name = `${processType}.${index}`
    const command = commandOf(workload.command, name)
    if (data) this.#data.prepare(app, data)
    const record: InstanceRecord = {
      ...UNTOUCHED,
      id: newId(app, name),
      app,
      release,
      processType,
      index,
      specification,
      image: workload.image,
      command: data ? asUser(command, data) : command,
      port: await (data ? this.#keptPort(app) : this.#portFor(workload.listens, workload.port ?? null)),
      fixedPort: data !== undefined || workload.port !== undefined,
      keeps: data !== undefined,
      memoryMb: limits.memoryMb,
      stopGraceMs,
    }
    await this.#instances.create(record, this.#launch(workload, image, record))
  }

  async #portFor(listens: boolean, fixed: number | null): Promise<number | null> {
    if (!listens) return null
    return fixed === null ? this.#ports.take() : this.#ports.takeFixed(fixed)
  }

  /** Whoever was told where the data is finds it there for good; the port that the image expects may be another's here. */
  async #keptPort(app: string): Promise<number> {
    const kept = this.#data.port(app)
    const port = kept === null ? await this.#ports.take() : await this.#ports.takeFixed(kept)
    if (kept === null) this.#data.keepPort(app, port)
    return port
  }

  #launch(workload: Workload, image: Image, { id, port, processType, index }: InstanceRecord): Launch {
    const environment = processEnvironment({
      image,
      workload: {
        ...workload.environment,
        ...(workload.data && { PAAS_DATA_DIRECTORY: this.#data.of(workload.app) }),
      },
      instance: `${processType}.${index}`,
      port,
      home: this.#layout.home(id),
      temporary: this.#layout.temporary(id),
    })
    return { directory: image.directory, environment }
  }
}

/** The part of a record that an instance's own history writes. */
const UNTOUCHED = {
  wanted: 'running',
  process: null,
  startedAt: null,
  restarts: 0,
  failures: 0,
  lastExit: null,
} as const

function isStale(record: InstanceRecord, specification: string): boolean {
  return record.specification !== specification || record.wanted === 'removed'
}

function waiting(id: string): PaasError {
  return new PaasError('conflict', 'instance.waiting', `${id} is down and waits for its configuration`, {
    fix: 'It starts again by itself within seconds; look again then.',
    command: 'paas ps',
  })
}
