import { expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import { describe as describeChange } from './config.ts'

async function withShop(): Promise<ApiKit> {
  const kit = await ApiKit.start()
  kit.apps.create({ user: kit.alice, scope: 'admin', via: 'api' }, 'shop')
  return kit
}

test('several names make one release, and the activity has names only', async () => {
  await using kit = await withShop()
  const vars = { FOO: 'hidden-value', BAR: 'b' }
  const change = await kit.client().call('config.update', { params: { app: 'shop' }, body: { vars } })
  expect(change).toEqual({ vars, release: 7, deploy: 'dep_1' })
  expect(kit.deploys.calls).toEqual(['configChanged Set BAR, FOO config vars'])
  expect(JSON.stringify(kit.db.all('SELECT * FROM activity'))).not.toContain('hidden-value')
  expect(kit.logged.join('')).not.toContain('hidden-value')
})

test('a change that changes nothing makes no release', async () => {
  await using kit = await withShop()
  const update = () => kit.client().call('config.update', { params: { app: 'shop' }, body: { vars: { FOO: 'same' } } })
  await update()
  expect(await update()).toEqual({ vars: { FOO: 'same' }, release: null, deploy: null })
  expect(kit.deploys.calls).toHaveLength(1)
})

test('a developer sets values but is shown only those they have just sent', async () => {
  await using kit = await withShop()
  await kit.client().call('config.update', { params: { app: 'shop' }, body: { vars: { SECRET: 'of-the-admin' } } })
  kit.users.create('bob', { boxOwner: false })
  kit.access.setMember(kit.apps.find('shop') as never, 'bob', 'developer')
  const change = await kit
    .client('bob')
    .call('config.update', { params: { app: 'shop' }, body: { vars: { MINE: 'x' } } })
  expect(change.vars).toEqual({ MINE: 'x' })
  await expect(kit.client('bob').call('config.list', { params: { app: 'shop' } })).rejects.toMatchObject({
    problem: { code: 'access.denied' },
  })
})

test.each([
  [['A'], { A: '1' }, 'Set A config vars'],
  [['A', 'B'], { A: null, B: null }, 'Unset A, B config vars'],
  [['A', 'B'], { A: '1', B: null }, 'Set A, unset B config vars'],
])('changes are described by name: %j', (changed, vars, text) => {
  expect(describeChange(changed, vars)).toBe(text)
})
