import { expect, test } from 'vitest'
import type { Measurements } from './contract/event.ts'
import { NOTHING_MEASURED } from './measurements.ts'
import { BOUNDS_SECONDS, exposition } from './prometheus.ts'
import { parseExposition, type Sample } from './testing/exposition.ts'
import { finished } from './testing/finished.ts'
import { Traffic } from './traffic.ts'

function measured(names: string[]): Measurements {
  const services = names.map((name) => {
    const traffic = new Traffic()
    traffic.inFlight = 5
    traffic.finished(finished({ micros: 1_500, bytes: 10, received: 3, retries: 2, connectMicros: 400 }))
    traffic.finished(finished({ micros: 40_000, target: { instance: 'web.1', release: 2 } }))
    traffic.finished(finished({ micros: 75_000_000, status: 503, code: 'H12' }))
    const { inFlight = 0, tunnels = 0, releases = {} } = traffic.take() ?? {}
    return [name, { inFlight, tunnels, releases }]
  })
  return {
    services: Object.fromEntries(services),
    answered: { 404: 2 },
    handshakes: { done: 9, resumed: 4, refused: 1 },
    connections: { plain: 3, tls: 2 },
  }
}

function values(samples: Sample[], name: string, labels: Record<string, string>): number[] {
  const wanted = Object.entries(labels)
  return samples
    .filter(
      (sample) => sample.name === `paas_router_${name}` && wanted.every(([key, text]) => sample.labels[key] === text),
    )
    .map(({ value }) => value)
}

test('a strict reader finds every figure', () => {
  const certificates = [{ name: '*.example.com', source: 'auto' as const, daysLeft: 29.5 }]
  const samples = parseExposition([...exposition(measured(['shop']), certificates)].join(''))
  const first = { service: 'shop', release: '1' }
  expect(values(samples, 'requests_total', { ...first, code: '200' })).toEqual([1])
  expect(values(samples, 'requests_total', { service: 'shop' })).toEqual([1, 1, 1])
  expect(values(samples, 'failures_total', { ...first, code: 'H12' })).toEqual([1])
  expect(values(samples, 'request_bytes_total', first)).toEqual([3])
  expect(values(samples, 'response_bytes_total', first)).toEqual([23])
  expect(values(samples, 'retries_total', first)).toEqual([2])
  expect(values(samples, 'requests_in_flight', { service: 'shop' })).toEqual([2])
  expect(values(samples, 'answers_total', { code: '404' })).toEqual([2])
  expect(values(samples, 'tls_handshakes_total', { result: 'full' })).toEqual([5])
  expect(values(samples, 'tls_handshakes_total', { result: 'resumed' })).toEqual([4])
  expect(values(samples, 'connections', { kind: 'tls' })).toEqual([2])
  expect(values(samples, 'certificate_days_left', { name: '*.example.com', source: 'auto' })).toEqual([29.5])
})

test('histograms are cumulative, with what is beyond the last bound only in +Inf', () => {
  const samples = parseExposition([...exposition(measured(['shop']), [])].join(''))
  const first = { service: 'shop', release: '1' }
  const buckets = values(samples, 'request_duration_seconds_bucket', first)
  expect(buckets).toEqual([0, ...Array.from({ length: BOUNDS_SECONDS.length - 1 }, () => 1), 2])
  expect(values(samples, 'request_duration_seconds_count', first)).toEqual([2])
  expect(values(samples, 'request_duration_seconds_sum', first)).toEqual([75.0015])
  expect(values(samples, 'connect_duration_seconds_bucket', { ...first, le: '0.001' })).toEqual([1])
})

test('names that are hostile to the format come back as they were', () => {
  const names = ['a"b', 'back\\slash', 'new\nline', 'x{y="z"} 1', 'ünïcode']
  const samples = parseExposition([...exposition(measured(names), [])].join(''))
  expect(new Set(samples.flatMap(({ labels }) => labels['service'] ?? []))).toEqual(new Set(names))
})

test('nothing measured is still a whole text', () => {
  const samples = parseExposition([...exposition(NOTHING_MEASURED, [])].join(''))
  expect(values(samples, 'connections', {})).toEqual([0, 0])
})
