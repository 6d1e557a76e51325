import { expect, test } from 'vitest'
import { Stopped, Turns } from './turns.ts'

test('deploys of one app take turns in order of arrival', async () => {
  const turns = new Turns()
  const order: string[] = []
  const first = await turns.take('app', 'd1', 'config')
  const second = turns.take('app', 'd2', 'config').then(() => order.push('second'))
  const other = await turns.take('other', 'd3', 'config')
  order.push('other')
  await first[Symbol.asyncDispose]()
  await second
  expect(order).toEqual(['other', 'second'])
  await other[Symbol.asyncDispose]()
})

test('a newer push supersedes the waiting one and interrupts the running one', async () => {
  const turns = new Turns()
  const running = await turns.take('app', 'd1', 'push')
  const waiting = turns.take('app', 'd2', 'push')
  const newest = turns.take('app', 'd3', 'push')
  await expect(waiting).rejects.toBeInstanceOf(Stopped)
  expect(running.signal.aborted).toBe(true)
  expect(running.signal.reason.state).toBe('superseded')
  await running[Symbol.asyncDispose]()
  const turn = await newest
  expect(turn.signal.aborted).toBe(false)
})

test('past the swap a deploy is neither superseded nor canceled', async () => {
  const turns = new Turns()
  const running = await turns.take('app', 'd1', 'push')
  running.setInterruptible(false)
  expect(turns.cancel('app', 'd1', 'Canceled by ada.')).toBe(false)
  const next = turns.take('app', 'd2', 'push')
  expect(running.signal.aborted).toBe(false)
  await running[Symbol.asyncDispose]()
  await next
})

test('a config change waits for a push and is not superseded by one', async () => {
  const turns = new Turns()
  const config = await turns.take('app', 'd1', 'config')
  const push = turns.take('app', 'd2', 'push')
  expect(config.signal.aborted).toBe(false)
  expect(turns.length('app')).toBe(2)
  await config[Symbol.asyncDispose]()
  await (await push)[Symbol.asyncDispose]()
  expect(turns.length('app')).toBe(0)
})

test('canceling a waiting deploy lets the ones behind it go on', async () => {
  const turns = new Turns()
  const first = await turns.take('app', 'd1', 'config')
  const second = turns.take('app', 'd2', 'rollback')
  const third = turns.take('app', 'd3', 'config')
  expect(turns.cancel('app', 'd2', 'Canceled by ada.')).toBe(true)
  await expect(second).rejects.toMatchObject({ state: 'canceled', message: 'Canceled by ada.' })
  await first[Symbol.asyncDispose]()
  await third
})

test('closing an app ends all of its deploys, what must not be interrupted too, and lets none begin', async () => {
  const turns = new Turns()
  const running = await turns.take('app', 'd1', 'push')
  running.setInterruptible(false)
  const waiting = turns.take('app', 'd2', 'config')
  let closed = false
  const closing = turns.close('app', 'The app was destroyed.').then((handle) => {
    closed = true
    return handle
  })
  await expect(waiting).rejects.toMatchObject({ state: 'canceled', message: 'The app was destroyed.' })
  expect(running.signal.aborted).toBe(true)
  expect(closed).toBe(false)
  await running[Symbol.asyncDispose]()
  const handle = await closing
  await expect(turns.take('app', 'd3', 'push')).rejects.toBeInstanceOf(Stopped)
  handle[Symbol.dispose]()
  await using turn = await turns.take('app', 'd4', 'push')
  expect(turn.signal.aborted).toBe(false)
})
