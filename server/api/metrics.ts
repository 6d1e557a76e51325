import type { AppRecord } from '../apps/apps.ts'
import {
  METRICS_COARSE,
  METRICS_FINE,
  METRICS_POINTS_MAX,
  type Metrics,
  type MetricsQuery,
  spanSeconds,
} from '../contract/metrics.ts'
import { PaasError } from '../errors.ts'
import { pointsOf, totalsOf } from '../telemetry/metric-series.ts'
import type { Handlers } from './handler.ts'
import type { ApiServices } from './services.ts'

/** More releases than this in one span are not marked. */
const MARKERS_MAX = 100

export function metricHandlers(services: ApiServices): Handlers<'metrics.read' | 'metrics.watch'> {
  return {
    'metrics.read': ({ app, query }) => read(app, query, services),
    'metrics.watch': ({ app, signal }) => services.metrics.follow(app.id, signal),
  }
}

type Query = ReturnType<(typeof MetricsQuery)['parse']>

async function read(app: AppRecord, query: Query, { metrics, releases }: ApiServices): Promise<Metrics> {
  const span = spanSeconds(query.since) ?? 0
  const until = query.until === undefined ? Date.now() : Date.parse(query.until)
  const from = until - span * 1_000
  const step = stepFor(span, Date.now() - from, query.step)
  const fine = step < METRICS_COARSE.stepSeconds
  const rows = await metrics.read(app.id, { from, until, fine })
  const { items } = releases.list(app, { limit: MARKERS_MAX })
  const within = items.filter(({ createdAt }) => Date.parse(createdAt) > from && Date.parse(createdAt) <= until)
  return {
    since: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
    stepSeconds: step,
    points: pointsOf(rows, step * 1_000),
    ...totalsOf(rows),
    markers: within.map(({ number, createdAt, description, status }) => ({
      at: createdAt,
      release: number,
      description,
      status,
    })),
  }
}

/** As fine as is kept for so long ago, and not more points than are given at most. */
function stepFor(span: number, age: number, asked: string | undefined): number {
  const { stepSeconds: fine, keptSeconds } = METRICS_FINE
  const kept = age / 1_000 <= keptSeconds ? fine : METRICS_COARSE.stepSeconds
  const least = Math.max(kept, Math.ceil(span / METRICS_POINTS_MAX / kept) * kept)
  if (asked === undefined) return least
  const step = spanSeconds(asked) ?? 0
  if (step >= least) return Math.ceil(step / kept) * kept
  throw new PaasError('invalid', 'metrics.step', `A step of ${asked} is finer than can be shown of this span.`, {
    fix: `Every 10 s is kept for two hours, every minute for two days, and ${METRICS_POINTS_MAX} points are shown at most: ask for ${least}s or more, or for a shorter span.`,
  })
}
