import { expect, test } from 'vitest'
import { nearLimit } from './gauges.ts'

const gauge = (used: number) => ({ name: 'connections' as const, used, limit: 20, words: 'nearly all' })

test('it is told when nine tenths are used', () => {
  expect(nearLimit(gauge(17), false)).toBeNull()
  expect(nearLimit(gauge(18), false)).toBe('nearly all')
  expect(nearLimit(gauge(25), false)).toBe('nearly all')
})

test('what was told is over only below eight tenths, so that nothing flutters', () => {
  expect(nearLimit(gauge(16), true)).toBe('nearly all')
  expect(nearLimit(gauge(15), true)).toBeNull()
})
