import { expect, test } from 'vitest'
import { RateLimit, visitorOf } from './rate-limit.ts'

test('a burst passes at once, then as many as come back with time, for each visitor alone', () => {
  const limit = new RateLimit({ perSecond: 2, burst: 3 })
  const take = (now: number, address = '192.0.2.1') => limit.take(address, now)
  expect([take(0), take(0), take(0), take(0)]).toEqual([0, 0, 0, 1])
  expect([take(499), take(500), take(501)]).toEqual([1, 0, 1])
  expect(take(501, '192.0.2.2')).toBe(0)
  expect([take(60_000), take(60_000), take(60_000), take(60_000)]).toEqual([0, 0, 0, 1])
})

test('a slow rate tells the seconds to wait', () => {
  const limit = new RateLimit({ perSecond: 0.1, burst: 1 })
  expect([limit.take('a', 0), limit.take('a', 0), limit.take('a', 4_000), limit.take('a', 10_000)]).toEqual([
    0, 10, 6, 0,
  ])
})

test('a refused request costs nothing, so that whoever waits gets in', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 1 })
  limit.take('a', 0)
  for (let now = 0; now < 1_000; now += 10) expect(limit.take('a', now)).toBe(1)
  expect(limit.take('a', 1_000)).toBe(0)
})

test('the addresses of one /64 are one visitor, however they are written', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 2 })
  const take = (address: string) => limit.take(address, 0)
  expect(['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:0DB8::3'].map(take)).toEqual([0, 0, 1])
  expect(take('2001:db8:0:1::1')).toBe(0)
  expect(visitorOf('::1')).toBe('0:0:0:0')
  expect(visitorOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2')
  expect(visitorOf('fe80::1%eth0')).toBe('fe80:0:0:0')
})

test('a million visitors take no more memory than some ten thousand', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 10 })
  for (let count = 0; count < 1_000_000; count += 1) limit.take(`visitor-${count}`, 0)
  expect(limit.remembered).toBeLessThanOrEqual(50_000)
})

test('visitors who are gone for as long as a bucket takes to fill are forgotten', () => {
  const limit = new RateLimit({ perSecond: 10, burst: 10 })
  for (let count = 0; count < 100; count += 1) limit.take(`visitor-${count}`, 2_000)
  limit.take('one', 4_000)
  limit.take('two', 6_000)
  expect(limit.remembered).toBe(2)
})
