import type { CertificateDays, Histogram, Measurements, ReleaseCounters } from './contract/event.ts'
import { bucketMiddle, countOf } from './histogram.ts'

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Upper bounds in seconds. A time within 1.6 % of one may count on its other side. */
export const BOUNDS_SECONDS: readonly number[] = [
  0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
]
const MICROS_PER_SECOND = 1_000_000

type Labels = Record<string, string | number>
type Family = { name: string; type: 'counter' | 'gauge' | 'histogram'; help: string; samples: Iterable<string> }

/**
 * Prometheus text format 0.0.4 of what was counted since the start, in parts: a box with thousands of services has
 * megabytes of it, which are made as they are read.
 */
export function* exposition(total: Measurements, certificates: CertificateDays[]): Generator<string> {
  for (const { name, type, help, samples } of families(total, certificates)) {
    yield `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
    yield* samples
  }
}

function families(total: Measurements, certificates: CertificateDays[]): Family[] {
  const name = (rest: string) => `paas_router_${rest}`
  const counter = (rest: string, help: string, read: (release: ReleaseCounters) => number | Record<string, number>) =>
    ({ name: name(rest), type: 'counter', help, samples: counts(total, name(rest), read) }) as const
  const histogram = (rest: string, help: string, read: (release: ReleaseCounters) => Histogram) =>
    ({ name: name(rest), type: 'histogram', help, samples: histograms(total, name(rest), read) }) as const
  const gauge = (rest: string, help: string, samples: Iterable<string>) =>
    ({ name: name(rest), type: 'gauge', help, samples }) as const
  const { done, resumed, refused } = total.handshakes
  return [
    counter('requests_total', 'Requests that are over, by status.', ({ status }) => status),
    counter('failures_total', 'Requests without an answer of the app, by H-code.', ({ codes }) => codes),
    histogram('request_duration_seconds', 'Whole time of requests; tunnels are not in it.', ({ latency }) => latency),
    histogram('connect_duration_seconds', 'Time until a new connection was there.', ({ connect }) => connect),
    counter('request_bytes_total', 'Bytes of bodies from clients.', ({ bytesIn }) => bytesIn),
    counter('response_bytes_total', 'Bytes of bodies for clients.', ({ bytesOut }) => bytesOut),
    counter('retries_total', 'Attempts beyond the first of each request.', ({ retries }) => retries),
    gauge('requests_in_flight', 'Requests under way, tunnels included.', levels(total, 'inFlight', name)),
    gauge('tunnels', 'Upgraded connections that are open.', levels(total, 'tunnels', name)),
    {
      ...{ name: name('answers_total'), type: 'counter', help: 'Requests that the router answered by itself.' },
      samples: Object.entries(total.answered).map(([code, n]) => sample(name('answers_total'), { code }, n)),
    },
    {
      ...{ name: name('tls_handshakes_total'), type: 'counter', help: 'TLS handshakes.' },
      samples: Object.entries({ full: done - resumed, resumed, refused }).map(([result, n]) =>
        sample(name('tls_handshakes_total'), { result }, n),
      ),
    },
    gauge(
      'connections',
      'Connections of visitors that are open.',
      Object.entries(total.connections).map(([kind, n]) => sample(name('connections'), { kind }, n)),
    ),
    gauge(
      'certificate_days_left',
      'Days until a certificate expires.',
      certificates.map(({ daysLeft, ...labels }) => sample(name('certificate_days_left'), labels, daysLeft)),
    ),
  ]
}

function* releases(total: Measurements): Generator<[labels: Labels, counters: ReleaseCounters]> {
  for (const [service, { releases: all }] of Object.entries(total.services)) {
    for (const [release, counters] of Object.entries(all)) yield [{ service, release }, counters]
  }
}

function* counts(
  total: Measurements,
  name: string,
  read: (release: ReleaseCounters) => number | Record<string, number>,
): Generator<string> {
  for (const [labels, counters] of releases(total)) {
    const value = read(counters)
    if (typeof value === 'number') yield sample(name, labels, value)
    else for (const [code, count] of Object.entries(value)) yield sample(name, { ...labels, code }, count)
  }
}

function* levels(
  total: Measurements,
  read: 'inFlight' | 'tunnels',
  nameOf: (rest: string) => string,
): Generator<string> {
  const name = nameOf(read === 'inFlight' ? 'requests_in_flight' : 'tunnels')
  for (const [service, counters] of Object.entries(total.services)) yield sample(name, { service }, counters[read])
}

function* histograms(
  total: Measurements,
  name: string,
  read: (release: ReleaseCounters) => Histogram,
): Generator<string> {
  for (const [labels, counters] of releases(total)) {
    const histogram = read(counters)
    const below = cumulative(histogram)
    let text = ''
    for (const [at, bound] of BOUNDS_SECONDS.entries()) {
      text += sample(`${name}_bucket`, { ...labels, le: bound }, below[at] as number)
    }
    text += sample(`${name}_bucket`, { ...labels, le: '+Inf' }, countOf(histogram))
    text += sample(`${name}_sum`, labels, histogram.sum / MICROS_PER_SECOND)
    yield text + sample(`${name}_count`, labels, countOf(histogram))
  }
}

/** How many times stay within each bound, a bucket of ours being where its middle is. */
function cumulative({ buckets }: Histogram): number[] {
  const below: number[] = []
  let count = 0
  let at = 0
  for (const bound of BOUNDS_SECONDS) {
    while (at < buckets.length && bucketMiddle(buckets[at] as number) <= bound * MICROS_PER_SECOND) {
      count += buckets[at + 1] as number
      at += 2
    }
    below.push(count)
  }
  return below
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(String(text))}"`)
  return `${name}{${pairs.join(',')}} ${value}\n`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
