import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { API_PREFIX, type OperationId, paths } from '../../server/contract/paths.ts'
import { Problem } from '../../server/contract/problem.ts'
import type { Route } from '../../server/contract/route.ts'
import { routes } from '../../server/contract/routes.ts'
import { RUN_PROTOCOL, RUN_TICKET_PREFIX } from '../../server/contract/run-protocol.ts'
import { send } from './api-request.ts'

const operations = Object.keys(paths) as OperationId[]
const route = (id: OperationId): Route => routes[id]

let box: LocalBox

beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  await (await SampleApp.create(box, 'shop')).deploy()
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})

describe('the description of the API', () => {
  type Document = {
    openapi: string
    paths: Record<string, Record<string, { operationId: string; responses: object; security: object[] }>>
  }
  const document = async () => (await (await send(box, 'GET', '/openapi.json')).json()) as Document

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
    const response = await send(box, method, path, { token: box.token, body })
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    const problem = Problem.strict().parse(await response.json())
    expect(problem).toMatchObject({ status, code })
    expect(response.status).toBe(status)
    expect(problem.requestId).toBe(response.headers.get('x-request-id'))
  })
})

test('a create that is sent twice with one key is done once, also when both come at once', async () => {
  const create = (key: string, body: unknown) =>
    send(box, 'POST', '/apps', { token: box.token, body, headers: { 'Idempotency-Key': key } })
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
    const response = await send(box, 'GET', LOGS, { token: box.token, headers: { accept: 'text/event-stream' } })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const events = eventsOf(await response.text())
    expect(events.length).toBeGreaterThan(0)
    for (const { id, data } of events) expect(routes['logs.read'].response.parse(JSON.parse(data)).cursor).toBe(id)

    const last = events.at(-1)?.id ?? ''
    const after = await send(box, 'GET', LOGS, {
      token: box.token,
      headers: { accept: 'text/event-stream', 'Last-Event-ID': last },
    })
    expect(eventsOf(await after.text())).toEqual([])
  })

  test('a followed log sends what comes, until its client leaves', async () => {
    const leave = new AbortController()
    const response = await send(box, 'GET', '/apps/shop/logs?lines=0&follow=true', {
      token: box.token,
      headers: { accept: 'text/event-stream' },
      signal: leave.signal,
    })
    const restart = send(box, 'POST', '/apps/shop/restart', { token: box.token, body: {} })
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
