import { expect, test } from 'vitest'
import { BufferStock } from './buffer-stock.ts'

test('buffers are used again, of those given back as many as are kept', () => {
  const stock = new BufferStock(16, 2)
  const [one, two, three] = [stock.take(), stock.take(), stock.take()]
  for (const buffer of [one, two, three]) stock.give(buffer)
  expect(stock.bytes).toBe(32)
  expect([stock.take(), stock.take()]).toEqual([two, one])
  expect(stock.take()).not.toBe(three)
})

test('a buffer that has grown is not taken for one of the stock', () => {
  const stock = new BufferStock(16, 2)
  stock.give(Buffer.alloc(32))
  expect(stock.bytes).toBe(0)
})

test('what nobody has needed between two trims goes, the rest stays', () => {
  const stock = new BufferStock(16, 8)
  const taken = Array.from({ length: 5 }, () => stock.take())
  for (const buffer of taken) stock.give(buffer)
  stock.trim()
  expect(stock.bytes).toBe(80)
  const inUse = [stock.take(), stock.take()]
  for (const buffer of inUse) stock.give(buffer)
  stock.trim()
  expect(stock.bytes).toBe(32)
  stock.trim()
  expect(stock.bytes).toBe(0)
})
