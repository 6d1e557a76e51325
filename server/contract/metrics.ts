import { z } from 'zod'
import { ReleaseStatus } from './release.ts'

/** How far back each resolution is kept: 10 s for two hours, a minute for two days. */
export const METRICS_FINE = { stepSeconds: 10, keptSeconds: 2 * 3_600 } as const
export const METRICS_COARSE = { stepSeconds: 60, keptSeconds: 48 * 3_600 } as const
/** More points than this say no more on any screen. */
export const METRICS_POINTS_MAX = 1_000

/** `90s`, `15m`, `2h`, `2d`. */
const SPAN = /^(\d{1,6})([smhd])$/
const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** In seconds; undefined for what is not a span of time. */
export function spanSeconds(text: string): number | undefined {
  const [, count, unit] = SPAN.exec(text) ?? []
  const seconds = Number(count) * SECONDS[unit as keyof typeof SECONDS]
  return seconds > 0 ? seconds : undefined
}

const Span = z.string().refine((text) => spanSeconds(text) !== undefined, 'is a number with s, m, h or d: 15m, 2h, 2d')

export const MetricsQuery = z.object({
  /** How far back from `until`. */
  since: Span.default('1h'),
  /** ISO 8601; absent: now. */
  until: z.iso.datetime().optional(),
  /** Of each point; absent: as fine as is kept and as fits in the points that are given at most. */
  step: Span.optional(),
})

/** Requests that were over within a time, and how long they took (milliseconds, each within 1.6 %). */
const Traffic = z.object({
  requests: z.int(),
  /** By class: `2xx`. */
  status: z.record(z.string(), z.int()),
  /** By H-code. */
  codes: z.record(z.string(), z.int()),
  bytesIn: z.int(),
  bytesOut: z.int(),
  retries: z.int(),
  /** Null: there were no requests. */
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
})

/** What one instance took, on the average of the point, and at most of memory. */
const Usage = z.object({ cpuCores: z.number(), memoryBytes: z.int(), memoryLimitBytes: z.int() })

export const MetricPoint = Traffic.extend({
  /** The end of what it counts. */
  at: z.string(),
  seconds: z.number(),
  /** Under way at the end. */
  inFlight: z.int(),
  tunnels: z.int(),
  /** By name: `web.1`. */
  instances: z.record(z.string(), Usage),
})
export type MetricPoint = z.infer<typeof MetricPoint>

/** Of the whole span. Release 0 stands for requests that reached no instance. */
const ReleaseTraffic = Traffic.extend({ release: z.int() })

export const Metrics = z.object({
  since: z.string(),
  until: z.string(),
  stepSeconds: z.int(),
  total: Traffic,
  points: z.array(MetricPoint),
  releases: z.array(ReleaseTraffic),
  /** What may explain a change. */
  markers: z.array(z.object({ at: z.string(), release: z.int(), description: z.string(), status: ReleaseStatus })),
})
export type Metrics = z.infer<typeof Metrics>
