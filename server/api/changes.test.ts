import { expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import { CHANGED, type ChangeEvent } from '../contract/event.ts'
import type { Actor } from '../people/actor.ts'

/** Everything that is told until `until` is. */
async function told(kit: ApiKit, user: string, work: () => unknown, until: (event: ChangeEvent) => boolean) {
  const stop = new AbortController()
  const events: ChangeEvent[] = []
  for await (const event of kit.client(user).stream('changes.watch', { signal: stop.signal })) {
    if (events.length === 0) await work()
    events.push(event)
    if (until(event)) break
  }
  stop.abort()
  return events
}

const about = (app: string | null, what: ChangeEvent['what'][number]) => (event: ChangeEvent) =>
  event.app === app && event.what.includes(what) && event.what.length < CHANGED.length

async function withApps() {
  const kit = await ApiKit.start()
  const owner: Actor = { user: kit.alice, scope: 'admin', via: 'api' }
  kit.users.create('bob', { boxOwner: false })
  const [shop, blog] = [kit.apps.create(owner, 'shop'), kit.apps.create(owner, 'blog')]
  await told(kit, 'alice', () => kit.access.setMember(blog, 'bob', 'viewer'), about('blog', 'members'))
  return { kit, owner, shop, blog }
}

test('whoever looks at the box is told what changed, by the name of the app', async () => {
  const { kit, owner, shop } = await withApps()
  await using _ = kit
  const events = await told(
    kit,
    'alice',
    () => {
      kit.domains.add(shop, 'www.shop.test')
      kit.configVars.update(shop.id, { A: '1' })
      kit.activity.record(owner, 'domain.add', 'www.shop.test', shop)
      kit.access.setMember(shop, 'bob', 'viewer')
    },
    about('shop', 'domains'),
  )
  expect(events[0]).toMatchObject({ app: null, what: [...CHANGED] })
  expect(events.at(-1)).toMatchObject({ app: 'shop' })
  expect(events.at(-1)?.what.sort()).toEqual(['activity', 'apps', 'config', 'domains', 'members'])
})

test('a certificate of one’s own, which the router does not tell of, is told of', async () => {
  const { kit } = await withApps()
  await using _ = kit
  const body = { chain: '-----BEGIN CERTIFICATE-----', key: '-----BEGIN PRIVATE KEY-----' }
  const put = () => kit.client().call('certs.add', { params: { app: 'shop' }, body })
  expect((await told(kit, 'alice', put, about('shop', 'certificates'))).at(-1)).toMatchObject({ app: 'shop' })
  const remove = () => kit.client().call('certs.remove', { params: { app: 'shop' } })
  expect((await told(kit, 'alice', remove, about('shop', 'certificates'))).at(-1)).toMatchObject({ app: 'shop' })
})

test('of an app that one may not see nothing is told', async () => {
  const { kit, owner, shop, blog } = await withApps()
  await using _ = kit
  const events = await told(
    kit,
    'bob',
    () => {
      kit.domains.add(shop, 'www.shop.test')
      kit.activity.record(owner, 'domain.add', 'www.shop.test', shop)
      kit.domains.add(blog, 'www.blog.test')
    },
    about('blog', 'domains'),
  )
  expect(events.map(({ app }) => app)).toEqual([null, 'blog'])
})

test('of an app that is gone all are told that the list is another one, without its name', async () => {
  const { kit, shop } = await withApps()
  await using _ = kit
  const events = await told(kit, 'bob', () => kit.apps.delete(shop.id), about(null, 'apps'))
  expect(JSON.stringify(events)).not.toContain('shop')
})

test('a browser goes on behind the last event that it has seen', async () => {
  const { kit, shop } = await withApps()
  await using _ = kit
  const events = await told(kit, 'alice', () => kit.domains.add(shop, 'www.shop.test'), about('shop', 'domains'))
  kit.domains.remove(shop, 'www.shop.test')
  const stop = new AbortController()
  const response = await kit.fetch('GET', '/events', {
    token: kit.token(),
    headers: { accept: 'text/event-stream', 'Last-Event-ID': events.at(-1)?.cursor ?? '' },
    signal: stop.signal,
  })
  const { value } = (await response.body?.getReader().read()) ?? {}
  expect(new TextDecoder().decode(value)).toMatch(/^id: boot\.\d+\ndata: \{.*"app":"shop","what":\["domains"\]\}\n\n$/)
  stop.abort()
})

test('what is rolled back leaves the tables as they were; a look at them says so', async () => {
  const { kit, shop } = await withApps()
  await using _ = kit
  const failed = () => {
    expect(() =>
      kit.db.transaction(() => {
        kit.domains.add(shop, 'www.shop.test')
        throw new Error('not after all')
      }),
    ).toThrow('not after all')
  }
  await told(kit, 'alice', failed, about('shop', 'domains'))
  expect(kit.domains.list(shop).map(({ host }) => host)).not.toContain('www.shop.test')
})
