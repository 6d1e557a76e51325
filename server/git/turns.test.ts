import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

const never = new AbortController().signal

test('turns of one app come one after the other, those of another app do not wait', async () => {
  const turns = new Turns()
  const order: string[] = []
  const first = await turns.take('shop', never)
  const second = turns.take('shop', never).then((turn) => {
    order.push('second')
    return turn
  })
  const other = await turns.take('blog', never)
  expect([first.waited, other.waited, order]).toEqual([false, false, []])
  first.giveBack()
  const turn = await second
  expect([turn.waited, order]).toEqual([true, ['second']])
})

test('one that gives up waiting holds nobody up, and lets nobody past', async () => {
  const turns = new Turns()
  const stop = new AbortController()
  const first = await turns.take('shop', never)
  const second = turns.take('shop', stop.signal)
  const third = turns.take('shop', never)
  stop.abort(new Error('superseded'))
  await expect(second).rejects.toThrow('superseded')
  let began = false
  void third.then(() => {
    began = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(began).toBe(false)
  first.giveBack()
  expect((await third).waited).toBe(true)
})
