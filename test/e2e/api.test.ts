import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { fillPath } from '../../server/contract/client.ts'
import { API_PREFIX, type OperationId, paths } from '../../server/contract/paths.ts'
import { Problem } from '../../server/contract/problem.ts'
import { type Route, routes } from '../../server/contract/routes.ts'
import { RUN_PROTOCOL, RUN_TICKET_PREFIX } from '../../server/contract/run.ts'

const operations = Object.keys(paths) as OperationId[]
const route = (id: OperationId): Route => routes[id]
const guarded = operations.filter((id) => route(id).permission !== 'anyone')
const ofApps = operations.filter((id) => route(id).permission.startsWith('app:'))

/** What each operation's schema accepts, so that only the permission can refuse it. */
const BODIES: Partial<Record<OperationId, unknown>> = {
  'box.claim': { secret: 'x', user: 'eve' },
  'users.create': { name: 'eve' },
  'keys.add': { publicKey: 'ssh-ed25519 AAAA' },
  'tokens.create': { description: 'more' },
  'apps.create': { name: 'eves' },
  'apps.update': { maintenance: true },
  'members.add': { user: 'mallory', role: 'admin' },
  'config.update': { vars: { STOLEN: '1' } },
  'formation.scale': { changes: [{ type: 'web', quantity: 0 }] },
  'runs.create': { command: ['id'], tty: null, detached: true },
  'domains.add': { host: 'www.example.com' },
}

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
    app: 'shop',
    user: 'owner',
    release: 1,
    deploy: build?.deployId ?? '',
    build: build?.id ?? '',
    run: run.id,
    host: 'www.shop.test',
    key: key?.fingerprint ?? '',
    token: token?.id ?? '',
  }
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})

type Options = { token?: string | undefined; body?: unknown; headers?: Record<string, string>; signal?: AbortSignal }

