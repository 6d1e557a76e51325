import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BuildLimits } from '../build.ts'
import { BUILDKIT_CGROUP, isUnified, stepGroups, textOf, topOf } from './step-groups.ts'

const CPU_PERIOD_US = 100_000
/** A quarter of what a container gets when both want the processor: 1024 shares on cgroup v1, a weight of 100 on v2. */
const CPU_SHARES = 256
const CPU_WEIGHT = 25
/** On cgroup v1 some room for swap is left: the kernel does not count what runs into the limit with swap. */
const SWAP_BYTES = 16 * 1024 ** 2

export type StepLimits = Pick<BuildLimits, 'memoryMb' | 'cpus' | 'pids'>
export type LimitName = 'memory' | 'cpu' | 'pids' | 'priority'

/** True when the kernel took it. */
type Write = (controller: string, file: string, value: string) => boolean

/**
 * Holds the box's builds below the limits, as far as the machine lets us; returns what holds. BuildKit ignores the memory and
 * cpu parameters of `/build`.
 *
 * - Time and disk hold everywhere: the builder cancels the build.
 * - Memory, cpu and the number of processes hold for all builds of the engine together (the latest build's figures count), where its cgroup driver
 *   is `cgroupfs`, the hierarchy is on this machine and we may write to it: cgroup v1 and v2 alike. A step that
 *   takes more memory is killed (exit code 137), one that starts more processes fails. Builds yield the processor to containers.
 * - With the driver `systemd` they hold for each step by itself, from within a tenth of a second: see step-watch.ts.
 * - A remote or rootless engine is out of our reach: there memory and cpu are bounded by what bounds the engine itself.
 */
export function limitBuildKit(limits: StepLimits, root = '/sys/fs/cgroup'): Record<LimitName, boolean> {
  if (isBySteps(topOf(root))) return { memory: true, cpu: true, pids: true, priority: true }
  return hold(limits, root, write)
}

/** Of a step that has a group of its own. */
export function limitStep(limits: StepLimits, group: string, root: string): void {
  hold(limits, root, (controller, file, value) => put(join(controller, group, file), value))
}

/** Where systemd keeps services in groups, and the engine has none of its own for containers. */
function isBySteps(top: string): boolean {
  if (existsSync(join(top, 'docker')) || !existsSync(join(top, 'system.slice/docker.service'))) return false
  try {
    accessSync(join(top, 'system.slice'), constants.W_OK)
    return true
  } catch {
    return false
  }
}

function hold(limits: StepLimits, root: string, write: Write): Record<LimitName, boolean> {
  const memory = Math.round(limits.memoryMb * 1024 * 1024)
  const quotaUs = Math.max(1_000, Math.round(limits.cpus * CPU_PERIOD_US))
  const pids = String(limits.pids)
  if (isUnified(root)) {
    // Else what is over the limit goes to swap, and slows the whole machine.
    write(root, 'memory.swap.max', '0')
    return {
      memory: write(root, 'memory.max', String(memory)),
      cpu: write(root, 'cpu.max', `${quotaUs} ${CPU_PERIOD_US}`),
      pids: write(root, 'pids.max', pids),
      priority: write(root, 'cpu.weight', String(CPU_WEIGHT)),
    }
  }
  const [ofMemory, ofCpu] = [join(root, 'memory'), join(root, 'cpu')]
  return {
    memory: writeMemory(ofMemory, memory, write),
    cpu: write(ofCpu, 'cpu.cfs_quota_us', String(quotaUs)),
    pids: write(join(root, 'pids'), 'pids.max', pids),
    priority: write(ofCpu, 'cpu.shares', String(CPU_SHARES)),
  }
}

/** Counters of the kernel, since the group was made. */
export type LimitHits = {
  /** Processes killed for memory. cgroup v1 counts them in the step's own group, which is gone with the step: always 0. */
  killed: number
  /** How often memory was asked for beyond the limit; file cache that was given back counts, too. cgroup v1 alone. */
  pressed: number
  /** Processes that were refused for their number. cgroup v1: as with `killed`. */
  refused: number
}

export function limitHits(root = '/sys/fs/cgroup'): LimitHits {
  if (isUnified(root)) {
    const group = join(root, BUILDKIT_CGROUP)
    return {
      killed: counter(join(group, 'memory.events'), /^oom_kill (\d+)$/m),
      pressed: 0,
      refused: counter(join(group, 'pids.events'), /^max (\d+)$/m),
    }
  }
  const pressed = counter(join(root, 'memory', BUILDKIT_CGROUP, 'memory.failcnt'), /^(\d+)/)
  return { killed: 0, pressed, refused: 0 }
}

/** Processes and threads of all builds of the engine now; undefined where nobody can tell. */
export function buildKitProcesses(root = '/sys/fs/cgroup'): number | undefined {
  const top = topOf(root)
  const together = join(top, BUILDKIT_CGROUP, 'pids.current')
  if (existsSync(together)) return counter(together, /^(\d+)/)
  const alone = stepGroups(root).filter((group) => group.alone)
  if (alone.length === 0) return undefined
  return alone.reduce((sum, { path }) => sum + counter(join(top, path, 'pids.current'), /^(\d+)/), 0)
}

/** Memory with swap may never be less than memory alone, whichever way the limit moves: it is opened first. */
function writeMemory(controller: string, bytes: number, write: Write): boolean {
  const swap = 'memory.memsw.limit_in_bytes'
  write(controller, swap, '-1')
  const holds = write(controller, 'memory.limit_in_bytes', String(bytes))
  write(controller, swap, String(bytes + SWAP_BYTES))
  return holds
}

/** Makes BuildKit's own group below an engine's that is there already; never the engine's. */
function write(controller: string, file: string, value: string): boolean {
  const group = join(controller, BUILDKIT_CGROUP)
  try {
    if (!existsSync(join(controller, 'docker'))) return false
    mkdirSync(group, { recursive: true })
    return put(join(group, file), value)
  } catch {
    return false
  }
}

/** The kernel makes the files of a group; one that is not there is none of its. */
function put(file: string, value: string): boolean {
  try {
    writeFileSync(file, value)
    return true
  } catch {
    return false
  }
}

/** 0 where it is not there. */
function counter(file: string, pattern: RegExp): number {
  return Number(pattern.exec(textOf(file) ?? '')?.[1] ?? 0)
}
