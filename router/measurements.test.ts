import { expect, test } from 'vitest'
import type { Measurements } from './contract/event.ts'
import { STATUSES_APART } from './counters.ts'
import { countOf } from './histogram.ts'
import { after, NOTHING_MEASURED, together } from './measurements.ts'
import { finished } from './testing/finished.ts'
import { Traffic } from './traffic.ts'

function measured(traffic: Traffic, name = 'app'): Measurements {
  const counters = traffic.take()
  return { ...NOTHING_MEASURED, services: counters ? { [name]: { id: 'app_1', ...counters } } : {} }
}

function served(changes: Parameters<typeof finished>[0][], under = 0): Traffic {
  const traffic = new Traffic()
  traffic.inFlight = changes.length + under
  for (const change of changes) traffic.finished(finished(change))
  return traffic
}

const LOAD = Array.from({ length: 200 }, (_, n) => ({
  ...{ status: n % 7 === 0 ? 503 : 200, code: n % 7 === 0 ? ('H13' as const) : undefined },
  ...{ bytes: n, received: 2 * n, retries: n % 3, micros: n * 137, connectMicros: n % 5 === 0 ? n + 1 : 0 },
  target: { instance: 'web.1', release: 1 + (n % 2) },
}))

test('several workers together are as one that did all the work', () => {
  const one = measured(served(LOAD, 3))
  const parts = [LOAD.slice(0, 50), LOAD.slice(50, 51), LOAD.slice(51)].map((part) => measured(served(part, 1)))
  const [a, b, c] = parts as [Measurements, Measurements, Measurements]
  expect(together(together(a, b), c)).toEqual(one)
  expect(together(c, together(b, a))).toEqual(one)
  expect(together(NOTHING_MEASURED, one)).toEqual(one)
  expect(one.services['app']).toMatchObject({ id: 'app_1', inFlight: 3 })
  expect(Object.keys(one.services['app']?.releases ?? {})).toEqual(['1', '2'])
})

test('periods after each other add up, and what is open is as it was last', () => {
  const earlier = { ...measured(served(LOAD.slice(0, 90), 5)), connections: { plain: 9, tls: 9 } }
  const later = { ...measured(served(LOAD.slice(90), 2)), connections: { plain: 4, tls: 0 } }
  const whole = { ...measured(served(LOAD, 2)), connections: { plain: 4, tls: 0 } }
  expect(after(earlier, later)).toEqual(whole)
  expect(after(earlier, NOTHING_MEASURED).services['app']).toMatchObject({ inFlight: 0, tunnels: 0 })
})

test('a reading begins where the last one ended', () => {
  const traffic = served([{}], 1)
  expect(traffic.take()?.releases[1]).toMatchObject({ requests: 1, status: { 200: 1 } })
  expect(traffic.take()).toEqual({ inFlight: 1, tunnels: 0, releases: {} })
  traffic.finished(finished())
  expect(traffic.take()?.releases[1]?.requests).toBe(1)
  expect(traffic.take()).toBeUndefined()
})

test('what reached no target counts under release 0', () => {
  const { releases } = served([{ target: null, status: 503, code: 'H14' }]).take() ?? {}
  expect(releases?.[0]).toMatchObject({ requests: 1, codes: { H14: 1 } })
})

test('how long a tunnel was open is not among the latencies', () => {
  const traffic = new Traffic()
  traffic.inFlight = 2
  traffic.tunnels = 1
  traffic.finished(finished({ status: 101, tunnelled: true, micros: 3_600_000_000 }))
  const counters = traffic.take()
  expect(counters).toMatchObject({ inFlight: 1, tunnels: 0 })
  expect(counters?.releases[1]).toMatchObject({ requests: 1, latency: { sum: 0, buckets: [] } })
})

test('an app that answers with every status there is fills no more than a few counters', () => {
  const all = Array.from({ length: 800 }, (_, n) => ({ status: 200 + n }))
  const counters = served(all).take()?.releases[1]
  expect(Object.keys(counters?.status ?? {}).length).toBe(STATUSES_APART + 8)
  expect(Object.values(counters?.status ?? {}).reduce((sum, n) => sum + n)).toBe(800)
  expect(counters?.status['9xx']).toBe(100)
  expect(countOf(counters?.latency ?? { sum: 0, buckets: [] })).toBe(800)
})

test('services may be called what objects inherit', () => {
  const odd = measured(served([{}]), 'constructor')
  expect(together(NOTHING_MEASURED, odd)).toEqual(odd)
  const worse = measured(served([{}]), '__proto__')
  expect(Object.keys(together(worse, worse).services)).toEqual(['__proto__'])
})
