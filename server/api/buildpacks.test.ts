import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
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
beforeEach(async () => {
  await client.call('buildpacks.set', { params, body: { buildpacks: ['./first', 'https://example.com/x.git#v1'] } })
})

const listed = async () => (await client.call('buildpacks.list', { params })).buildpacks

test('one is added at its place or behind the others, and taken away by its name', async () => {
  await client.call('buildpacks.add', { params, body: { buildpack: './between', position: 2 } })
  await client.call('buildpacks.add', { params, body: { buildpack: './last' } })
  expect(await listed()).toEqual(['./first', './between', 'https://example.com/x.git#v1', './last'])
  await client.call('buildpacks.remove', { params, query: { buildpack: './between' } })
  expect(await listed()).toEqual(['./first', 'https://example.com/x.git#v1', './last'])
  await client.call('buildpacks.set', { params, body: { buildpacks: [] } })
  expect(await listed()).toEqual([])
})

test('who changed them is in the activity', () => {
  const [last] = kit.activity.list(kit.apps.find('shop')?.id ?? '', { limit: 1 })
  expect(last).toMatchObject({ by: 'alice', action: 'buildpacks.set', detail: './first, https://example.com/x.git#v1' })
})

test.each([
  ['python', 422, 'buildpacks.mixed', 'paas buildpacks:set python -a shop'],
  ['./first', 409, 'buildpacks.twice', 'paas buildpacks -a shop'],
  ['http://example.com/x', 422, 'request.invalid', 'paas buildpacks:set --help'],
  ['https://me:secret@example.com/x', 422, 'request.invalid', 'paas buildpacks:set --help'],
])('%s is refused, and nothing changes', async (buildpack, status, code, command) => {
  const before = await listed()
  const adding = client.call('buildpacks.add', { params, body: { buildpack } })
  await expect(adding).rejects.toMatchObject({ problem: { status, code, command } })
  expect(await listed()).toEqual(before)
})

test('what is not there cannot be taken away', async () => {
  const removing = client.call('buildpacks.remove', { params, query: { buildpack: './other' } })
  await expect(removing).rejects.toMatchObject({ problem: { status: 404, code: 'buildpack.not-found' } })
})

test('a language stands alone, but for what is built in and Node.js before it', async () => {
  await client.call('buildpacks.set', { params, body: { buildpacks: ['heroku/nodejs', 'heroku/python'] } })
  const wrong = client.call('buildpacks.set', { params, body: { buildpacks: ['heroku/python', 'heroku/nodejs'] } })
  await expect(wrong).rejects.toMatchObject({ problem: { code: 'buildpacks.mixed' } })
  await client.call('buildpacks.set', { params, body: { buildpacks: ['heroku-community/apt', 'heroku/python'] } })
  await client.call('buildpacks.set', { params, body: { buildpacks: ['go'] } })
  expect(await listed()).toEqual(['go'])
})
