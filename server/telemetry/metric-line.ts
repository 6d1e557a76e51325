import type { MetricRow, Traffic, Usage } from './metric-row.ts'

/**
 * One row as one line of JSON without names: `[at, ms, inFlight, tunnels, {release: traffic}, {instance: usage}]`. An
 * app at rest takes 70 bytes, a busy one some 400.
 */
export function encodeRow({ at, ms, inFlight, tunnels, releases, instances }: MetricRow): string {
  const traffic = Object.entries(releases).map(([release, counted]) => [release, trafficFields(counted)])
  const usage = Object.entries(instances).map(([name, used]) => [name, usageFields(used)])
  return `${JSON.stringify([at, ms, inFlight, tunnels, Object.fromEntries(traffic), Object.fromEntries(usage)])}\n`
}

/** Undefined for a line that is not whole: the machine stopped while it was written. */
export function decodeRow(line: string): MetricRow | undefined {
  try {
    const [at, ms, inFlight, tunnels, releases, instances] = JSON.parse(line) as Line
    return { at, ms, inFlight, tunnels, releases: named(releases, traffic), instances: named(instances, usage) }
  } catch {
    return undefined
  }
}

type TrafficFields = [number, Record<string, number>, Record<string, number>, number, number, number, number, number[]]
type UsageFields = [milliCores: number, memory: number, limit: number, samples: number]
type Line = [number, number, number, number, Record<string, TrafficFields>, Record<string, UsageFields>]

function trafficFields({ requests, status, codes, bytesIn, bytesOut, retries, latency }: Traffic): TrafficFields {
  return [requests, status, codes, bytesIn, bytesOut, retries, latency.sum, latency.buckets]
}

function traffic([requests, status, codes, bytesIn, bytesOut, retries, sum, buckets]: TrafficFields): Traffic {
  return { requests, status, codes, bytesIn, bytesOut, retries, latency: { sum, buckets } }
}

function usageFields({ cpuCores, memoryBytes, memoryLimitBytes, samples }: Usage): UsageFields {
  return [Math.round(cpuCores * 1_000), Math.round(memoryBytes), memoryLimitBytes, samples]
}

function usage([milliCores, memoryBytes, memoryLimitBytes, samples]: UsageFields): Usage {
  return { cpuCores: milliCores / 1_000, memoryBytes, memoryLimitBytes, samples }
}

function named<Fields, Value>(fields: Record<string, Fields>, read: (fields: Fields) => Value): Record<string, Value> {
  return Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, read(values)]))
}
