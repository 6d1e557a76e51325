import type { ContainerInfo } from 'dockerode'
import type { Log } from '../log.ts'
import { AddressBook } from './docker/addresses.ts'
import { pruneCache } from './docker/cache.ts'
import { Connection } from './docker/connection.ts'
import type { Host } from './docker/container-spec.ts'
import { defaultBridge, isShared } from './docker/default-bridge.ts'
import { engineDisk } from './docker/disk.ts'
import { EventFeed } from './docker/event-feed.ts'
import { execIn, pipeIn } from './docker/exec.ts'
import { signalMarked } from './docker/exec-signal.ts'
import { type ClosedBuilds, Firewall } from './docker/firewall.ts'
import { type EngineIdentity, identify } from './docker/identity.ts'
import { hasImage, pruneImages, removeImage } from './docker/images.ts'
import { LABEL, type Labels, labelFilter } from './docker/labels.ts'
import { Links } from './docker/links.ts'
import { listeningSockets } from './docker/listening.ts'
import { ContainerLogs, type LogOptions } from './docker/logs.ts'
import { Networks } from './docker/networks.ts'
import { findOwn } from './docker/own.ts'
import { isProvided, provide } from './docker/programs.ts'
import { restingAddress } from './docker/remover.ts'
import { Runs } from './docker/runs.ts'
import { StatsSampler } from './docker/stats.ts'
import { keptNames, removeVolume } from './docker/volumes.ts'
import { Workloads } from './docker/workloads.ts'
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

/** When a whole app goes, its processes get this long. */
const REMOVE_APP_GRACE_MS = 10_000

export type DockerEngineOptions = {
  socketPath: string
  /** Which objects of the engine are ours; never changes for a box. */
  boxId: string
  subnetPool: string
  /** For what must survive a restart of the server: which addresses rest. */
  stateDirectory: string
  /** Ports of this server that containers on the engine's own bridge, builds among them, are kept from. */
  privatePorts?: number[]
  /** Whether builds are kept from private addresses and the box; left out, they are not. */
  closedBuilds?: ClosedBuilds | undefined
  log: Log
}

/** Instances as containers of a local Docker Engine, 20.10 or later. */
export class DockerEngine implements Engine {
  readonly buildEndpoint: BuildEndpoint
  readonly #boxId: string
  readonly #connection: Connection
  readonly #book: AddressBook
  readonly #networks: Networks
  readonly #links: Links
  readonly #feed: EventFeed
  readonly #logs: ContainerLogs
  readonly #runs: Runs
  readonly #workloads: Workloads
  readonly #stats: StatsSampler
  readonly #log: Log
  readonly #privatePorts: number[]
  readonly #closedBuilds: ClosedBuilds | undefined
  #firewall: Firewall | null = null
  #host: Host

