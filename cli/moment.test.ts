import { expect, test } from 'vitest'
import { UsageError } from './errors.ts'
import { readMoment } from './moment.ts'

test.each([
  ['10 minutes ago', 600],
  ['10m', 600],
  ['90 sec ago', 90],
  ['1h30m', 5_400],
  ['1 hour, 30 minutes ago', 5_400],
  ['2 days ago', 172_800],
  ['1 week ago', 604_800],
  ['now', 0],
])('%s is so many seconds before the clock of the box: %i', (text, secondsAgo) => {
  expect(readMoment(text)).toEqual({ secondsAgo })
})

test('a time without a zone is a local one', () => {
  const local = new Date(2026, 10, 28, 14, 0).toISOString()
  for (const text of ['2026-11-28 14:00', '2026-11-28T14:00:00']) expect(readMoment(text)).toEqual({ at: local })
  expect(readMoment('2026-11-28')).toEqual({ at: new Date(2026, 10, 28).toISOString() })
  for (const text of ['2026-11-28T14:00:00.250Z', '2026-11-28 15:00:00.250 +01:00']) {
    expect(readMoment(text)).toEqual({ at: '2026-11-28T14:00:00.250Z' })
  }
})

test('a release stands for the moment before it', () => {
  expect(readMoment('v12')).toEqual({ release: 12 })
})

test.each(['', 'noon', '10 parsecs ago', '2026-13-01 10:00', '2026-11-28 25:00', '12', 'v', '-5 minutes ago'])(
  '%j is refused with examples',
  (text) => {
    expect(() => readMoment(text)).toThrow(UsageError)
  },
)
