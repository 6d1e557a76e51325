import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import type { Client } from '../contract/client.ts'

let kit: ApiKit
let client: Client
const params = { app: 'shop' }

beforeAll(async () => {
  kit = await ApiKit.start()
  client = kit.client()
  kit.apps.create({ user: kit.alice, scope: 'admin', via: 'api' }, 'shop')
})
afterAll(async () => {
  await kit[Symbol.asyncDispose]()
})

test('what is named changes, null goes back to the default, and arguments one by one', async () => {
  const first = { root: 'apps/web', watch: ['apps/web', 'packages'], args: { A: '1', B: '2' } }
  const { settings, defaults } = await client.call('build.update', { params, body: first })
  expect(settings).toEqual({ ...defaults, ...first })
  await client.call('build.update', { params, body: { root: null, args: { A: null, C: '3' }, target: 'prod' } })
  expect((await client.call('build.settings', { params })).settings).toEqual({
    ...defaults,
    watch: first.watch,
    args: { B: '2', C: '3' },
    target: 'prod',
  })
})

test.each([
  { root: '../other' },
  { root: '/etc' },
  { root: 'a/../b' },
  { root: '' },
  { root: 'a//b' },
  { watch: [':(glob)**'] },
  { watch: ['-rf'] },
  { procfile: 'a\nb' },
  { target: 'a b' },
  { args: { 'A-B': 'x' } },
  { args: { BUILDKIT_SYNTAX: 'evil/frontend' } },
  { unknown: 1 },
])('%j is refused, and nothing changes', async (body) => {
  const before = await client.call('build.settings', { params })
  const call = client.call('build.update', { params, body: body as never })
  await expect(call).rejects.toMatchObject({
    problem: { status: 422, code: 'request.invalid', command: 'paas build:set --help' },
  })
  expect(await client.call('build.settings', { params })).toEqual(before)
})
