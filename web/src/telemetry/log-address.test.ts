import { expect, test } from 'vitest'
import { addressOf, beginningOf, isoTime, localTime } from './log-address.ts'

test.each([
  ['', { lines: 50 }],
  ['at=', { lines: 50 }],
  ['at=nonsense', { lines: 50 }],
  ['at=2026-01-31T23:31:16Z', { since: '2026-01-31T23:31:16.000Z', before: 100, lines: 50 }],
  ['after=00000001.000000042', { after: '00000001.000000042', before: 100, lines: 50 }],
])('?%s begins at %j', (query, expected) => {
  expect(beginningOf(new URLSearchParams(query), 50)).toEqual(expected)
})

test('a line is reached again by its address', () => {
  const address = addressOf('shop', { id: '00000001.000000099', text: 'x', before: '00000001.000000042' })
  expect(address).toBe('/apps/shop/logs?after=00000001.000000042#00000001.000000099')
  expect(addressOf('shop', { id: '00000001.000000042', text: 'x' })).toBe('/apps/shop/logs#00000001.000000042')
})

test('a time goes through the input by the clock of the browser and comes back', () => {
  expect(isoTime(localTime('2026-01-31T23:31:16.000Z'))).toBe('2026-01-31T23:31:16.000Z')
  expect(localTime(null)).toBe('')
  expect(isoTime('')).toBeUndefined()
})
