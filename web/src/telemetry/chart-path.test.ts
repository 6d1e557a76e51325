import { expect, test } from 'vitest'
import { dotPath, linePath, nearest, scaleMost, ticks, xOf, zoomed } from './chart-path.ts'

const dots = (...values: (number | null)[]) => values.map((value, n) => ({ x: n * 250, value }))

test('a line goes through its values and has a gap where there is none, or none for long', () => {
  expect(linePath(dots(0, 5, null, 10, 10), 10, 300)).toBe('M0 100L250 50M750 0L1000 0')
  expect(linePath([...dots(0), { x: 900, value: 5 }], 10, 300)).toBe('M0 100M900 50')
  expect(linePath([], 10, 300)).toBe('')
})

test('a value that has none beside it is a dot', () => {
  expect(dotPath(dots(0, 5, null, 10, null, 5, 5), 10, 300)).toBe('M750 0h0')
  expect(dotPath([...dots(0), { x: 900, value: 5 }], 10, 300)).toBe('M0 100h0M900 50h0')
  expect(dotPath(dots(1, 2), 10, 300)).toBe('')
})

test('a time has its place', () => {
  expect(xOf(150, { from: 100, until: 200 })).toBe(500)
  expect(xOf(100, { from: 100, until: 100 })).toBe(1_000)
})

test.each([
  [[], 10, 1],
  [[null, 0], 10, 1],
  [[0.3], 10, 0.5],
  [[7], 10, 10],
  [[11], 10, 20],
  [[420, 3], 10, 500],
  [[80_000_000], 2, 128 * 1024 ** 2],
] as const)('%j fit, counted in %d, under %d', (values, base, most) => {
  expect(scaleMost(values, base)).toBeCloseTo(most, 9)
})

test.each([
  [0, 0],
  [14, 0],
  [16, 1],
  [99, 2],
])('nearest to %d is point %d', (time, index) => {
  expect(nearest(time, [10, 20, 30])).toBe(index)
})

test('times below are round by the clock of the browser, and not more than fit', () => {
  const hour = 3_600_000
  expect(ticks({ from: 1_000, until: hour + 1_000 })).toEqual([10, 20, 30, 40, 50, 60].map((n) => n * 60_000))
  expect(ticks({ from: 0, until: 48 * hour }, hour / 2)).toEqual([11.5, 23.5, 35.5, 47.5].map((n) => n * hour))
})

test('zooming keeps what is pointed at in its place', () => {
  expect(zoomed({ from: 0, until: 100 }, 25, 0.5)).toEqual({ from: 12.5, until: 62.5 })
  expect(zoomed({ from: 12.5, until: 62.5 }, 25, 2)).toEqual({ from: 0, until: 100 })
})
