import type { Metrics } from '../../../server/contract/metrics.ts'
import type { Marker, Series } from './chart.tsx'

const TONES = ['accent', 'good', 'warn', 'bad', 'quiet'] as const

export function requestsOf({ points }: Metrics): Series[] {
  const rate = (label: string) => points.map(({ status, seconds }) => (status[label] ?? 0) / seconds)
  const classes = [
    { label: '2xx', tone: 'accent' },
    { label: '3xx', tone: 'quiet' },
    { label: '4xx', tone: 'warn' },
    { label: '5xx', tone: 'bad' },
  ] as const
  return classes.map(({ label, tone }) => ({ label, tone, values: rate(label) }))
}

export function latenciesOf({ points }: Metrics): Series[] {
  return [
    { label: 'half within', tone: 'accent', values: points.map(({ p50 }) => p50) },
    { label: '95 % within', tone: 'warn', values: points.map(({ p95 }) => p95) },
    { label: '99 % within', tone: 'bad', values: points.map(({ p99 }) => p99) },
  ]
}

export function usageOf({ points }: Metrics, what: 'memoryBytes' | 'cpuCores'): Series[] {
  const names = [...new Set(points.flatMap(({ instances }) => Object.keys(instances)))].sort()
  return names.map((label, n) => ({
    label,
    tone: TONES[n % TONES.length] ?? 'accent',
    values: points.map(({ instances }) => instances[label]?.[what] ?? null),
  }))
}

/** Deploys; and where the router had to answer for the app, the first point of each row of such points. */
export function markersOf({ markers, points, stepSeconds }: Metrics): Marker[] {
  const deploys = markers.map(({ at, release, status }) => ({
    time: Date.parse(at),
    label: status === 'failed' ? `v${release} failed` : `v${release}`,
    bad: status === 'failed',
  }))
  const incidents: Marker[] = []
  let last = Number.NEGATIVE_INFINITY
  for (const { at, codes } of points) {
    const failed = Object.keys(codes).sort()
    if (failed.length === 0) continue
    const time = Date.parse(at)
    if (time - last > stepSeconds * 1_500) incidents.push({ time, label: failed.join(' '), bad: true })
    last = time
  }
  return [...deploys, ...incidents].sort((a, b) => a.time - b.time)
}
