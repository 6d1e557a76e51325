import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { fillPath } from '../../server/contract/client.ts'
import { type OperationId, paths } from '../../server/contract/paths.ts'
import { Problem } from '../../server/contract/problem.ts'
import type { Route } from '../../server/contract/route.ts'
import { routes } from '../../server/contract/routes.ts'
import { addressOf, BODIES, PARAMS, queryOf } from '../operation-inputs.ts'
import { send } from './api-request.ts'

const operations = Object.keys(paths) as OperationId[]
const route = (id: OperationId): Route => routes[id]
const guarded = operations.filter((id) => route(id).permission !== 'anyone')
const ofApps = operations.filter((id) => route(id).permission.startsWith('app:'))

let box: LocalBox
let mallory: string
/** Of things that exist, so that a leak would show. */
let params: Record<string, string | number>

beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  await (await SampleApp.create(box, 'shop')).deploy()
  const client = box.client()
  mallory = (await client.call('users.create', { body: { name: 'mallory' } })).token.secret
  await client.call('domains.add', { params: { app: 'shop' }, body: { host: 'www.shop.test' } })
  const run = await client.call('runs.create', {
    params: { app: 'shop' },
    body: { command: ['true'], tty: null, detached: true },
  })
  const [build] = (await client.call('builds.list', { params: { app: 'shop' } })).items
  const [key] = (await client.call('keys.list')).items
  const [token] = (await client.call('tokens.list')).items
  params = {
    ...PARAMS,
    app: 'shop',
    user: 'owner',
    release: 1,
    deploy: build?.deployId ?? '',
    build: build?.id ?? '',
    run: run.id,
    job: 1,
    host: 'www.shop.test',
    path: 'www.shop.test/api',
    zone: 'shop.test',
    key: key?.fingerprint ?? '',
    token: token?.id ?? '',
    session: 'session_1',
  }
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})

function request(id: OperationId, token?: string): Promise<Response> {
  const [method = '', path = ''] = paths[id].split(' ')
  const body = method === 'GET' || method === 'DELETE' ? undefined : (BODIES[id] ?? {})
  const headers = addressOf(id, operations)
  return send(box, method, fillPath(path, params) + queryOf(id), { token, body, headers })
}

const state = async () => {
  const client = box.client()
  const app = { params: { app: 'shop' } }
  return {
    apps: (await client.call('apps.list')).items.map(({ name, maintenance, release }) => ({
      name,
      maintenance,
      release,
    })),
    config: await client.call('config.list', app),
    formation: await client.call('formation.list', app),
    domains: await client.call('domains.list', app),
    members: await client.call('members.list', app),
    runs: (await client.call('runs.list', app)).items.length,
    users: (await client.call('users.list')).items.map(({ name }) => name),
  }
}

describe('SEC-04: who may do what, for every operation of the contract', () => {
  let before: Awaited<ReturnType<typeof state>>
  beforeAll(async () => {
    before = await state()
  })

  test.each(guarded)('%s without a token is 401', async (id) => {
    const response = await request(id)
    expect(response.status).toBe(401)
    expect(Problem.parse(await response.json())).toMatchObject({ code: 'token.missing', command: 'paas login' })
  })

  test('a made-up token is 401 and not told apart from a revoked one', async () => {
    const answers = await Promise.all(
      ['nonsense', `${mallory}x`, 'paas_token_0_0'].map((token) => request('users.me', token)),
    )
    for (const response of answers) {
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ code: 'token.unknown' })
    }
  })

  test.each(ofApps)("%s on somebody else's app is 404, as if there were none", async (id) => {
    const response = await request(id, mallory)
    expect(response.status).toBe(404)
    const problem = Problem.parse(await response.json())
    expect(problem.code).toBe('app.not-found')
    const [method = '', path = ''] = paths[id].split(' ')
    const body = method === 'GET' || method === 'DELETE' ? undefined : (BODIES[id] ?? {})
    const missing = await send(box, method, fillPath(path, { ...params, app: 'nobodys' }) + queryOf(id, 'nobodys'), {
      token: mallory,
      body,
    })
    const same = Problem.parse(await missing.json())
    expect({ ...same, requestId: '' }).toEqual({
      ...problem,
      detail: problem.detail.replace('shop', 'nobodys'),
      requestId: '',
    })
  })

  test.each(operations.filter((id) => route(id).permission === 'box:own'))(
    '%s is for owners of the box',
    async (id) => {
      const response = await request(id, mallory)
      expect(response.status).toBe(403)
      expect(await response.json()).toMatchObject({ code: 'access.denied' })
    },
  )

  test("another one's keys and tokens are out of reach", async () => {
    expect((await request('keys.remove', mallory)).status).toBe(404)
    expect((await request('tokens.revoke', mallory)).status).toBe(404)
    expect((await request('box.info', box.token)).status).toBe(200)
  })

  test('git over HTTP asks the same: 401, 403 for a push, 404 for a clone', async () => {
    const ask = (service: string, token?: string) =>
      fetch(`${box.apiUrl}/git/shop.git/info/refs?service=git-${service}`, {
        ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      })
    const statuses = [
      await ask('receive-pack'),
      await ask('upload-pack'),
      await ask('receive-pack', mallory),
      await ask('upload-pack', mallory),
      await ask('upload-pack', box.token),
    ].map(({ status }) => status)
    expect(statuses).toEqual([401, 401, 403, 404, 200])
    expect(
      (await fetch(`${box.apiUrl}/git/shop.git/HEAD`, { headers: { authorization: `Bearer ${box.token}` } })).status,
    ).toBe(404)
  })

  test('none of all that has changed anything', async () => {
    expect(await state()).toEqual(before)
  })
})
