import { expect, test } from 'vitest'
import { exitCodeOfStatus } from './exit-code.ts'

test.each([
  [400, 2],
  [401, 4],
  [403, 4],
  [404, 5],
  [409, 1],
  [422, 2],
  [429, 75],
  [500, 1],
  [502, 75],
  [503, 75],
])('HTTP %i becomes exit code %i', (status, code) => {
  expect(exitCodeOfStatus(status)).toBe(code)
})
