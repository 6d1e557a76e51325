import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import type { Actor } from '../people/actor.ts'

let kit: ApiKit
beforeAll(async () => {
  kit = await ApiKit.start()
  const owner: Actor = { user: kit.alice, scope: 'admin', via: 'api' }
  kit.apps.create(owner, 'shop')
})
afterAll(async () => {
  await kit[Symbol.asyncDispose]()
})

function send(body: string, type: string, query = '', key?: string): Promise<Response> {
  const headers = { 'content-type': type, ...(key !== undefined && { 'idempotency-key': key }) }
  return kit.fetch('POST', `/apps/shop/builds${query}`, { token: kit.token(), body, headers })
}

test('a file is handed on as it comes, and the answer names the build and its deploy', async () => {
  const response = await send('x'.repeat(3_000_000), 'application/x-tar', '?version=v1.2')
  expect(response.status).toBe(202)
  expect(await response.json()).toEqual({ build: 'bld_1', deploy: 'dep_1' })
  expect(kit.otherWays.calls.at(-1)).toBe('upload 3000000 v1.2')
})

test('JSON is no source tree', async () => {
  const response = await send('{}', 'application/json')
  expect(response.status).toBe(422)
  expect(await response.json()).toMatchObject({ code: 'request.not-file' })
})

test('a version that could not be shown as it is, is refused', async () => {
  const response = await send('x', 'application/x-tar', `?version=${encodeURIComponent('a b')}`)
  expect(response.status).toBe(422)
})

test('sent again with the same key, nothing is deployed twice', async () => {
  const before = kit.otherWays.calls.length
  for (const _ of [1, 2]) expect((await send('abc', 'application/x-tar', '', 'once')).status).toBe(202)
  expect(kit.otherWays.calls.length).toBe(before + 1)
})
