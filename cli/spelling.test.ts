import { expect, test } from 'vitest'
import { editDistance, nearest } from './spelling.ts'

test('a swap of neighbours is one slip, like a letter too many, too few or wrong', () => {
  expect(editDistance('releases', 'release')).toBe(1)
  expect(editDistance('lgos', 'logs')).toBe(1)
  expect(editDistance('logs', 'lags')).toBe(1)
  expect(editDistance('', 'ps')).toBe(2)
})

test('a word that is nothing like any other has no neighbour', () => {
  expect(nearest('confgi', ['config', 'logs'])).toBe('config')
  expect(nearest('banana', ['config', 'logs'])).toBeUndefined()
  expect(nearest('x', ['ps'])).toBeUndefined()
})
