import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BuildLimits } from '../build.ts'

/** BuildKit ignores the memory and cpu parameters of `/build`; its steps run in this cgroup below the controllers' root. */
export const BUILDKIT_CGROUP = 'docker/buildkit'

const CPU_PERIOD_US = 100_000
/** Processes and threads of all builds together: a fork bomb must not take the machine's. */
const MAX_PIDS = 2_048

/**
 * Holds the box's builds together below the limits, as far as the machine lets us; returns what holds.
 *
 * - Time holds everywhere: the caller's deadline cancels the build.
 * - Memory, cpu and the number of processes hold for all builds of the engine together (the latest build's figures count), where its cgroup driver
 *   is `cgroupfs`, the hierarchy is on this machine and we may write to it: cgroup v1 and v2 alike. A step that
 *   takes more is killed (exit code 137).
 * - With the systemd driver each step is a scope of its own in `system.slice`, and a remote or rootless engine is out of
 *   our reach: there memory and cpu are bounded by what bounds the engine itself.
 */
export function limitBuildKit(
  limits: Pick<BuildLimits, 'memoryMb' | 'cpus'>,
  root = '/sys/fs/cgroup',
): { memory: boolean; cpu: boolean; pids: boolean } {
  const memoryBytes = Math.round(limits.memoryMb * 1024 * 1024)
  const quotaUs = Math.max(1_000, Math.round(limits.cpus * CPU_PERIOD_US))
  if (existsSync(join(root, 'cgroup.controllers'))) {
    return {
      memory: write(root, 'memory.max', String(memoryBytes)),
      cpu: write(root, 'cpu.max', `${quotaUs} ${CPU_PERIOD_US}`),
      pids: write(root, 'pids.max', String(MAX_PIDS)),
    }
  }
  return {
    memory: write(join(root, 'memory'), 'memory.limit_in_bytes', String(memoryBytes)),
    cpu: write(join(root, 'cpu'), 'cpu.cfs_quota_us', String(quotaUs)),
    pids: write(join(root, 'pids'), 'pids.max', String(MAX_PIDS)),
  }
}

/** Makes BuildKit's own group below an engine's that is there already; never the engine's. */
function write(controller: string, file: string, value: string): boolean {
  const group = join(controller, BUILDKIT_CGROUP)
  try {
    if (!existsSync(join(controller, 'docker'))) return false
    mkdirSync(group, { recursive: true })
    writeFileSync(join(group, file), value)
    return true
  } catch {
    return false
  }
}
