import { expect, test } from 'vitest'
import { newId } from './ids.ts'

test('ids are unique, have 20 characters after their prefix, and sort by the time they were made', () => {
  const ids = Array.from({ length: 5_000 }, () => newId('app'))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.every((id) => /^app_[0-9a-hjkmnp-tv-z]{20}$/.test(id))).toBe(true)
  expect(ids.toSorted()).toEqual(ids)
})