  constructor(options: DockerEngineOptions) {
    const { socketPath, boxId, subnetPool, stateDirectory, privatePorts = [], log } = options
    this.buildEndpoint = { kind: 'docker', socketPath, labels: { [LABEL.box]: boxId } }
    this.#boxId = boxId
    this.#host = { boxId, cpuCount: 1, openFiles: 1024 }
    this.#connection = new Connection(socketPath)
    this.#book = new AddressBook(stateDirectory)
    this.#networks = new Networks(this.#connection, boxId, subnetPool, this.#book)
    this.#links = new Links(this.#connection, this.#networks, this.#book, boxId)
    this.#feed = new EventFeed(
      this.#connection,
      boxId,
      {
        containerDestroyed: (id, labels) => this.#vacate(id, labels),
        eventsLost: () => this.#learnAddresses(),
      },
      log,
    )
    this.#logs = new ContainerLogs(this.#connection)
    this.#stats = new StatsSampler(this.#connection)
    this.#runs = new Runs(this.#connection, this.#networks, this.#book, this.#logs)
    this.#workloads = new Workloads(this.#connection, this.#networks, this.#book, this.#feed)
    this.#log = log
    this.#privatePorts = privatePorts
    this.#closedBuilds = options.closedBuilds
  }

  async start(): Promise<EngineInfo> {
    this.#connection.open()
    const identity = await identify(this.#connection)
    this.#host = { boxId: this.#boxId, cpuCount: identity.cpuCount, openFiles: identity.openFiles }
    await this.#feed.start()
    await Promise.all([this.#learnAddresses(), this.#raiseFirewall()])
    return publicInfo(identity)
  }

  async info(): Promise<EngineInfo> {
    return publicInfo(await identify(this.#connection))
  }

  apply(workload: Workload): Promise<Instance[]> {
    return this.#workloads.apply(workload, this.#host)
  }

  remove(key: WorkloadKey, graceMs: number): Promise<void> {
    return this.#workloads.remove(key, graceMs, this.#boxId)
  }

  restart(id: string, graceMs: number): Promise<void> {
    return this.#workloads.restart(id, graceMs, this.#boxId)
  }

  list(app?: string): Promise<Instance[]> {
    return this.#workloads.list(this.#boxId, app)
  }

  watch(signal: AbortSignal): AsyncIterable<EngineEvent> {
    return this.#feed.watch(signal)
  }

  run(request: RunRequest): Promise<RunHandle> {
    return this.#runs.start(request, this.#host)
  }

  findRun(app: string, name: string): Promise<RunHandle | null> {
    return this.#runs.find(this.#boxId, app, name)
  }

  async exec(id: string, request: ExecRequest): Promise<RunHandle> {
    await findOwn(this.#connection, this.#boxId, id)
    return execIn(this.#connection, id, request)
  }

  async endExec(id: string, mark: string): Promise<void> {
    await signalMarked(this.#connection, id, mark, 'SIGKILL')
  }

  async pipe(id: string, command: string[]): Promise<Pipe> {
    await findOwn(this.#connection, this.#boxId, id)
    return pipeIn(this.#connection, id, command)
  }

  provide(programs: Programs, say: (line: string) => void): Promise<string> {
    return provide(this.#connection, programs, say)
  }

  provided(programs: Programs): Promise<boolean> {
    return isProvided(this.#connection, programs)
  }

  link(keeper: WorkloadKey, app: string, alias: string): Promise<Endpoint> {
    return this.#links.link(keeper, app, alias)
  }

  unlink(keeper: WorkloadKey, app: string): Promise<void> {
    return this.#links.unlink(keeper, app)
  }

  removeData(app: string): Promise<void> {
    return removeVolume(this.#connection, this.#boxId, app)
  }

  logs(id: string, options: LogOptions): AsyncIterable<LogLine> {
    return this.#logs.read(id, options)
  }

  stats(ids: string[]): Promise<InstanceStats[]> {
    return this.#stats.measure(ids)
  }

  async listening(id: string): Promise<ListeningSocket[]> {
    const { State } = await findOwn(this.#connection, this.#boxId, id)
    return State.Pid ? listeningSockets(State.Pid) : []
  }

  async removeApp(app: string): Promise<void> {
    await this.#workloads.removeApp(app, REMOVE_APP_GRACE_MS, this.#boxId)
    await this.#networks.removeAll(app)
    await pruneImages(this.#connection, app, [])
  }

  hasImage(image: string): Promise<boolean> {
    return hasImage(this.#connection, image)
  }

  pruneImages(app: string, keep: string[]): Promise<void> {
    return pruneImages(this.#connection, app, keep)
  }

  disk(): Promise<EngineDisk> {
    return engineDisk(this.#connection, this.#boxId)
  }

  removeImage(id: string): Promise<boolean> {
    return removeImage(this.#connection, id)
  }

  pruneCache(keepBytes: number): Promise<number> {
    return pruneCache(this.#connection, keepBytes)
  }

  /** Everything of this box, firewall rules included, as if it had never been. Images stay, and unless asked for kept data. */
  async removeBox({ data = false } = {}): Promise<void> {
    const filters = labelFilter({ [LABEL.box]: this.#boxId })
    const containers = await this.#connection.perform((docker) => docker.listContainers({ all: true, filters }))
    const networks = await this.#connection.perform((docker) => docker.listNetworks({ filters }))
    const apps = [...containers, ...networks].flatMap(({ Labels }) => Labels?.[LABEL.app] ?? [])
    for (const app of new Set(apps)) {
      await this.#workloads.removeApp(app, 0, this.#boxId)
      await this.#networks.removeAll(app)
    }
    if (data) for (const name of await keptNames(this.#connection, this.#boxId)) await this.removeData(name)
    await this.#firewall?.remove()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#firewall?.[Symbol.dispose]()
    this.#runs[Symbol.dispose]()
    await this.#feed[Symbol.asyncDispose]()
  }

  async #raiseFirewall(): Promise<void> {
    const bridge = await defaultBridge(this.#connection)
    const closed = { privatePorts: this.#privatePorts, closedBuilds: this.#closedBuilds }
    const surroundings = { defaultBridge: bridge, ...closed }
    const shared = () => isShared(this.#connection, this.#boxId)
    this.#firewall ??= new Firewall(this.#boxId, surroundings, this.#log, undefined, shared)
    await this.#firewall.start()
  }

  #vacate(id: string, labels: Labels): void {
    const wasOurs = this.#book.vacate(labels[LABEL.address] ?? '', id)
    if (wasOurs) this.#book.rest(...restingAddress({ Labels: labels }))
    for (const address of this.#book.of(id)) this.#book.vacate(address, id)
  }

  async #learnAddresses(): Promise<void> {
    const before = this.#book.taken()
    const filters = labelFilter({ [LABEL.box]: this.#boxId })
    const containers = await this.#connection.ask((docker) => docker.listContainers({ all: true, filters }))
    this.#book.reset(new Map(containers.flatMap(addressesOf)), before)
  }
}

/** Its own, which the label keeps while it does not run, and those that it was linked in under. */
function addressesOf({ Id, Labels, NetworkSettings }: ContainerInfo): [string, string][] {
  const places = Object.values(NetworkSettings?.Networks ?? {})
  const linked = places.map(({ IPAMConfig, IPAddress }) => IPAMConfig?.IPv4Address || IPAddress)
  return [Labels[LABEL.address], ...linked].flatMap((address) => (address ? [[address, Id]] : []))
}

function publicInfo({ cpuCount: _, openFiles: __, ...info }: EngineIdentity): EngineInfo {
  return info
}
