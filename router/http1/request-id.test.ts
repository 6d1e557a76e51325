import { expect, test } from 'vitest'
import { newRequestId } from './request-id.ts'

test('ids are 128 bits in hexadecimal digits, and no two are the same', () => {
  const ids = Array.from({ length: 5_000 }, newRequestId)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
})
