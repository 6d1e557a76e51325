import { expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import type { Problem } from '../contract/problem.ts'

const post = (kit: ApiKit, path: string, body: unknown, key: string, token = kit.token()) =>
  kit.fetch('POST', path, { token, body, headers: { 'Idempotency-Key': key } })

test('a create that is sent again gets the first answer and makes nothing', async () => {
  await using kit = await ApiKit.start()
  const first = await post(kit, '/apps', {}, 'key-1')
  const second = await post(kit, '/apps', {}, 'key-1')
  expect([first.status, second.status]).toEqual([201, 201])
  expect(await second.json()).toEqual(await first.json())
  expect(kit.apps.list()).toHaveLength(1)
})

test('two that arrive at once make one', async () => {
  await using kit = await ApiKit.start()
  const token = kit.token()
  const answers = await Promise.all([1, 2, 3].map(() => post(kit, '/apps', {}, 'key-1', token)))
  const names = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { name: string }).name))
  expect(new Set(names).size).toBe(1)
  expect(kit.apps.list()).toHaveLength(1)
})

test('a key does not answer for another request', async () => {
  await using kit = await ApiKit.start()
  await post(kit, '/apps', { name: 'one' }, 'key-1')
  const other = await post(kit, '/apps', { name: 'two' }, 'key-1')
  expect(other.status).toBe(409)
  expect(((await other.json()) as Problem).code).toBe('idempotency.reused')
})

test("a key is one user's own", async () => {
  await using kit = await ApiKit.start()
  kit.users.create('bob', { boxOwner: false })
  await post(kit, '/apps', { name: 'one' }, 'key-1')
  expect((await post(kit, '/apps', { name: 'two' }, 'key-1', kit.token('bob'))).status).toBe(201)
})

test('a failure leaves the key free', async () => {
  await using kit = await ApiKit.start()
  await post(kit, '/apps', { name: 'taken' }, 'key-0')
  expect((await post(kit, '/apps', { name: 'taken' }, 'key-1')).status).toBe(409)
  kit.apps.delete(kit.apps.find('taken')?.id ?? '')
  expect((await post(kit, '/apps', { name: 'taken' }, 'key-1')).status).toBe(201)
})

test('a secret is neither stored nor made twice', async () => {
  await using kit = await ApiKit.start()
  const token = kit.token()
  const first = await post(kit, '/tokens', { description: 'ci' }, 'key-1', token)
  const { secret } = (await first.json()) as { secret: string }
  const second = await post(kit, '/tokens', { description: 'ci' }, 'key-1', token)
  expect(((await second.json()) as Problem).code).toBe('idempotency.secret')
  expect(kit.tokens.list(kit.alice.id).filter(({ description }) => description === 'ci')).toHaveLength(1)
  expect(JSON.stringify(kit.db.all('SELECT * FROM idempotency_keys'))).not.toContain(secret)
})

test('a day later the key is new again', async () => {
  await using kit = await ApiKit.start()
  await post(kit, '/apps', {}, 'key-1')
  kit.db.run('UPDATE idempotency_keys SET created_at = created_at - 86400001')
  await post(kit, '/apps', {}, 'key-1')
  expect(kit.apps.list()).toHaveLength(2)
})
