import { quantile } from '../../router/histogram.ts'
import type { MetricPoint, Metrics } from '../contract/metrics.ts'
import { type MetricRow, mergeRows, mergeTraffic, NO_TRAFFIC, type Traffic } from './metric-row.ts'

type TrafficView = Metrics['total']

/** One point for each step that has rows: where nothing was measured there is none, instead of a zero. */
export function pointsOf(rows: readonly MetricRow[], stepMs: number): MetricPoint[] {
  const merged: MetricRow[] = []
  let step = Number.NaN
  for (const row of rows) {
    const own = Math.ceil(row.at / stepMs)
    const last = merged.at(-1)
    if (last && own === step) merged[merged.length - 1] = mergeRows(last, row)
    else merged.push(row)
    step = own
  }
  return merged.map(pointOf)
}

export function pointOf(row: MetricRow): MetricPoint {
  const instances = Object.entries(row.instances).map(([name, { cpuCores, memoryBytes, memoryLimitBytes }]) => {
    const used = {
      cpuCores: Math.round(cpuCores * 1_000) / 1_000,
      memoryBytes: Math.round(memoryBytes),
      memoryLimitBytes,
    }
    return [name, used] as const
  })
  return {
    at: new Date(row.at).toISOString(),
    seconds: row.ms / 1_000,
    inFlight: row.inFlight,
    tunnels: row.tunnels,
    ...trafficView(sumOf(Object.values(row.releases))),
    instances: Object.fromEntries(instances),
  }
}

/** Over all rows, and for each release: newest first. */
export function totalsOf(rows: readonly MetricRow[]): Pick<Metrics, 'total' | 'releases'> {
  const by = new Map<number, Traffic>()
  for (const { releases } of rows) {
    for (const [name, traffic] of Object.entries(releases)) {
      const release = Number(name)
      by.set(release, mergeTraffic(by.get(release) ?? NO_TRAFFIC, traffic))
    }
  }
  const newestFirst = [...by].sort(([one], [other]) => other - one)
  return {
    total: trafficView(sumOf([...by.values()])),
    releases: newestFirst.map(([release, traffic]) => ({ release, ...trafficView(traffic) })),
  }
}

function sumOf(parts: Traffic[]): Traffic {
  return parts.reduce(mergeTraffic, NO_TRAFFIC)
}

function trafficView({ latency, ...counted }: Traffic): TrafficView {
  const milliseconds = (share: number) => {
    const micros = quantile(latency, share)
    return Number.isNaN(micros) ? null : Math.round(micros / 10) / 100
  }
  return { ...counted, p50: milliseconds(0.5), p95: milliseconds(0.95), p99: milliseconds(0.99) }
}
