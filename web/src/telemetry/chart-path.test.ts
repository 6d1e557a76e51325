import { expect, test } from 'vitest'
import { linePath, nearest, scaleMost } from './chart-path.ts'

test('a line goes through its values and has a gap where there is none', () => {
  expect(linePath([0, 5, null, 10, 10], 10)).toBe('M0 100L250 50M750 0L1000 0')
  expect(linePath([], 10)).toBe('')
  expect(linePath([5], 10)).toBe('M1000 50')
})

test.each([
  [[], 1],
  [[null, 0], 1],
  [[0.3], 0.5],
  [[7], 10],
  [[11], 20],
  [[420, 3], 500],
])('%j fit under %d', (values, most) => {
  expect(scaleMost(values)).toBeCloseTo(most, 9)
})

test.each([
  [0, 0],
  [0.49, 2],
  [1, 4],
  [1.5, 4],
  [-1, 0],
])('at %d of the width the point %d of five is nearest', (share, index) => {
  expect(nearest(share, 5)).toBe(index)
})
