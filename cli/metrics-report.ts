import type { MetricPoint, Metrics } from '../server/contract/metrics.ts'
import { sizeText } from './size.ts'
import { sparkline } from './sparkline.ts'
import { tableLines } from './table.ts'

/** What a terminal of 80 columns leaves beside the names and the figures. */
const WIDTH = 40

type Series = { name: string; of: (point: MetricPoint) => number | null; text: (value: number) => string }

const TRAFFIC: Series[] = [
  { name: 'requests/s', of: ({ requests, seconds }) => requests / seconds, text: (value) => value.toFixed(1) },
  { name: 'errors/s', of: ({ status, seconds }) => (status['5xx'] ?? 0) / seconds, text: (value) => value.toFixed(2) },
  { name: 'p50', of: ({ p50 }) => p50, text: millis },
  { name: 'p95', of: ({ p95 }) => p95, text: millis },
  { name: 'p99', of: ({ p99 }) => p99, text: millis },
  { name: 'out/s', of: ({ bytesOut, seconds }) => bytesOut / seconds, text: sizeText },
]

/** Each figure as a line of bars with what it is now and what it was at most. */
export function seriesLines(metrics: Metrics): string[] {
  const instances = [...new Set(metrics.points.flatMap((point) => Object.keys(point.instances)))].sort()
  const rows = [...TRAFFIC, ...instances.flatMap(usageOf)].map((series) => rowOf(series, metrics))
  return tableLines(['', 'OVER TIME', 'LAST', 'MOST'], rows)
}

/** The releases beside each other, newest first. */
export function releaseLines({ releases }: Metrics): string[] {
  const rows = releases.map(({ release, requests, status, p50, p95, p99 }) => [
    release === 0 ? 'none' : `v${release}`,
    String(requests),
    String(status['5xx'] ?? 0),
    ...[p50, p95, p99].map((value) => (value === null ? '-' : millis(value))),
  ])
  return tableLines(['RELEASE', 'REQUESTS', 'ERRORS', 'P50', 'P95', 'P99'], rows)
}

function usageOf(name: string): Series[] {
  return [
    {
      name: `${name} cores`,
      of: ({ instances }) => instances[name]?.cpuCores ?? null,
      text: (value) => value.toFixed(2),
    },
    { name: `${name} memory`, of: ({ instances }) => instances[name]?.memoryBytes ?? null, text: sizeText },
  ]
}

function rowOf({ name, of, text }: Series, metrics: Metrics): string[] {
  const values = inTime(metrics, of)
  const known = values.filter((value) => value !== null)
  const last = known.at(-1)
  if (last === undefined) return [name, sparkline(values, WIDTH), '-', '-']
  return [name, sparkline(values, WIDTH), text(last), text(Math.max(...known))]
}

/** A value for each step of the span, so that bars of different figures stand below each other. */
function inTime({ since, until, stepSeconds, points }: Metrics, of: Series['of']): (number | null)[] {
  const start = Date.parse(since)
  const steps = Math.max(1, Math.round((Date.parse(until) - start) / (stepSeconds * 1_000)))
  const values = new Array<number | null>(steps).fill(null)
  for (const point of points) {
    const index = Math.floor((Date.parse(point.at) - start) / (stepSeconds * 1_000))
    if (index >= 0) values[Math.min(index, steps - 1)] = of(point)
  }
  return values
}

function millis(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`
}
