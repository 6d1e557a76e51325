import { expect, test } from 'vitest'
import { service } from '../testing/rig.ts'
import { OrderLimit } from './order-limit.ts'
import { alarmFor, renewalTime } from './renewal.ts'
import { delayAfterFailure } from './retry-schedule.ts'
import { ShiftedClock } from './testing/shifted-clock.ts'
import { NO_ACME } from './upkeep.ts'
import { wantedCertificates } from './wanted.ts'

const DAY = 86_400_000
const MINUTE = 60_000

test('an issuer’s Retry-After wins over the schedule, and a minute is the least', () => {
  const middle = () => 0.5
  expect(delayAfterFailure(1, null, null, middle)).toBe(MINUTE)
  expect(delayAfterFailure(3, 30 * DAY, null, () => 0)).toBe(30 * DAY)
  expect(delayAfterFailure(4, 0, null, () => 0)).toBe(MINUTE)
  expect(delayAfterFailure(4, null, null, () => 0)).toBeCloseTo(0.8 * DAY)
  expect(delayAfterFailure(4, null, null, () => 1)).toBeCloseTo(1.2 * DAY)
})

test('a certificate of six days is not left for one of them', () => {
  expect(delayAfterFailure(9, null, 6 * DAY, () => 0.5)).toBe(0.4 * DAY)
})

test('200 certificates of one day are renewed over three days', () => {
  const life = { notBefore: 0, notAfter: 90 * DAY }
  const days = Array.from({ length: 200 }, (_, at) => renewalTime(life, null, at / 200) / DAY)
  expect([Math.min(...days), Math.max(...days)].map(Math.round)).toEqual([57, 60])
  expect(renewalTime(life, { start: 10 * DAY, end: 12 * DAY }, 0.5)).toBe(11 * DAY)
})

test('alarms begin at a third of the life', () => {
  const life = { notBefore: 0, notAfter: 90 * DAY }
  const at = (left: number) => alarmFor(life, (90 - left) * DAY)
  expect([at(31), at(30), at(14), at(2.5), at(0.5)]).toEqual([
    null,
    'expires within 30 days',
    'expires within 15 days',
    'expires within 3 days',
    'expires within 24 hours',
  ])
  expect(at(-1)).toMatch(/^expired on/)
})

test('ten orders in ten seconds, the most urgent first', async () => {
  const clock = new ShiftedClock()
  const closed = new AbortController()
  const limit = new OrderLimit(clock, closed.signal)
  const order: number[] = []
  const all = Array.from({ length: 25 }, (_, at) => 25 - at).map((urgency) =>
    limit.turn(urgency, closed.signal).then(() => void order.push(urgency)),
  )
  const settled = () => new Promise((resolve) => setTimeout(resolve, 10))
  await settled()
  expect(order).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  clock.advance(10_001)
  await settled()
  expect(order).toHaveLength(20)
  clock.advance(10_001)
  await Promise.all(all)
  expect(order).toEqual(Array.from({ length: 25 }, (_, at) => at + 1))
})

test('certificates are wanted for hosts with TLS auto, but for those below a wildcard and those no issuer can reach', () => {
  const tls = { mode: 'auto', redirect: true, hstsSeconds: 0 } as const
  const issuer = {
    name: 'I',
    directoryUrl: '',
    eab: null,
    profile: null,
    challenge: 'http-01',
    trustedCa: null,
  } as const
  const dns = [{ zone: 'zone.test', provider: 'exec' as const, settings: {} }]
  const acme = { ...NO_ACME, issuers: [issuer], wildcards: ['*.apps.example.test'], dns }
  const hosts = [
    'a.example.test',
    'b.apps.example.test',
    'c.b.apps.example.test',
    'd.zone.test',
    'x.localhost',
    'single',
  ]
  const services = [service({ hosts, tls }), service({ name: 'off', hosts: ['off.example.test'] })]
  expect(wantedCertificates({ version: 1, engineBootId: '', services, acme })).toEqual([
    { name: '*.apps.example.test', byDns: true },
    { name: 'a.example.test', byDns: false },
    { name: 'c.b.apps.example.test', byDns: false },
    { name: 'd.zone.test', byDns: true },
  ])
  expect(wantedCertificates({ version: 1, engineBootId: '', services })).toEqual([])
})
