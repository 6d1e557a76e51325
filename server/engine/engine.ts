import type { Readable, Writable } from 'node:stream'

/**
 * What runs Instances. Declarative, so that local containers, plain processes and Swarm services look alike:
 * the caller states a Workload, the engine makes it true and keeps it true (an instance that exits is started again
 * with a growing pause). How this fits Docker Swarm: docs/decisions/003.
 */
export type Limits = {
  memoryMb: number
  /** CPU cores, fractions allowed. */
  cpus: number
  /** Processes and threads. */
  pids: number
}

/** What names a Workload: one process type of one release of one app. At most one Workload per key exists. */
export type WorkloadKey = { app: string; release: number; processType: string }

export type Workload = WorkloadKey & {
  quantity: number
  /** As the build endpoint returned it: an image digest for docker, a directory for embedded. */
  image: string
  /** argv, or null for what the image itself starts. */
  command: string[] | null
  /** Everything but PORT, PAAS_INSTANCE and DYNO, which differ per instance and are set by the engine. */
  environment: Record<string, string>
  /** True for `web`: the engine gives each instance an address and sets PORT. */
  listens: boolean
  /** Overrides the port that a listening instance is told and reached at (Dockerfile EXPOSE); undefined: the engine chooses. */
  port?: number
  limits: Limits
  /** SIGTERM to SIGKILL, when the engine itself has to stop one (scale down). */
  stopGraceMs: number
  /**
   * Set for what keeps data, such as a database server: it runs once, apart from apps, and `list()` without its name and `watch`
   * leave it out. PAAS_DATA_DIRECTORY tells it where; only `removeData` ever takes that away.
   */
  data?: DataDirectory
}

export type DataDirectory = {
  /** Where the image expects it, for engines whose images have paths of their own. */
  path: string
  /** Whom it belongs to and who runs the program: a name in the image. */
  user: string
}

/** Server programs that are taken from the machine or from a public image, not built from an app. */
export type Programs = {
  /** `postgresql-15`: part of the name of an image that is made here. */
  name: string
  /** A public image that has them; null: there is none that has all of them, so that it is made here. */
  image: string | null
  /** Debian packages that bring them where no registry answers; null: there are none. */
  packages: string[] | null
  /** Of Debian, that has the packages where that of the base image has not. */
  suite?: string
  /** What the program tells of its version (`--version`), where one of the system's directories may have any. */
  says?: string
  /** Found in one of the directories, or in those of the system. */
  program: string
  directories: string[]
  data: DataDirectory
}

/** A command that runs inside an instance, for somebody who is there. */
export type ExecRequest = {
  /** Unique on the box. Whatever the command starts carries it in its environment, as PAAS_EXEC. */
  mark: string
  command: string[]
  /** It may get its size a moment after the start, as a change of size that the command is told of. */
  tty: { columns: number; rows: number } | null
}

/** A command that runs beside an instance, with its three streams apart. */
export type Pipe = { stdin: Writable; stdout: Readable; stderr: Readable; exited: Promise<number> }

export type InstanceState = 'starting' | 'running' | 'exited'

export type Exit = { code: number | null; signal: string | null; outOfMemory: boolean; at: Date }

export type Instance = WorkloadKey & {
  /** Unique for ever: a restarted or replaced instance that could answer differently has another id or the same address. */
  id: string
  /** 1-based: `web.1`. */
  index: number
  state: InstanceState
  /** Set while running, for listening workloads. Confirmed by the engine since it started. */
  endpoint: Endpoint | null
  startedAt: Date | null
  restarts: number
  lastExit: Exit | null
}

export type Endpoint = { host: string; port: number }

export type EngineEvent =
  | { type: 'started'; instance: Instance }
  | { type: 'exited'; instance: Instance; exit: Exit }
  | { type: 'removed'; id: string; app: string }
  /** The engine was away and came back, or events were lost: list again. */
  | { type: 'resync' }

/** A one-off: started once, never restarted, removed when it has ended and its exit code has been taken. */
export type RunRequest = {
  app: string
  release: number
  /** `run.1234` or `release.1`. */
  name: string
  image: string
  command: string[] | null
  environment: Record<string, string>
  limits: Limits
  tty: { columns: number; rows: number } | null
  /** False: output goes to the log only (detached). */
  attach: boolean
}

export type RunHandle = {
  id: string
  /** With a tty everything arrives on stdout. Null when not attached. */
  stdin: NodeJS.WritableStream | null
  stdout: Readable | null
  stderr: Readable | null
  resize(columns: number, rows: number): Promise<void>
  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGHUP'): Promise<void>
  /** Resolves when it has ended; the instance is removed by then. */
  exited: Promise<Exit>
}

export type LogLine = { time: Date; stream: 'stdout' | 'stderr'; text: string }

export type InstanceStats = { id: string; cpuCores: number; memoryBytes: number; memoryLimitBytes: number }

/** Sockets that the instance listens on, read from its network namespace: for the help shown when it is not reachable. */
export type ListeningSocket = { address: string; port: number }

