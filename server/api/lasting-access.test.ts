import { expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import { whileAllowed } from './lasting-access.ts'

const QUICK = { recheckMs: 10 }

test.each([
  ['a token that is revoked', (kit: ApiKit, token: string) => kit.tokens.revoke(bob(kit).id, idOf(token))],
  ['a role that is taken away', (kit: ApiKit) => kit.access.removeMember(shop(kit), 'bob')],
  ['a user who is removed', (kit: ApiKit) => kit.users.remove('bob')],
  ['an app that is destroyed', (kit: ApiKit) => kit.apps.delete(shop(kit).id)],
])('%s ends the streams that stand on it', async (_, takeAway) => {
  await using kit = await ApiKit.start(QUICK)
  const token = share(kit)
  const response = await kit.fetch('GET', '/apps/shop/logs?follow=true', { token })
  expect(response.status).toBe(200)
  takeAway(kit, token)
  await response.text()
})

test('a stream outlives the renaming of its app', async () => {
  await using kit = await ApiKit.start(QUICK)
  const response = await kit.fetch('GET', '/apps/shop/logs?follow=true', { token: share(kit) })
  kit.apps.rename(shop(kit).id, 'store')
  const ended = response.text().then(() => 'ended')
  expect(await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 60, 'open'))])).toBe('open')
  kit.users.remove('bob')
  expect(await ended).toBe('ended')
})

test('rights that cannot be asked any more are gone', async () => {
  const closed = () => {
    throw new Error('database is not open')
  }
  const lost = whileAllowed(new AbortController().signal, closed, 5)
  await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }))
  expect(lost.aborted).toBe(true)
})

/** Bob, a viewer of Alice's shop; his token. */
function share(kit: ApiKit): string {
  kit.users.create('bob', { boxOwner: false })
  kit.access.setMember(kit.apps.create({ user: kit.alice, scope: 'admin', via: 'api' }, 'shop'), 'bob', 'viewer')
  return kit.token('bob')
}

function shop(kit: ApiKit) {
  const app = kit.apps.find('shop')
  if (!app) throw new Error('there is no shop')
  return app
}

const bob = (kit: ApiKit) => kit.users.get('bob')
const idOf = (token: string) => token.split('_').slice(1, 3).join('_')
