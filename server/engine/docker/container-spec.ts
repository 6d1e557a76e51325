import { createHash } from 'node:crypto'
import type { ContainerCreateOptions, HostConfig } from 'dockerode'
import type { Limits, RunRequest, Workload } from '../engine.ts'
import { BLANK_LABELS, keyLabels, LABEL, type Labels, volumeName } from './labels.ts'

/** What a listening instance is told in PORT unless its image says otherwise. */
export const DEFAULT_PORT = 5000
/** What ordinary entry points need (switching the user, chown, port 80); a third of Docker's default is left out. */
const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID', 'KILL', 'NET_BIND_SERVICE']
const SHARED_MEMORY_BYTES = 64 * 1024 ** 2
const TMP_OPTIONS = 'rw,exec,nosuid,nodev,mode=1777,size=256m'
/** Apps are killed for memory before anything of the platform is. */
const OOM_SCORE_ADJUSTMENT = 200
/** What passes over a terminal (a shell, `env`, a password prompt) is for who sits there, not for the log of the app. */
const NO_LOG = { Type: 'none', Config: {} }
const LOG_OPTIONS = { 'max-size': '20m', 'max-file': '5', mode: 'non-blocking', 'max-buffer-size': '4m' }

/** What the engine can give; it refuses limits above that. */
export type Host = { boxId: string; cpuCount: number; openFiles: number }
/** Where on the box a container goes. */
export type Placement = Host & { network: string; address: string }

/** Everything about one instance; the deny list of SECURITY is this function. */
export function containerSpec(workload: Workload, index: number, placement: Placement): ContainerCreateOptions {
  const name = `${workload.processType}.${index}`
  const port = workload.listens ? (workload.port ?? DEFAULT_PORT) : null
  return {
    Image: workload.image,
    ...argv(workload.command),
    Env: variables(workload.environment, {
      ...instanceVariables(name),
      ...(port && { PORT: String(port) }),
      ...(workload.data && { PAAS_DATA_DIRECTORY: workload.data.path }),
    }),
    ...(workload.data && { User: workload.data.user }),
    Labels: {
      ...BLANK_LABELS,
      ...keyLabels(placement.boxId, workload),
      [LABEL.instance]: String(index),
      [LABEL.spec]: specHash(workload),
      [LABEL.address]: placement.address,
      ...(port && { [LABEL.port]: String(port) }),
      ...(workload.data && { [LABEL.data]: 'kept' }),
    },
    StopTimeout: Math.ceil(workload.stopGraceMs / 1000),
    HostConfig: {
      ...hardening(workload.limits, placement),
      RestartPolicy: { Name: 'always' },
      ...(workload.data && keeping(workload.data.path, volumeName(placement.boxId, workload.app))),
    },
    ...attachment(placement),
  }
}

/** A one-off: same walls, never restarted; removed by whoever takes its exit code. */
export function runSpec(request: RunRequest, placement: Placement): ContainerCreateOptions {
  const tty = request.tty !== null
  const labels: Labels = {
    ...BLANK_LABELS,
    [LABEL.box]: placement.boxId,
    [LABEL.app]: request.app,
    [LABEL.release]: String(request.release),
    [LABEL.run]: request.name,
    [LABEL.address]: placement.address,
  }
  return {
    Image: request.image,
    ...argv(request.command),
    Env: variables(request.environment, { ...instanceVariables(request.name), ...(tty && { TERM: 'xterm' }) }),
    Labels: labels,
    Tty: tty,
    OpenStdin: request.attach,
    StdinOnce: request.attach,
    AttachStdin: request.attach,
    AttachStdout: request.attach,
    AttachStderr: request.attach,
    HostConfig: {
      ...hardening(request.limits, placement),
      RestartPolicy: { Name: 'no' },
      // For programs that look before a resize could come; engines before 23 leave it out.
      ...(request.tty && { ConsoleSize: [request.tty.rows, request.tty.columns] }),
      ...(request.attach && { LogConfig: NO_LOG }),
    },
    ...attachment(placement),
  }
}

/** Two workloads with the same hash make the same instances, whatever their quantity. */
export function specHash(workload: Workload): string {
  const { quantity: _, environment, ...rest } = workload
  const sorted = Object.entries({ ...rest, environment: Object.entries(environment).sort() }).sort()
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16)
}

function hardening(limits: Limits, { network, cpuCount, openFiles }: Placement): HostConfig {
  const memory = limits.memoryMb * 1024 ** 2
  const cpus = Math.min(limits.cpus, cpuCount)
  return {
    NetworkMode: network,
    Init: true,
    CapDrop: ['ALL'],
    CapAdd: CAPABILITIES,
    SecurityOpt: ['no-new-privileges'],
    Memory: memory,
    MemorySwap: memory,
    NanoCpus: Math.round(cpus * 1e9),
    CpuShares: Math.max(2, Math.round(cpus * 1024)),
    PidsLimit: limits.pids,
    Ulimits: [{ Name: 'nofile', Soft: openFiles, Hard: openFiles }],
    OomScoreAdj: OOM_SCORE_ADJUSTMENT,
    ShmSize: SHARED_MEMORY_BYTES,
    Tmpfs: { '/tmp': TMP_OPTIONS },
    LogConfig: { Type: 'local', Config: LOG_OPTIONS },
  }
}

/** Runs as one user from the first instruction on, so it needs no privilege; apps are killed for memory before their database is. */
function keeping(path: string, volume: string): HostConfig {
  return { Mounts: [{ Type: 'volume', Source: volume, Target: path }], CapAdd: [], OomScoreAdj: 0 }
}

function attachment({ network, address }: Placement): Pick<ContainerCreateOptions, 'NetworkingConfig'> {
  return { NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } } }
}

/** A command replaces the image's entry point as well: it is the whole argv. */
function argv(command: string[] | null): Pick<ContainerCreateOptions, 'Entrypoint' | 'Cmd'> {
  if (!command) return {}
  const [program = '', ...rest] = command
  return { Entrypoint: [program], Cmd: rest }
}

function instanceVariables(name: string): Record<string, string> {
  // The init process passes signals on to the whole group, so that SIGTERM reaches what `sh -c` started.
  return { PAAS_INSTANCE: name, DYNO: name, TINI_KILL_PROCESS_GROUP: '1' }
}

function variables(...layers: Record<string, string>[]): string[] {
  return Object.entries(Object.assign({}, ...layers)).map(([name, value]) => `${name}=${value}`)
}
