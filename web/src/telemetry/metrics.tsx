import { useState } from 'react'
import type { App } from '../../../server/contract/app.ts'
import type { Metrics } from '../../../server/contract/metrics.ts'
import { useCall } from '../shell/api.ts'
import { Link, usePlace } from '../shell/router.tsx'
import { Cli } from '../ui/copy.tsx'
import { Empty, Section } from '../ui/empty.tsx'
import { sizeText } from '../ui/size.ts'
import { Asked } from '../ui/waiting.tsx'
import { Chart, type Marker, type Series } from './chart.tsx'

const EVERY_MS = 10_000
const SPANS = ['15m', '1h', '6h', '2d']
const TONES = ['accent', 'good', 'warn', 'bad', 'quiet'] as const

export function MetricsScreen({ app }: { app: App }) {
  const since = usePlace().query.get('since') ?? '1h'
  const metrics = useCall('metrics.read', { params: { app: app.name }, query: { since } }, { everyMs: EVERY_MS })
  return (
    <div className="stack">
      <nav className="spans" aria-label="Span of time">
        {SPANS.map((span) => (
          <Link
            key={span}
            to={`/apps/${app.name}/metrics?since=${span}`}
            {...(span === since && { 'aria-current': 'true' as const })}
          >
            {span}
          </Link>
        ))}
      </nav>
      <Asked query={metrics}>
        {(found) =>
          found.points.length === 0 ? (
            <Empty title="Nothing was measured in this time" />
          ) : (
            <>
              <Charts metrics={found} />
              <ByRelease metrics={found} />
            </>
          )
        }
      </Asked>
      <Cli line={`paas metrics --since ${since} -a ${app.name}`} />
    </div>
  )
}

function Charts({ metrics }: { metrics: Metrics }) {
  const [at, onPoint] = useState<number | null>(null)
  const { points } = metrics
  const times = points.map((point) => point.at)
  const markers = markersOf(metrics)
  const shared = { times, markers, at: at !== null && at < times.length ? at : null, onPoint }
  const pointed = shared.at === null ? undefined : times[shared.at]
  return (
    <>
      <p className="quiet">
        {pointed ? new Date(pointed).toLocaleString() : `A point every ${metrics.stepSeconds} seconds`}
        {markers.length > 0 && `; upright lines are deploys: ${markers.map(({ label }) => label).join(', ')}`}
      </p>
      <Chart
        {...shared}
        title="Requests a second"
        series={requestsOf(metrics)}
        format={(value) => value.toPrecision(2)}
      />
      <Chart
        {...shared}
        title="Time to answer"
        series={latenciesOf(metrics)}
        format={(value) => `${Math.round(value)} ms`}
      />
      <Chart {...shared} title="Memory" series={usageOf(metrics, 'memoryBytes')} format={sizeText} />
      <Chart
        {...shared}
        title="Processor"
        series={usageOf(metrics, 'cpuCores')}
        format={(value) => `${Math.round(value * 100)} %`}
      />
    </>
  )
}

function requestsOf({ points }: Metrics): Series[] {
  const rate = (label: string) => points.map(({ status, seconds }) => (status[label] ?? 0) / seconds)
  const classes = [
    { label: '2xx', tone: 'accent' },
    { label: '3xx', tone: 'quiet' },
    { label: '4xx', tone: 'warn' },
    { label: '5xx', tone: 'bad' },
  ] as const
  return classes.map(({ label, tone }) => ({ label, tone, values: rate(label) }))
}

function latenciesOf({ points }: Metrics): Series[] {
  return [
    { label: 'half within', tone: 'accent', values: points.map(({ p50 }) => p50) },
    { label: '95 % within', tone: 'warn', values: points.map(({ p95 }) => p95) },
    { label: '99 % within', tone: 'bad', values: points.map(({ p99 }) => p99) },
  ]
}

function usageOf({ points }: Metrics, what: 'memoryBytes' | 'cpuCores'): Series[] {
  const names = [...new Set(points.flatMap(({ instances }) => Object.keys(instances)))].sort()
  return names.map((label, n) => ({
    label,
    tone: TONES[n % TONES.length] ?? 'accent',
    values: points.map(({ instances }) => instances[label]?.[what] ?? null),
  }))
}

/** Each at the first point that ends after it. */
function markersOf({ markers, points }: Metrics): Marker[] {
  return markers
    .map(({ at, release }) => ({ label: `v${release}`, index: points.findIndex((point) => point.at >= at) }))
    .filter(({ index }) => index >= 0)
}

function ByRelease({ metrics }: { metrics: Metrics }) {
  if (metrics.releases.length === 0) return null
  const ms = (value: number | null) => (value === null ? '–' : `${Math.round(value)} ms`)
  return (
    <Section title="By release">
      <table>
        <thead>
          <tr>
            <th>Release</th>
            <th className="end">Requests</th>
            <th className="end">5xx</th>
            <th className="end">Half within</th>
            <th className="end">95 % within</th>
          </tr>
        </thead>
        <tbody>
          {metrics.releases.map((each) => (
            <tr key={each.release}>
              <td>{each.release === 0 ? 'reached no instance' : `v${each.release}`}</td>
              <td className="end num">{each.requests}</td>
              <td className="end num">{each.status['5xx'] ?? 0}</td>
              <td className="end num">{ms(each.p50)}</td>
              <td className="end num">{ms(each.p95)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}
