import { expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'

const activityOf = (kit: ApiKit) =>
  kit.db.all<{ action: string; detail: string }>('SELECT action, detail FROM activity ORDER BY id')

test('a new app says where it answers and where to push', async () => {
  await using kit = await ApiKit.start()
  const app = await kit.client().call('apps.create', { body: { name: 'shop' } })
  expect(app).toMatchObject({
    name: 'shop',
    owner: 'alice',
    release: null,
    url: 'http://shop.paas.test:8080',
    git: { ssh: 'ssh://git@paas.test:2222/shop', http: 'http://paas.test:8080/git/shop.git' },
  })
  expect(activityOf(kit)).toEqual([{ action: 'app.create', detail: 'shop' }])
})

test('an app without a name gets one', async () => {
  await using kit = await ApiKit.start()
  const { name } = await kit.client().call('apps.create', { body: {} })
  expect(name).toMatch(/^[a-z][a-z0-9-]+$/)
})

test('apps come in pages by name, and only those that one may see', async () => {
  await using kit = await ApiKit.start()
  kit.users.create('bob', { boxOwner: false })
  const alice = kit.client()
  for (const name of ['c', 'a', 'b']) await alice.call('apps.create', { body: { name } })
  await kit.client('bob').call('apps.create', { body: { name: 'bobs' } })
  const first = await alice.call('apps.list', { query: { limit: 3 } })
  const second = await alice.call('apps.list', { query: { limit: 3, cursor: first.next ?? '' } })
  expect([first, second].map(({ items }) => items.map(({ name }) => name))).toEqual([['a', 'b', 'bobs'], ['c']])
  expect(second.next).toBeNull()
  expect((await kit.client('bob').call('apps.list')).items.map(({ name }) => name)).toEqual(['bobs'])
})

test('renaming and maintenance reach the router before the answer', async () => {
  await using kit = await ApiKit.start()
  const client = kit.client()
  await client.call('apps.create', { body: { name: 'shop' } })
  const app = await client.call('apps.update', { params: { app: 'shop' }, body: { name: 'store', maintenance: true } })
  expect(app).toMatchObject({ name: 'store', maintenance: true, url: 'http://store.paas.test:8080' })
  expect(kit.deploys.calls.filter((call) => call === 'routesChanged')).toHaveLength(2)
  expect(activityOf(kit).slice(1)).toEqual([
    { action: 'app.rename', detail: 'shop to store' },
    { action: 'app.maintenance', detail: 'on' },
  ])
})

test('a router that is away does not undo what was written down', async () => {
  await using kit = await ApiKit.start()
  kit.deploys.failure = new Error('no router')
  const app = await kit.client().call('apps.create', { body: { name: 'shop' } })
  expect(app.name).toBe('shop')
  expect(kit.logged.join('')).toContain('routes.delayed')
})

test('an app is destroyed with all it has, once its name was confirmed', async () => {
  await using kit = await ApiKit.start()
  const client = kit.client()
  const { id } = await client.call('apps.create', { body: { name: 'shop' } })
  const wrong = client.call('apps.destroy', { params: { app: 'shop' }, query: { confirm: 'shopp' } })
  await expect(wrong).rejects.toMatchObject({
    problem: { code: 'app.confirm', command: 'paas apps:destroy -a shop --confirm shop' },
  })
  expect(kit.deploys.calls).not.toContain('destroy shop')
  await client.call('apps.destroy', { params: { app: 'shop' }, query: { confirm: 'shop' } })
  expect(kit.deploys.calls.slice(-2)).toEqual(['destroy shop', 'routesChanged'])
  expect([kit.removedRepositories, kit.logs.removed]).toEqual([[id], [id]])
  expect(kit.apps.list()).toEqual([])
})

test('an app whose instances could not be stopped is still there to be destroyed again', async () => {
  await using kit = await ApiKit.start()
  const client = kit.client()
  await client.call('apps.create', { body: { name: 'shop' } })
  kit.deploys.failure = new Error('engine away')
  await expect(client.call('apps.destroy', { params: { app: 'shop' }, query: { confirm: 'shop' } })).rejects.toThrow()
  expect(kit.apps.find('shop')).toBeDefined()
  expect(kit.removedRepositories).toEqual([])
})
