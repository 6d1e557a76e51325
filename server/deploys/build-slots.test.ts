import { expect, test } from 'vitest'
import { BuildSlots, MAX_WAITING_BUILDS } from './build-slots.ts'

const never = new AbortController().signal

test('a build beyond the slots waits, says so, and goes on in its turn', async () => {
  const slots = new BuildSlots(1)
  const said: string[] = []
  const first = await slots.take('ada', never, () => said.push('first'))
  const second = slots.take('ada', never, () => said.push('second'))
  const third = slots.take('ada', never, () => said.push('third'))
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
  const first = await slots.take('ada', never, () => {})
  const canceled = new AbortController()
  const second = slots.take('ada', canceled.signal, () => {})
  const third = slots.take('ada', never, () => {})
  canceled.abort(new Error('canceled'))
  await expect(second).rejects.toThrow('canceled')
  first[Symbol.dispose]()
  await third
})

test('giving a slot back twice frees it once', async () => {
  const slots = new BuildSlots(1)
  const first = await slots.take('ada', never, () => {})
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  await slots.take('ada', never, () => {})
  const waited = new AbortController()
  const second = slots.take('ada', waited.signal, () => waited.abort(new Error('had to wait')))
  await expect(second).rejects.toThrow('had to wait')
})

test('a box where too many builds wait refuses one more in words', async () => {
  const slots = new BuildSlots(1)
  const closing = new AbortController()
  await slots.take('ada', never, () => {})
  const waiting = Array.from({ length: MAX_WAITING_BUILDS }, () => slots.take('ada', closing.signal, () => {}))
  await expect(slots.take('ada', never, () => {})).rejects.toMatchObject({ code: 'builds.busy' })
  closing.abort(new Error('closing'))
  for (const one of await Promise.allSettled(waiting)) expect(one.status).toBe('rejected')
})

test('who has many builds in line does not keep the others waiting', async () => {
  const slots = new BuildSlots(1)
  const order: string[] = []
  const first = await slots.take('ada', never, () => {})
  const build = async (who: string, name: string) => {
    using _ = await slots.take(who, never, () => {})
    order.push(name)
  }
  const all = [
    build('ada', 'ada 2'),
    build('ada', 'ada 3'),
    build('bob', 'bob 1'),
    build('cleo', 'cleo 1'),
    build('bob', 'bob 2'),
  ]
  first[Symbol.dispose]()
  await Promise.all(all)
  expect(order).toEqual(['bob 1', 'cleo 1', 'ada 2', 'bob 2', 'ada 3'])
})

test('with several slots the next one goes to whom the box builds least for', async () => {
  const slots = new BuildSlots(2)
  const [one] = [await slots.take('ada', never, () => {}), await slots.take('bob', never, () => {})]
  const order: string[] = []
  const third = slots.take('bob', never, () => {}).then(() => order.push('bob'))
  const fourth = slots.take('ada', never, () => {}).then(() => order.push('ada'))
  one[Symbol.dispose]()
  await fourth
  expect(order).toEqual(['ada'])
  void third
})
