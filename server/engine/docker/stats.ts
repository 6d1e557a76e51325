import type Docker from 'dockerode'
import type { InstanceStats } from '../engine.ts'
import { type Connection, statusOf } from './connection.ts'
import { parallel } from './parallel.ts'

/** The engine takes a second to answer each: it measures twice. */
const AT_ONCE = 50

/** Those that do not run are left out. */
export async function statsOf(connection: Connection, ids: string[]): Promise<InstanceStats[]> {
  const samples = await parallel(ids, AT_ONCE, async (id) => {
    const sample = await connection
      .ask((docker) => docker.getContainer(id).stats({ stream: false }))
      .catch((error) => {
        if (statusOf(error) === undefined) throw error
        return null
      })
    return sample ? instanceStats(id, sample) : undefined
  })
  return samples.filter((sample) => sample !== undefined)
}

/** Undefined for a container that is not running: the engine then answers with zero times. */
export function instanceStats(id: string, sample: Docker.ContainerStats): InstanceStats | undefined {
  const wallMs = Date.parse(sample.read) - Date.parse(sample.preread)
  if (!sample.memory_stats?.usage || !(wallMs > 0)) return undefined
  const cpuNs = sample.cpu_stats.cpu_usage.total_usage - sample.precpu_stats.cpu_usage.total_usage
  return {
    id,
    cpuCores: Math.max(0, cpuNs) / (wallMs * 1e6),
    memoryBytes: sample.memory_stats.usage - reclaimable(sample.memory_stats.stats),
    memoryLimitBytes: sample.memory_stats.limit,
  }
}

/** File cache that the kernel gives back at once; cgroup v1 counts it as `total_inactive_file`, v2 as `inactive_file`. */
function reclaimable(stats: Partial<Record<string, number>> = {}): number {
  return stats['total_inactive_file'] ?? stats['inactive_file'] ?? 0
}
