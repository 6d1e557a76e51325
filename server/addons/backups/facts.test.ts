import { expect, test } from 'vitest'
import { difference } from './facts.ts'

test('what writers added or took meanwhile is no difference', () => {
  expect(difference({ tables: 4, 'rows in orders': 10_000 }, { tables: 4, 'rows in orders': 11_900 })).toBeUndefined()
  expect(difference({ 'rows in carts': 3 }, { 'rows in carts': 60 })).toBeUndefined()
  expect(difference({}, { tables: 9 })).toBeUndefined()
  expect(difference({ tables: 0 }, {})).toBeUndefined()
})

test('what is gone, or mostly so, is', () => {
  expect(difference({ tables: 4 }, { tables: 0 })).toBe('tables: 0 where there were about 4')
  expect(difference({ 'rows in orders': 10_000 }, { 'rows in orders': 7_000 })).toContain('7000')
  expect(difference({ 'rows in orders': 5 }, {})).toContain('rows in orders: 0')
})
