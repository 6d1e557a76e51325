import { expect, test } from 'vitest'
import type { MetricPoint, Metrics } from '../server/contract/metrics.ts'
import { sparkline } from './sparkline.ts'
import { TestDesk } from './test-desk.ts'

const START = Date.parse('2026-01-01T10:00:00.000Z')
const TRAFFIC = { status: { '2xx': 20, '5xx': 10 }, codes: { H12: 1 }, bytesIn: 0, bytesOut: 10_240, retries: 0 }

function point(seconds: number, requests: number): MetricPoint {
  return {
    ...{ at: new Date(START + seconds * 1_000).toISOString(), seconds: 10, inFlight: 0, tunnels: 0 },
    ...{ ...TRAFFIC, requests, p50: 2.25, p95: 40, p99: 300 },
    instances: { 'web.1': { cpuCores: 0.5, memoryBytes: 64 * 1024 ** 2, memoryLimitBytes: 512 * 1024 ** 2 } },
  }
}

const TOTAL = { ...TRAFFIC, requests: 60, p50: 2.25, p95: 40, p99: 300 }
const METRICS: Metrics = {
  since: new Date(START).toISOString(),
  until: new Date(START + 40_000).toISOString(),
  stepSeconds: 10,
  total: TOTAL,
  points: [point(5, 20), point(15, 40), point(35, 0)],
  releases: [
    { release: 4, ...TOTAL },
    { release: 0, ...TOTAL, requests: 0, p50: null, p95: null, p99: null },
  ],
  markers: [{ at: new Date(START).toISOString(), release: 4, description: 'Deploy 1234567', status: 'succeeded' }],
}

let answer: Metrics
const desk = new TestDesk(() => {
  answer = METRICS
  return { 'metrics.read': () => answer }
})

const { paas } = desk

test('figures are drawn over time, with a dot where nothing was measured', async () => {
  const { code, stdout, stderr } = await paas('metrics -a shop --since 2h')
  expect(code).toBe(0)
  expect(desk.box.requests.at(-1)?.query).toMatchObject({ since: '2h' })
  const lines = stdout.split('\n')
  expect(lines[0]).toMatch(/^ +OVER TIME +LAST +MOST$/)
  expect(lines[1]).toMatch(/^requests\/s +▅█·▁ +0\.0 +4\.0$/)
  expect(stdout).toMatch(/^p50 +██·█ +2\.3 ms +2\.3 ms$/m)
  expect(stdout).toMatch(/^web\.1 memory +██·█ +64\.0 MB +64\.0 MB$/m)
  expect(stderr).toContain('v4 2026/01/01')
})

test('releases are shown beside each other', async () => {
  const { stdout } = await paas('metrics -a shop --releases')
  expect(stdout.split('\n').slice(0, 3)).toEqual([
    'RELEASE  REQUESTS  ERRORS  P50     P95    P99',
    'v4       60        10      2.3 ms  40 ms  300 ms',
    'none     0         10      -       -      -',
  ])
})

test('without a point it says what to look at instead', async () => {
  answer = { ...METRICS, points: [] }
  const { code, stdout, stderr } = await paas('metrics -a shop')
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(stderr).toContain('paas ps -a shop')
})

test('what is not a span of time is refused with how it is written', async () => {
  const { code, stderr } = await paas('metrics -a shop --since yesterday')
  expect(code).not.toBe(0)
  expect(stderr).toContain('15m, 2h')
})

test('a bar that stands for several values shows the greatest', () => {
  expect(sparkline([0, 0, 8, 0, null, null, 4, 4], 4)).toBe('▁█·▅')
  expect(sparkline([], 4)).toBe('')
})
