import { expect, test } from 'vitest'
import { about, difference } from './facts.ts'

test('what was counted at the moment of the backup must come out of it to the last row', () => {
  expect(difference({ tables: 4, 'rows in orders': 10_000 }, { tables: 4, 'rows in orders': 10_000 })).toBeUndefined()
  expect(difference({ 'rows in orders': 10_000 }, { 'rows in orders': 9_999 })).toBe(
    'rows in orders: 9999 where there were 10000',
  )
  expect(difference({ tables: 4 }, { tables: 5 })).toContain('5 where there were 4')
  expect(difference({}, { tables: 9 })).toBeUndefined()
  expect(difference({ tables: 0 }, {})).toBeUndefined()
})

test('an estimate may be near', () => {
  expect(difference({ [about('rows in orders')]: 10_000 }, { 'rows in orders': 11_900 })).toBeUndefined()
  expect(difference({ [about('rows in carts')]: 3 }, { 'rows in carts': 60 })).toBeUndefined()
  expect(difference({ [about('rows in carts')]: 0 }, {})).toBeUndefined()
})

test('what is gone, or mostly so, is no estimate', () => {
  expect(difference({ [about('tables')]: 4 }, { tables: 0 })).toBe('tables: 0 where there were about 4')
  expect(difference({ [about('rows in orders')]: 10_000 }, { 'rows in orders': 7_000 })).toContain('7000')
  expect(difference({ [about('rows in orders')]: 5 }, {})).toContain('rows in orders: 0')
})
