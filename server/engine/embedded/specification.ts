import { createHash } from 'node:crypto'
import type { Workload } from '../engine.ts'

/** Equal for workloads that differ in nothing but their quantity. */
export function specificationOf(workload: Workload): string {
  const { image, command, listens, port, limits, stopGraceMs, data } = workload
  const variables = Object.entries(workload.environment).sort(([a], [b]) => (a < b ? -1 : 1))
  const parts = [
    image,
    command,
    listens,
    port ?? null,
    limits.memoryMb,
    limits.cpus,
    limits.pids,
    stopGraceMs,
    variables,
    ...(data ? [data.user] : []),
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
