import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PaasError } from '../errors.ts'
import type { Log } from '../log.ts'
import { Captures } from './embedded/captures.ts'
import { DataDirectories } from './embedded/data-directories.ts'
import { embeddedDisk, pruneLayers } from './embedded/disk.ts'
import { explainingFullDisk } from './embedded/disk-full.ts'
import { EventStream } from './embedded/event-stream.ts'
import { endMarked, execBeside, pipeBeside } from './embedded/exec.ts'
import { Images } from './embedded/images.ts'
import { Instances } from './embedded/instances.ts'
import type { ReadOptions } from './embedded/journal-reader.ts'
import { KeyedQueue } from './embedded/keyed-queue.ts'
import { Layout } from './embedded/layout.ts'
import { listeningSockets } from './embedded/listening.ts'
import { membersOf } from './embedded/members.ts'
import { killOrphans } from './embedded/orphans.ts'
import { Ports } from './embedded/ports.ts'
import { isOfMachine, machinePrograms } from './embedded/programs.ts'
import { Runs } from './embedded/runs.ts'
import { prepareState } from './embedded/state-directory.ts'
import { StatsSampler } from './embedded/stats.ts'
import { Workloads } from './embedded/workloads.ts'
import type {
  BuildEndpoint,
  Endpoint,
  Engine,
  EngineDisk,
  EngineEvent,
  EngineInfo,
  ExecRequest,
  Instance,
  InstanceStats,
  ListeningSocket,
  LogLine,
  Pipe,
  Programs,
  RunHandle,
  RunRequest,
  Workload,
  WorkloadKey,
} from './engine.ts'

/** Of the layout on disk: raised when a new server cannot take over what an old one started. */
const VERSION = '1'
/** For what still runs when an app is destroyed. */
const DESTROY_GRACE_MS = 5_000

export type EmbeddedEngineOptions = {
  /** The engine's own; made when it is not there. */
  directory: string
  log: Log
  /** Ends all instances on dispose, for tests. Otherwise they outlive the server and the next one takes them over. */
  stopOnDispose?: boolean
}

/**
 * No container engine: images are directories, instances are child processes in sessions of their own. They share the
 * machine and its user, so nothing keeps them apart (`isolates: false`), and limits of memory, cpu and processes are not
 * enforced. For trying the product on any machine, and for tests.
 */
export class EmbeddedEngine implements Engine {
  readonly buildEndpoint: BuildEndpoint
  readonly #layout: Layout
  readonly #stopOnDispose: boolean
  readonly #images: Images
  readonly #captures: Captures
  readonly #instances: Instances
  readonly #workloads: Workloads
  readonly #runs: Runs
  readonly #data: DataDirectories
  readonly #events = new EventStream()
  readonly #stats = new StatsSampler()
  readonly #queue = new KeyedQueue()
  #starting: Promise<EngineInfo> | null = null

  constructor({ directory, log, stopOnDispose = false }: EmbeddedEngineOptions) {
    const layout = new Layout(directory)
    const ports = new Ports(layout.ports)
    this.#layout = layout
    this.#stopOnDispose = stopOnDispose
    this.#images = new Images(layout)
    this.#captures = new Captures(layout, log)
    const emit = (event: EngineEvent) => this.#events.emit(event)
    this.#instances = new Instances({ layout, images: this.#images, captures: this.#captures, ports, emit, log })
    this.#data = new DataDirectories(layout)
    this.#workloads = new Workloads(this.#instances, this.#images, ports, layout, this.#data)
    this.#runs = new Runs(layout, this.#images, this.#captures, log)
    this.buildEndpoint = { kind: 'directory', root: layout.images, cache: layout.cache }
  }

  async start(): Promise<EngineInfo> {
    this.#starting ??= this.#takeOver()
    return this.#starting
  }

