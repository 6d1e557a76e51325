import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { KeyedLock } from './keyed-lock.ts'

it('does one thing after the other for a key, also after a failure, and lets other keys pass', async () => {
  const lock = new KeyedLock()
  const order: string[] = []
  const slow = lock.hold('a', async () => {
    await delay(20)
    order.push('slow')
    throw new Error('failed')
  })
  const next = lock.hold('a', async () => void order.push('next'))
  const other = lock.hold('b', async () => void order.push('other'))
  await expect(slow).rejects.toThrow('failed')
  await Promise.all([next, other])
  expect(order).toEqual(['other', 'slow', 'next'])
})
