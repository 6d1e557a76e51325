import { useState } from 'react'
import type { App } from '../../../server/contract/app.ts'
import type { Metrics } from '../../../server/contract/metrics.ts'
import { useCall } from '../shell/api.ts'
import { Link, navigate, usePlace } from '../shell/router.tsx'
import { Cli } from '../ui/copy.tsx'
import { Empty } from '../ui/empty.tsx'
import { sizeText } from '../ui/size.ts'
import { Asked } from '../ui/waiting.tsx'
import { Chart, type Hand } from './chart.tsx'
import { type Range, zoomed } from './chart-path.ts'
import { latenciesOf, markersOf, requestsOf, usageOf } from './metric-series.ts'
import { ByRelease, PointTable } from './metric-tables.tsx'

const EVERY_MS = 10_000
const SPANS = ['15m', '1h', '6h', '2d']
/** Nothing finer than some points is worth a look. */
const LEAST_MS = 60_000

export function MetricsScreen({ app }: { app: App }) {
  const { query } = usePlace()
  const range = rangeOf(query)
  const since = range ? `${Math.round((range.until - range.from) / 1_000)}s` : (query.get('since') ?? '1h')
  const asked = { since, ...(range && { until: new Date(range.until).toISOString() }) }
  const metrics = useCall('metrics.read', { params: { app: app.name }, query: asked }, { everyMs: EVERY_MS })
  const zoom = (to: Range) => navigate(addressOf(app.name, to), { replace: range !== undefined })
  return (
    <div className="stack">
      <nav className="spans" aria-label="Span of time">
        {SPANS.map((span) => (
          <Link
            key={span}
            to={`/apps/${app.name}/metrics?since=${span}`}
            {...(span === since && !range && { 'aria-current': 'true' as const })}
          >
            {span}
          </Link>
        ))}
        {range && <Zoomed app={app.name} range={range} zoom={zoom} />}
      </nav>
      <Asked query={metrics}>
        {(found) =>
          found.points.length === 0 ? (
            <Empty title="Nothing was measured in this time" />
          ) : (
            <>
              <Charts metrics={found} zoom={zoom} />
              <ByRelease app={app.name} metrics={found} />
              <PointTable metrics={found} />
            </>
          )
        }
      </Asked>
      <Cli line={`paas metrics --since ${since} -a ${app.name}`} />
    </div>
  )
}

/** The range of time that stands in the address, and so lives in a link. */
function rangeOf(query: URLSearchParams): Range | undefined {
  const [from, until] = [query.get('from'), query.get('to')].map((text) => Date.parse(text ?? '')) as [number, number]
  return until > from ? { from, until } : undefined
}

function addressOf(app: string, { from, until }: Range): string {
  const short = Math.max(0, LEAST_MS - (until - from))
  const end = Math.min(Date.now(), until + short / 2)
  const [start, stop] = [Math.min(from - short / 2, end - LEAST_MS), end].map((ms) => new Date(ms).toISOString())
  return `/apps/${app}/metrics?from=${start}&to=${stop}`
}

function Zoomed({ app, range, zoom }: { app: string; range: Range; zoom: (range: Range) => void }) {
  const words = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' })
  return (
    <>
      <span className="spans-range num">{words.formatRange(range.from, range.until)}</span>
      <button
        type="button"
        className="button small"
        onClick={() => zoom(zoomed(range, (range.from + range.until) / 2, 2))}
      >
        Zoom out
      </button>
      <Link to={`/apps/${app}/logs?at=${new Date(range.from).toISOString()}`} className="button small">
        Log of this time
      </Link>
    </>
  )
}

function Charts({ metrics, zoom }: { metrics: Metrics; zoom: (range: Range) => void }) {
  const [hand, move] = useState<Pick<Hand, 'at' | 'anchor'>>({ at: null, anchor: null })
  const markers = markersOf(metrics)
  const shared = {
    times: metrics.points.map(({ at }) => Date.parse(at)),
    range: { from: Date.parse(metrics.since), until: Date.parse(metrics.until) },
    stepMs: metrics.stepSeconds * 1_000,
    markers,
    hand: { ...hand, move, zoom },
  }
  const [deploys, trouble] = [false, true].map((bad) => markers.filter((each) => each.bad === bad))
  return (
    <>
      <p className="quiet chart-words">
        {hand.at === null ? `A point every ${metrics.stepSeconds} seconds` : new Date(hand.at).toLocaleString()}
        {deploys && deploys.length > 0 && `; upright lines are deploys: ${labels(deploys)}`}
        {trouble && trouble.length > 0 && `; red ones are trouble: ${labels(trouble)}`}. Drag to zoom, or arrows, Shift
        and Enter.
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
      <Chart {...shared} title="Memory" base={2} series={usageOf(metrics, 'memoryBytes')} format={sizeText} />
      <Chart
        {...shared}
        title="Processor"
        series={usageOf(metrics, 'cpuCores')}
        format={(value) => `${Math.round(value * 100)} %`}
      />
    </>
  )
}

function labels(markers: { label: string }[]): string {
  return [...new Set(markers.map(({ label }) => label))].join(', ')
}
