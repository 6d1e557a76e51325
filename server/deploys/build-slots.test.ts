import { expect, test } from 'vitest'
import { BuildSlots, MAX_WAITING_BUILDS } from './build-slots.ts'

const never = new AbortController().signal

test('a build beyond the slots waits, says so, and goes on in its turn', async () => {
  const slots = new BuildSlots(1)
  const said: string[] = []
  const first = await slots.take(never, () => said.push('first'))
  const second = slots.take(never, () => said.push('second'))
  const third = slots.take(never, () => said.push('third'))
  expect(said).toEqual(['second', 'third'])
  first[Symbol.dispose]()
  const held = await second
  let thirdHas = false
  void third.then(() => {
    thirdHas = true
  })
  await Promise.resolve()
  expect(thirdHas).toBe(false)
  held[Symbol.dispose]()
  await third
})

test('a canceled build leaves the line and takes no slot', async () => {
  const slots = new BuildSlots(1)
  const first = await slots.take(never, () => {})
  const canceled = new AbortController()
  const second = slots.take(canceled.signal, () => {})
  const third = slots.take(never, () => {})
  canceled.abort(new Error('canceled'))
  await expect(second).rejects.toThrow('canceled')
  first[Symbol.dispose]()
  await third
})

test('giving a slot back twice frees it once', async () => {
  const slots = new BuildSlots(1)
  const first = await slots.take(never, () => {})
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  await slots.take(never, () => {})
  const waited = new AbortController()
  const second = slots.take(waited.signal, () => waited.abort(new Error('had to wait')))
  await expect(second).rejects.toThrow('had to wait')
})

test('a box where too many builds wait refuses one more in words', async () => {
  const slots = new BuildSlots(1)
  const closing = new AbortController()
  await slots.take(never, () => {})
  const waiting = Array.from({ length: MAX_WAITING_BUILDS }, () => slots.take(closing.signal, () => {}))
  await expect(slots.take(never, () => {})).rejects.toMatchObject({ code: 'builds.busy' })
  closing.abort(new Error('closing'))
  for (const one of await Promise.allSettled(waiting)) expect(one.status).toBe('rejected')
})
