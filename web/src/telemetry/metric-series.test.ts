import { expect, test } from 'vitest'
import type { MetricPoint, Metrics } from '../../../server/contract/metrics.ts'
import { markersOf, requestsOf, usageOf } from './metric-series.ts'

const at = (seconds: number) => new Date(seconds * 1_000).toISOString()
const point = (seconds: number, rest: Partial<MetricPoint> = {}) => ({
  ...{ at: at(seconds), seconds: 10, status: {}, codes: {}, instances: {}, p50: null, p95: null, p99: null },
  ...rest,
})
const metrics = (points: object[], markers: Metrics['markers'] = []) =>
  ({ points, markers, stepSeconds: 10 }) as unknown as Metrics

test('deploys, failed ones and the beginnings of trouble are marked, in their order', () => {
  const points = [point(10), point(20, { codes: { H12: 3 } }), point(30, { codes: { H12: 1 } }), point(40)]
  points.push(point(50, { codes: { H13: 1, H10: 2 } }))
  const deploys = [
    { at: at(45), release: 2, description: 'Deploy', status: 'failed' as const },
    { at: at(15), release: 1, description: 'Deploy', status: 'succeeded' as const },
  ]
  expect(markersOf(metrics(points, deploys)).map(({ label, bad }) => [label, bad])).toEqual([
    ['v1', false],
    ['H12', true],
    ['v2 failed', true],
    ['H10 H13', true],
  ])
})

test('requests are counted by the second, and instances have a line each, with gaps where they did not run', () => {
  const usage = { cpuCores: 0.5, memoryBytes: 1, memoryLimitBytes: 2 }
  const found = metrics([
    point(10, { status: { '2xx': 20 }, instances: { 'web.1': usage } }),
    point(20, { instances: { 'web.2': usage } }),
  ])
  expect(requestsOf(found)[0]).toMatchObject({ label: '2xx', values: [2, 0] })
  expect(usageOf(found, 'cpuCores').map(({ label, values }) => [label, values])).toEqual([
    ['web.1', [0.5, null]],
    ['web.2', [null, 0.5]],
  ])
})