/** Where and how the builder makes images for this engine; handed to the builder process as it is. */
export type BuildEndpoint =
  /** Every image gets the labels: they say whose it is. */
  | { kind: 'docker'; socketPath: string; labels?: Record<string, string> }
  /** Images are directories `<root>/<build id>`; caches stand beside them. */
  | { kind: 'directory'; root: string; cache: string }

export type EngineInfo = {
  name: 'docker' | 'embedded'
  version: string
  /** Changes whenever addresses that were handed out before can no longer be trusted. */
  bootId: string
  /** Whether instances are kept apart from each other and from the box. */
  isolates: boolean
}

/** An image that a build of an app has made. */
export type EngineImage = {
  /** As releases name it. */
  id: string
  /** What people know it by: its tag. */
  name: string
  /** The app's id. */
  app: string
  /** It says that it was made for this box; images of versions before do not. */
  own: boolean
  /** What no other image shares. */
  bytes: number
  /** Of an instance or a one-off, whether it runs or not. */
  inUse: boolean
}

export type EngineDisk = {
  images: EngineImage[]
  /** What builds may use again, of all builds on this engine. */
  cacheBytes: number
  /** What images share and what is not an app's. */
  baseBytes: number
  /** Where the engine keeps it; null when that is not on this machine. */
  directory: string | null
}

export interface Engine extends AsyncDisposable {
  readonly buildEndpoint: BuildEndpoint

  /** Resolves when the engine answers; throws `engine.unavailable` otherwise. Idempotent. */
  start(): Promise<EngineInfo>
  info(): Promise<EngineInfo>

  /**
   * Makes exactly `quantity` instances of this workload run, indexes 1 to quantity, and returns them once all are started
   * (not: ready). Existing ones with the same specification are left alone; surplus ones are stopped. Idempotent.
   */
  apply(workload: Workload): Promise<Instance[]>
  /** SIGTERM to all, SIGKILL after graceMs, then gone. Idempotent; resolves when none is left. */
  remove(key: WorkloadKey, graceMs: number): Promise<void>
  /** Replaces one instance by a fresh one (used by `ps restart web.1`). */
  restart(id: string, graceMs: number): Promise<void>
  /** Everything of this box that runs or is meant to run; one-offs and, unless named, what keeps data are left out. */
  list(app?: string): Promise<Instance[]>
  /** From the moment of the call until the signal; never throws for an engine that goes away: `resync` comes instead. */
  watch(signal: AbortSignal): AsyncIterable<EngineEvent>

  run(request: RunRequest): Promise<RunHandle>
  /** One-offs that are still there after a restart of the server, by name; null when none. */
  findRun(app: string, name: string): Promise<RunHandle | null>
  /**
   * With the environment, user and directory of the instance, and within its limits. Ends with the instance; when it has
   * ended, nothing is left of what it started. Throws `instance.not-running`.
   */
  exec(id: string, request: ExecRequest): Promise<RunHandle>
  /** Ends what an exec of an earlier life of the server has left. Idempotent. */
  endExec(id: string, mark: string): Promise<void>

  /** Beside an instance, for programs: bytes come through as they are. */
  pipe(id: string, command: string[]): Promise<Pipe>

  /** An image that has these programs: what is there, pulled, made from Debian packages, or the machine's own. Throws `engine.no-programs`. */
  provide(programs: Programs, say: (line: string) => void): Promise<string>
  /** Whether `provide` would answer at once. */
  provided(programs: Programs): Promise<boolean>
  /**
   * Lets instances of `app` reach what keeps data, under the alias, and says at which address. Nobody else can, where the
   * engine isolates. Lasts until the instance is replaced. Idempotent.
   */
  link(keeper: WorkloadKey, app: string, alias: string): Promise<Endpoint>
  unlink(keeper: WorkloadKey, app: string): Promise<void>
  /** What the workloads of this name have kept, for good; none of them runs any more. Idempotent. */
  removeData(app: string): Promise<void>

  /** Oldest first. `since` is exclusive. With follow, ends when the instance is removed or the signal fires. */
  logs(
    id: string,
    options: { since?: Date; tail?: number; follow?: boolean; signal?: AbortSignal },
  ): AsyncIterable<LogLine>
  stats(ids: string[]): Promise<InstanceStats[]>
  listening(id: string): Promise<ListeningSocket[]>

  /** Everything that belongs to an app and nothing else: instances, network, images. Kept data stays. */
  removeApp(app: string): Promise<void>
  hasImage(image: string): Promise<boolean>
  /** Forgets images of this app that are not in `keep`. */
  pruneImages(app: string, keep: string[]): Promise<void>

  /** Measures: takes seconds on a large box. */
  disk(): Promise<EngineDisk>
  /** False when it is in use or gone; an image is never taken from an instance. */
  removeImage(id: string): Promise<boolean>
  /** Cuts the build cache down to so many bytes, what was used longest ago first; returns what was freed. */
  pruneCache(keepBytes: number): Promise<number>
}