function send(method: string, path: string, { token, body, headers, signal }: Options = {}): Promise<Response> {
  return fetch(`${box.apiUrl}${API_PREFIX}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
}

function request(id: OperationId, token?: string): Promise<Response> {
  const [method = '', path = ''] = paths[id].split(' ')
  const query = id === 'apps.destroy' ? '?confirm=shop' : ''
  const body = method === 'GET' || method === 'DELETE' ? undefined : (BODIES[id] ?? {})
  return send(method, fillPath(path, params) + query, { token, body })
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
    const query = id === 'apps.destroy' ? '?confirm=nobodys' : ''
    const body = method === 'GET' || method === 'DELETE' ? undefined : (BODIES[id] ?? {})
    const missing = await send(method, fillPath(path, { ...params, app: 'nobodys' }) + query, { token: mallory, body })
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

describe('the description of the API', () => {
  type Document = {
    openapi: string
    paths: Record<string, Record<string, { operationId: string; responses: object; security: object[] }>>
  }
  const document = async () => (await (await send('GET', '/openapi.json')).json()) as Document

  test('is served to anyone and covers every operation and nothing else', async () => {
    const { openapi, paths: described } = await document()
    expect(openapi).toBe('3.1.0')
    const found = Object.entries(described).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => [operationId, `${method.toUpperCase()} ${path}`]),
    )
    const wanted = operations.map((id) => [id, paths[id].replace(/:(\w+)/g, '{$1}')])
    expect(found.sort()).toEqual(wanted.sort())
  })

  test('says for each what it answers and whether it needs a token', async () => {
    for (const [path, methods] of Object.entries((await document()).paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const { permission, status = 200 } = route(operation.operationId as OperationId)
        expect({ path, method, keys: Object.keys(operation.responses) }).toEqual({
          path,
          method,
          keys: [String(status), 'default'],
        })
        expect(operation.security).toEqual(permission === 'anyone' ? [] : [{ token: [] }])
      }
    }
  })
})

describe('problems', () => {
  test.each([
    ['a path that is none', 'GET', '/nothing', undefined, 404, 'route.not-found'],
    ['an app that is none', 'GET', '/apps/nothing', undefined, 404, 'app.not-found'],
    ['a name that is none', 'POST', '/apps', { name: 'a;reboot' }, 422, 'request.invalid'],
    ['a name that is taken', 'POST', '/apps', { name: 'shop' }, 409, 'app.taken'],
    ['a config name with =', 'PATCH', '/apps/shop/config', { vars: { 'A=B': '1' } }, 422, 'request.invalid'],
    [
      'a process type that is none',
      'PATCH',
      '/apps/shop/formation',
      { changes: [{ type: 'wob', quantity: 1 }] },
      422,
      'process.unknown',
    ],
    ['a page that is too long', 'GET', '/apps?limit=501', undefined, 422, 'request.invalid'],
    ['a release that is none', 'GET', '/apps/shop/releases/99', undefined, 404, 'release.not-found'],
  ])('%s', async (_what, method, path, body, status, code) => {
    const response = await send(method, path, { token: box.token, body })
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    const problem = Problem.strict().parse(await response.json())
    expect(problem).toMatchObject({ status, code })
    expect(response.status).toBe(status)
    expect(problem.requestId).toBe(response.headers.get('x-request-id'))
  })
})

test('a create that is sent twice with one key is done once, also when both come at once', async () => {
  const create = (key: string, body: unknown) =>
    send('POST', '/apps', { token: box.token, body, headers: { 'Idempotency-Key': key } })
  const answers = await Promise.all([create('one', {}), create('one', {})])
  const [first, second] = await Promise.all(answers.map((answer) => answer.json()))
  expect(answers.map(({ status }) => status)).toEqual([201, 201])
  expect(second).toEqual(first)
  expect(await (await create('one', {})).json()).toEqual(first)
  const other = await create('one', { name: 'another' })
  expect([other.status, await other.json()]).toMatchObject([409, { code: 'idempotency.reused' }])
  expect((await box.client().call('apps.list')).items).toHaveLength(2)
})

test('a run is attached to by its ticket alone: once, and only its own run', async () => {
  const create = () =>
    box
      .client()
      .call('runs.create', { params: { app: 'shop' }, body: { command: ['echo hello'], tty: null, detached: false } })
  const attach = (run: string, ticket: string): Promise<string> => {
    const url = `${box.apiUrl.replace('http', 'ws')}${API_PREFIX}/runs/${run}/attach`
    const socket = new WebSocket(url, [RUN_PROTOCOL, `${RUN_TICKET_PREFIX}${ticket}`])
    let output = ''
    socket.on('message', (data, isBinary) => {
      if (isBinary) output += (data as Buffer).subarray(1).toString()
    })
    return new Promise((resolve) => {
      socket.once('close', () => resolve(output))
      socket.once('error', (error) => resolve(error.message))
    })
  }
  const first = await create()
  const second = await create()
  expect(await attach(first.id, 'guess')).toContain('403')
  expect(await attach(first.id, second.ticket ?? '')).toContain('403')
  expect(await attach(first.id, first.ticket ?? '')).toBe('hello\n')
  expect(await attach(first.id, first.ticket ?? '')).toContain('403')
})

describe('streams', () => {
  const LOGS = '/apps/shop/logs?lines=1500&source=app'

  test('logs come as server-sent events with ids, and go on behind the last one', async () => {
    const response = await send('GET', LOGS, { token: box.token, headers: { accept: 'text/event-stream' } })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const events = eventsOf(await response.text())
    expect(events.length).toBeGreaterThan(0)
    for (const { id, data } of events) expect(routes['logs.read'].response.parse(JSON.parse(data)).cursor).toBe(id)

    const last = events.at(-1)?.id ?? ''
    const after = await send('GET', LOGS, {
      token: box.token,
      headers: { accept: 'text/event-stream', 'Last-Event-ID': last },
    })
    expect(eventsOf(await after.text())).toEqual([])
  })

  test('a followed log sends what comes, until its client leaves', async () => {
    const leave = new AbortController()
    const response = await send('GET', '/apps/shop/logs?lines=0&follow=true', {
      token: box.token,
      headers: { accept: 'text/event-stream' },
      signal: leave.signal,
    })
    const restart = send('POST', '/apps/shop/restart', { token: box.token, body: {} })
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      if (text.includes('listening on')) break
    }
    leave.abort()
    expect(
      eventsOf(text)
        .map(({ data }) => JSON.parse(data).text)
        .join('\n'),
    ).toMatch(/listening on \d+/)
    expect((await restart).status).toBe(200)
  })

  test('a deploy is watched to its end', async () => {
    const changed = await box.client().call('config.update', { params: { app: 'shop' }, body: { vars: { A: '1' } } })
    const states: string[] = []
    const watched = box.client().stream('deploys.watch', { params: { app: 'shop', deploy: changed.deploy ?? '' } })
    for await (const deploy of watched) {
      states.push(deploy.state)
      if (deploy.serving) break
    }
    expect(states.length).toBeGreaterThan(0)
    expect(['draining', 'retiring', 'live']).toContain(states.at(-1))
  })
})

function eventsOf(text: string): { id: string; data: string }[] {
  return text.split('\n\n').flatMap((block) => {
    const field = (name: string) =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2)
    const data = field('data')
    return data === undefined ? [] : [{ id: field('id') ?? '', data }]
  })
}