  async info(): Promise<EngineInfo> {
    const bootId = prepareState(this.#layout)
    return { name: 'embedded', version: VERSION, bootId, isolates: false }
  }

  async apply(workload: Workload): Promise<Instance[]> {
    const apply = () => this.#workloads.apply(workload)
    return explainingFullDisk(this.#layout.directory, () => this.#queue.run(queueKey(workload), apply))
  }

  async remove(key: WorkloadKey, graceMs: number): Promise<void> {
    await this.#queue.run(queueKey(key), () => this.#workloads.remove(key, graceMs))
  }

  async restart(id: string, graceMs: number): Promise<void> {
    const { record } = this.#instances.get(id)
    await this.#queue.run(queueKey(record), () => this.#workloads.replace(this.#instances.get(id), graceMs))
  }

  async list(app?: string): Promise<Instance[]> {
    const listed = this.#instances.all(app).filter(({ record }) => app !== undefined || !record.keeps)
    return listed.map((instance) => instance.describe())
  }

  watch(signal: AbortSignal): AsyncIterable<EngineEvent> {
    return this.#events.subscribe(signal)
  }

  async run(request: RunRequest): Promise<RunHandle> {
    return explainingFullDisk(this.#layout.directory, () => this.#runs.start(request))
  }

  async findRun(app: string, name: string): Promise<RunHandle | null> {
    return this.#runs.find(app, name)
  }

  async exec(id: string, request: ExecRequest): Promise<RunHandle> {
    const { launch, marker } = this.#running(id)
    return execBeside(launch, marker, request)
  }

  async endExec(_id: string, mark: string): Promise<void> {
    endMarked(mark)
  }

  async pipe(id: string, command: string[]): Promise<Pipe> {
    const { launch, marker } = this.#running(id)
    return pipeBeside(launch, marker, command)
  }

  async provide(programs: Programs): Promise<string> {
    return machinePrograms(this.#layout, programs)
  }

  async provided(programs: Programs): Promise<boolean> {
    return isOfMachine(programs)
  }

  /** Nothing keeps processes apart here: everybody reaches it, and only its password tells who may. */
  async link(keeper: WorkloadKey): Promise<Endpoint> {
    const endpoint = this.#instances.of(keeper)[0]?.describe().endpoint
    if (endpoint) return endpoint
    throw new PaasError(
      'conflict',
      'instance.not-running',
      'What keeps the data does not run, so nothing can reach it.',
      {
        fix: 'It is started again within seconds; try again then.',
      },
    )
  }

  async unlink(): Promise<void> {}

  removeData(app: string): Promise<void> {
    return this.#data.remove(app)
  }

  logs(id: string, options: ReadOptions): AsyncIterable<LogLine> {
    return this.#captures.read(id, options)
  }

  async stats(ids: string[]): Promise<InstanceStats[]> {
    const found = ids.map((id) => this.#instances.find(id)).filter((instance) => instance !== undefined)
    return this.#stats.measure(found)
  }

  async listening(id: string): Promise<ListeningSocket[]> {
    const { identity, marker } = this.#instances.get(id)
    return identity ? listeningSockets(membersOf(identity, marker).map(({ pid }) => pid)) : []
  }

  async removeApp(app: string): Promise<void> {
    const keys = new Map(this.#instances.all(app).map(({ record }) => [queueKey(record), record]))
    await Promise.all([...keys.values()].map((key) => this.remove(key, DESTROY_GRACE_MS)))
    await this.#runs.stop(DESTROY_GRACE_MS, app)
    await this.pruneImages(app, [])
    await rm(join(this.#layout.cache, app), { recursive: true, force: true })
  }

  /** Everything that was ever made here; what is kept only when asked for. */
  async removeBox({ data = false } = {}): Promise<void> {
    const apps = [...this.#instances.all(), ...this.#runs.all()].map(({ record }) => record.app)
    await Promise.all([...new Set(apps)].map((app) => this.removeApp(app)))
    await rm(this.#layout.images, { recursive: true, force: true })
    await rm(this.#layout.cache, { recursive: true, force: true })
    if (data) await rm(this.#layout.data, { recursive: true, force: true })
  }

  async hasImage(image: string): Promise<boolean> {
    return this.#images.has(image)
  }

  /** Images of instances and one-offs that are still there are kept too. */
  async pruneImages(app: string, keep: string[]): Promise<void> {
    await this.#images.prune(app, [...keep, ...this.#imagesInUse()])
  }

  async disk(): Promise<EngineDisk> {
    return embeddedDisk(this.#layout, await this.#images.list(), new Set(this.#imagesInUse()))
  }

  async removeImage(id: string): Promise<boolean> {
    return !this.#imagesInUse().includes(id) && (await this.#images.removeOne(id))
  }

  pruneCache(keepBytes: number): Promise<number> {
    return pruneLayers(this.#layout.cache, keepBytes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopOnDispose) {
      await Promise.all(this.#instances.all().map((instance) => this.#instances.remove(instance, 0)))
      await this.#runs.stop(0)
    }
    this.#instances.release()
    this.#runs.release()
    this.#events.close()
    await this.#captures.close()
  }

  #running(id: string) {
    const { launch, identity, marker } = this.#instances.get(id)
    if (launch && identity) return { launch, marker }
    throw new PaasError('conflict', 'instance.not-running', `${id} is not running, so no command can join it`, {
      fix: 'Start a one-off process of the app instead.',
      command: 'paas run bash',
    })
  }

  #imagesInUse(): string[] {
    return [...this.#instances.all(), ...this.#runs.all()].map(({ record }) => record.image)
  }

  async #takeOver(): Promise<EngineInfo> {
    const info = await this.info()
    await this.#instances.adopt()
    await this.#runs.adopt()
    await this.#images.sweep()
    await this.#captures.sweep()
    await this.#sweepScratch()
    return info
  }

  async #sweepScratch(): Promise<void> {
    const known = (id: string) => this.#instances.has(id) || this.#runs.has(id)
    killOrphans(this.#layout, known)
    const unknown = (await readdir(this.#layout.scratch)).filter((id) => !known(id))
    await Promise.all(unknown.map((id) => rm(join(this.#layout.scratch, id), { recursive: true, force: true })))
  }
}

function queueKey({ app, release, processType }: WorkloadKey): string {
  return `${app}/${release}/${processType}`
}
