import { expect, test } from 'vitest'
import { Changes } from './changes.ts'

async function take(changes: Changes, count: number, after?: string) {
  const stop = new AbortController()
  const found = []
  for await (const change of changes.follow(after, stop.signal)) {
    found.push(change)
    if (found.length === count) break
  }
  stop.abort()
  return found
}

test('what changes at the same time is told once for each app, whoever comes later goes on behind it', async () => {
  const changes = new Changes('boot')
  const three = take(changes, 3)
  changes.tell('app_1', 'builds')
  changes.tell('app_2', 'apps')
  changes.tell('app_1', 'deploys', 'builds')
  expect(await three).toEqual([
    { n: 0, what: undefined },
    { n: 1, appId: 'app_1', what: ['builds', 'deploys'] },
    { n: 2, appId: 'app_2', what: ['apps'] },
  ])
  expect(await take(changes, 1, changes.cursorOf({ n: 1 }))).toEqual([{ n: 2, appId: 'app_2', what: ['apps'] }])
})

test.each(['other.1', 'boot.7', 'boot.-1', 'boot.x', 'nonsense', ''])(
  'behind %j, which it never gave out, anything may have changed',
  async (cursor) => {
    const changes = new Changes('boot')
    changes.tell(null, 'box')
    await take(changes, 2)
    expect(await take(changes, 1, cursor)).toEqual([{ n: 1, what: undefined }])
  },
)

test('a reader that was away for too long is told so, and holds up nobody', async () => {
  const changes = new Changes('boot')
  const stop = new AbortController()
  const slow = changes.follow(undefined, stop.signal)
  await slow.next()
  for (let n = 0; n < 2_500; n += 1) changes.tell(`app_${n}`, 'apps')
  await take(changes, 2)
  expect(await slow.next()).toEqual({ done: false, value: { n: 2_500, what: undefined } })
  changes.tell('app_1', 'apps')
  expect((await slow.next()).value).toMatchObject({ n: 2_501, appId: 'app_1' })
  stop.abort()
  expect(await slow.next()).toMatchObject({ done: true })
})
