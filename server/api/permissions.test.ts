import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import { addressOf, BODIES, PARAMS, queryOf } from '../../test/operation-inputs.ts'
import { fillPath } from '../contract/client.ts'
import { type OperationId, paths } from '../contract/paths.ts'
import type { Route } from '../contract/route.ts'
import { routes } from '../contract/routes.ts'
import type { Actor } from '../people/actor.ts'
import type { Handlers } from './handler.ts'
import { mount } from './mount.ts'

const operations = Object.keys(paths) as OperationId[]
const route = (id: OperationId): Route => routes[id]
const guarded = operations.filter((id) => route(id).permission !== 'anyone')
const ofApps = operations.filter((id) => route(id).permission.startsWith('app:'))
const changes = ofApps.filter((id) => !paths[id].startsWith('GET') || id === 'config.list' || id === 'config.names')

let kit: ApiKit
beforeAll(async () => {
  kit = await ApiKit.start()
  for (const name of ['bob', 'carol']) kit.users.create(name, { boxOwner: false })
  const owner: Actor = { user: kit.alice, scope: 'admin', via: 'api' }
  const app = kit.apps.create(owner, 'shop')
  kit.access.setMember(app, 'carol', 'viewer')
})
afterAll(async () => {
  await kit[Symbol.asyncDispose]()
})

/** A request that its schemas accept, so that only the permission can refuse it. */
function request(id: OperationId, token?: string): Promise<Response> {
  const [method, path] = paths[id].split(' ') as [string, string]
  const body = method === 'GET' ? undefined : (BODIES[id] ?? {})
  const headers = addressOf(id, operations)
  return kit.fetch(method, fillPath(path, PARAMS) + queryOf(id), {
    body,
    headers,
    ...(token !== undefined && { token }),
  })
}

/** For those who have no token yet. */
const ENTRANCES: OperationId[] = ['box.claim', 'session.setUp', 'session.signIn']

describe('without a token', () => {
  test.each(guarded)('%s is refused', async (id) => {
    const response = await request(id)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'token.missing', command: 'paas login' })
  })
})

describe("somebody else's app", () => {
  test.each(ofApps)('is not found by %s', async (id) => {
    const response = await request(id, kit.token('bob'))
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'app.not-found' })
  })
})

describe('a viewer', () => {
  test.each(changes)('is refused by %s', async (id) => {
    const response = await request(id, kit.token('carol'))
    expect(response.status).toBe(403)
  })
})

describe('a token that may only read', () => {
  test.each(operations.filter((id) => !paths[id].startsWith('GET') && !ENTRANCES.includes(id)))(
    'is refused by %s',
    async (id) => {
      const response = await request(id, kit.token('alice', 'read'))
      expect(response.status).toBe(403)
    },
  )
})

test('what reads secrets, runs commands or destroys asks a session for the password again', () => {
  // They stop, take back, or run what the app itself says.
  const harmless: OperationId[] = ['runs.stop', 'members.remove', 'cron.run']
  const grave = operations.filter((id) => /^app:(?:secrets|run|destroy)$/.test(route(id).permission))
  expect(grave.filter((id) => !route(id).sudo && !harmless.includes(id))).toEqual([])
})

test('nothing of all that changed anything', () => {
  expect(kit.apps.list().map(({ name }) => name)).toEqual(['shop'])
  expect(kit.users.list().map(({ name }) => name)).toEqual(['alice', 'bob', 'carol'])
  expect(kit.deploys.calls).toEqual([])
  expect(kit.otherWays.calls).toEqual([])
  expect(kit.cron.calls).toEqual([])
})

test('a token that has expired is told so', async () => {
  const token = kit.token()
  kit.db.run('UPDATE tokens SET expires_at = 1 WHERE id = ?', token.slice('paas_'.length, token.lastIndexOf('_')))
  const response = await request('users.me', token)
  expect(response.status).toBe(401)
  expect(await response.json()).toMatchObject({ code: 'token.expired', command: 'paas login' })
})

test('a token that was revoked is unknown from then on', async () => {
  const token = kit.token('bob')
  expect((await request('users.me', token)).status).toBe(200)
  kit.tokens.revoke(kit.users.get('bob').id, token.slice('paas_'.length, token.lastIndexOf('_')))
  expect((await request('users.me', token)).status).toBe(401)
})

test('the server does not start with an operation that nobody handles', () => {
  const services = { access: kit.access, apps: kit.apps } as unknown as Parameters<typeof mount>[1]
  expect(() => mount({} as Handlers<OperationId>, services)).toThrow(/has no handler/)
})
