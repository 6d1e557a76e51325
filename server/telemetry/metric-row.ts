import type { Histogram, ServiceCounters } from '../../router/contract/event.ts'
import { mergeHistograms } from '../../router/histogram.ts'

export type Traffic = {
  requests: number
  /** By class: `2xx`. */
  status: Record<string, number>
  /** By H-code. */
  codes: Record<string, number>
  bytesIn: number
  bytesOut: number
  retries: number
  latency: Histogram
}

/** `samples` make the averages of several rows come out right. */
export type Usage = { cpuCores: number; memoryBytes: number; memoryLimitBytes: number; samples: number }

/** What one app did in a short time: counted where it can be added up, measured where it cannot. */
export type MetricRow = {
  /** The end of the time, in ms since 1970, and how long it was. */
  at: number
  ms: number
  inFlight: number
  tunnels: number
  /** By release; 0 holds what reached no instance. */
  releases: Record<string, Traffic>
  /** By name: `web.1`. */
  instances: Record<string, Usage>
}

export const NO_TRAFFIC: Traffic = {
  ...{ requests: 0, status: {}, codes: {}, bytesIn: 0, bytesOut: 0, retries: 0 },
  latency: { sum: 0, buckets: [] },
}

/** Of one `counters` event of the router. */
export function rowOf({
  at,
  ms,
  service,
}: {
  at: number
  ms: number
  service: ServiceCounters | undefined
}): MetricRow {
  const releases = Object.entries(service?.releases ?? {}).map(([release, counted]) => {
    const { requests, status, codes, bytesIn, bytesOut, retries, latency } = counted
    return [release, { requests, status: classes(status), codes, bytesIn, bytesOut, retries, latency }] as const
  })
  return {
    ...{ at, ms, inFlight: service?.inFlight ?? 0, tunnels: service?.tunnels ?? 0 },
    ...{ releases: Object.fromEntries(releases), instances: {} },
  }
}

/** Two rows, the later one second, as one that covers both. */
export function mergeRows(one: MetricRow, other: MetricRow): MetricRow {
  return {
    at: other.at,
    ms: one.ms + other.ms,
    inFlight: other.inFlight,
    tunnels: other.tunnels,
    releases: mergeRecords(one.releases, other.releases, mergeTraffic),
    instances: mergeRecords(one.instances, other.instances, mergeUsage),
  }
}

export function mergeTraffic(one: Traffic, other: Traffic): Traffic {
  return {
    requests: one.requests + other.requests,
    status: mergeRecords(one.status, other.status, add),
    codes: mergeRecords(one.codes, other.codes, add),
    bytesIn: one.bytesIn + other.bytesIn,
    bytesOut: one.bytesOut + other.bytesOut,
    retries: one.retries + other.retries,
    latency: mergeHistograms(one.latency, other.latency),
  }
}

/** The average of the processor, the peak of the memory: what a limit is compared with. */
function mergeUsage(one: Usage, other: Usage): Usage {
  const samples = one.samples + other.samples
  return {
    cpuCores: (one.cpuCores * one.samples + other.cpuCores * other.samples) / samples,
    memoryBytes: Math.max(one.memoryBytes, other.memoryBytes),
    memoryLimitBytes: other.memoryLimitBytes,
    samples,
  }
}

function classes(status: Record<string, number>): Record<string, number> {
  const counted: Record<string, number> = {}
  for (const [code, count] of Object.entries(status)) {
    const name = `${code[0]}xx`
    counted[name] = (counted[name] ?? 0) + count
  }
  return counted
}

function mergeRecords<Value>(
  one: Record<string, Value>,
  other: Record<string, Value>,
  merge: (one: Value, other: Value) => Value,
): Record<string, Value> {
  const merged = { ...one }
  for (const [key, value] of Object.entries(other)) {
    const known = merged[key]
    merged[key] = known === undefined ? value : merge(known, value)
  }
  return merged
}

function add(one: number, other: number): number {
  return one + other
}
