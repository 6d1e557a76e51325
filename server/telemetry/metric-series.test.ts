import { expect, test } from 'vitest'
import { HistogramRecorder } from '../../router/histogram.ts'
import { decodeRow, encodeRow } from './metric-line.ts'
import type { MetricRow, Traffic } from './metric-row.ts'
import { pointsOf, totalsOf } from './metric-series.ts'

function traffic(times: number[], more: Partial<Traffic> = {}): Traffic {
  const recorder = new HistogramRecorder()
  for (const ms of times) recorder.add(ms * 1_000)
  const counted = { requests: times.length, status: { '2xx': times.length }, codes: {}, retries: 0 }
  return { ...counted, bytesIn: 10, bytesOut: 100, latency: recorder.read(), ...more }
}

function row(seconds: number, releases: Record<string, Traffic>, memoryBytes = 50): MetricRow {
  const instances = { 'web.1': { cpuCores: memoryBytes / 100, memoryBytes, memoryLimitBytes: 512, samples: 1 } }
  return { at: seconds * 1_000, ms: 10_000, inFlight: seconds, tunnels: 0, releases, instances }
}

test('rows of one step become one point: counts add up, memory is the peak, the processor the average', () => {
  const points = pointsOf([row(10, { 1: traffic([1, 2]) }, 40), row(20, { 1: traffic([3]) }, 80)], 20_000)
  expect(points).toHaveLength(1)
  expect(points[0]).toMatchObject({
    at: '1970-01-01T00:00:20.000Z',
    seconds: 20,
    requests: 3,
    status: { '2xx': 3 },
    bytesOut: 200,
    inFlight: 20,
    instances: { 'web.1': { cpuCores: 0.6, memoryBytes: 80, memoryLimitBytes: 512 } },
  })
})

test('where nothing was measured there is no point', () => {
  const points = pointsOf([row(10, {}), row(60, {})], 10_000)
  expect(points.map(({ at }) => at)).toEqual(['1970-01-01T00:00:10.000Z', '1970-01-01T00:01:00.000Z'])
  expect(points[0]).toMatchObject({ requests: 0, p50: null, p99: null })
})

test('percentiles come from all times together, not from the averages of the points', () => {
  const slow = traffic(Array.from({ length: 2 }, () => 900))
  const fast = traffic(Array.from({ length: 98 }, () => 10))
  const { total } = totalsOf([row(10, { 1: slow }), row(20, { 1: fast })])
  expect(total.p50).toBeCloseTo(10, 0)
  expect(total.p99).toBeGreaterThan(880)
  expect(total.p99).toBeLessThan(920)
})

test('releases are told apart, the newest first', () => {
  const rows = [row(10, { 1: traffic([1]), 0: traffic([5], { codes: { H14: 1 } }) }), row(20, { 2: traffic([1, 1]) })]
  const { releases } = totalsOf(rows)
  expect(releases.map(({ release, requests }) => [release, requests])).toEqual([
    [2, 2],
    [1, 1],
    [0, 1],
  ])
  expect(releases[2]?.codes).toEqual({ H14: 1 })
})

test('a row comes back from its line as it was, and half a line is no row', () => {
  const one = row(10, { 1: traffic([1, 2]), 2: traffic([3], { codes: { H12: 1 } }) }, 40)
  const line = encodeRow(one)
  expect(decodeRow(line)).toEqual(one)
  expect(decodeRow(line.slice(0, -5))).toBeUndefined()
})
