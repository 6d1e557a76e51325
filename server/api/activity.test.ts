import { afterEach, beforeEach, expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import { createClient } from '../contract/client.ts'

let kit: ApiKit
beforeEach(async () => {
  kit = await ApiKit.start()
})
afterEach(async () => {
  await kit[Symbol.asyncDispose]()
})

/** The box is alice's; bob sees one app of two. */
function happenings() {
  const alice = { user: kit.alice, scope: 'admin', via: 'api' } as const
  const bob = { user: kit.users.create('bob', { boxOwner: false }), scope: 'admin', via: 'console' } as const
  const [shop, secret] = [kit.apps.create(alice, 'shop'), kit.apps.create(alice, 'secret')]
  kit.access.setMember(shop, 'bob', 'viewer')
  kit.activity.record(alice, 'config.update', 'A', shop)
  kit.activity.record(alice, 'config.update', 'B', secret)
  kit.activity.record(alice, 'box.update', 'C')
  kit.activity.record(bob, 'key.add', 'D')
  kit.activity.record(bob, 'release.rollback', 'E', shop)
  return { shop }
}
type Query = { app?: string; by?: string; kind?: string; cursor?: string; limit?: number }
const seenBy = async (user: string, query: Query = {}) => {
  const client = createClient({ url: kit.url, token: kit.token(user) })
  const { items, next } = await client.call('activity.all', { query: { limit: 50, ...query } })
  return { details: items.map(({ detail }) => detail).join(' '), next }
}

test('one sees what happened in the apps one may see and what one did oneself; owners of the box see all', async () => {
  happenings()
  expect((await seenBy('alice')).details).toBe('E D C B A')
  expect((await seenBy('bob')).details).toBe('E D A')
  kit.users.create('eve', { boxOwner: false })
  expect((await seenBy('eve')).details).toBe('')
})

test('it is filtered by app, who and kind, and read page by page', async () => {
  const { shop } = happenings()
  expect((await seenBy('alice', { app: 'shop' })).details).toBe('E A')
  expect((await seenBy('bob', { app: 'secret' })).details).toBe('')
  expect((await seenBy('alice', { by: 'bob' })).details).toBe('E D')
  expect((await seenBy('alice', { kind: 'config' })).details).toBe('B A')
  kit.apps.rename(shop.id, 'store')
  expect((await seenBy('alice', { app: 'store' })).details).toBe('E A')
  expect((await seenBy('alice', { app: 'shop' })).details).toBe('E A')
  const first = await seenBy('alice', { limit: 2 })
  expect(first.details).toBe('E D')
  const second = await seenBy('alice', { limit: 3, cursor: first.next ?? '' })
  expect(second.details).toBe('C B A')
  await expect(seenBy('alice', { cursor: 'x' })).rejects.toMatchObject({ problem: { code: 'page.cursor' } })
})
