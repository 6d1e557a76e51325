import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { parallel } from './parallel.ts'

it('keeps the order of results and the limit', async () => {
  let running = 0
  let most = 0
  const results = await parallel([30, 5, 10, 1], 2, async (ms) => {
    most = Math.max(most, ++running)
    await delay(ms)
    running--
    return ms
  })
  expect(results).toEqual([30, 5, 10, 1])
  expect(most).toBe(2)
})

it('finishes everything before it throws', async () => {
  const done: number[] = []
  const all = parallel([1, 2, 3], 3, async (n) => {
    if (n === 1) throw new Error('one failed')
    await delay(10)
    done.push(n)
  })
  await expect(all).rejects.toThrow('one failed')
  expect(done).toEqual([2, 3])
})
