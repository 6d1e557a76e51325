import { z } from 'zod'
import { ChangeEvent } from './event.ts'
import { LOG_LINES_DEFAULT, LOG_LINES_MAX, LogRecord } from './log.ts'
import { MetricPoint, Metrics, MetricsQuery } from './metrics.ts'
import { page } from './page.ts'
import { app, type Route } from './route.ts'
import { Activity, ActivityOfAllQuery, ActivityQuery } from './user.ts'

export const telemetry = {
  'logs.read': {
    summary: 'Log lines, oldest first; with follow=true it goes on',
    permission: 'app:view',
    params: app,
    query: z.object({
      lines: z.coerce.number().int().min(0).max(LOG_LINES_MAX).default(LOG_LINES_DEFAULT),
      follow: z.enum(['true', 'false']).optional(),
      /** `web` or `web.1`, `router`, ... */
      process: z.string().max(80).optional(),
      source: z.enum(['app', 'paas']).optional(),
      after: z.string().max(200).optional(),
      /** ISO 8601. */
      since: z.iso.datetime().optional(),
      /** Of the lines that led to `after` or `since`. */
      before: z.coerce.number().int().min(0).max(LOG_LINES_MAX).optional(),
    }),
    response: LogRecord,
    stream: true,
  },

  'metrics.read': {
    summary: 'Traffic, latencies, processor and memory over a span of time',
    permission: 'app:view',
    params: app,
    query: MetricsQuery,
    response: Metrics,
    help: { fix: 'Spans of time are written 15m, 2h or 2d.', command: 'paas metrics --help' },
  },
  'metrics.watch': {
    summary: 'The same as it is measured, a point every ten seconds',
    permission: 'app:view',
    params: app,
    response: MetricPoint,
    stream: true,
  },

  'activity.list': {
    summary: 'Who did what when',
    permission: 'app:view',
    params: app,
    query: ActivityQuery,
    response: page(Activity),
  },

  'activity.all': {
    summary: 'Who did what when in all apps that one may see, and of oneself; of the whole box for its owners',
    permission: 'user',
    query: ActivityOfAllQuery,
    response: page(Activity),
  },

  'changes.watch': {
    summary: 'What changes, as it does: in the apps that one may see, and of the box',
    permission: 'user',
    query: z.object({ after: z.string().max(200).optional() }),
    response: ChangeEvent,
    stream: true,
  },
} as const satisfies Record<string, Route>
