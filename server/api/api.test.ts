import { expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import type { Problem } from '../contract/problem.ts'

const problem = async (response: Response) => (await response.json()) as Problem

test('anyone may ask who answers, and nothing more', async () => {
  await using kit = await ApiKit.start()
  const response = await kit.fetch('GET', '/')
  expect(await response.json()).toEqual({ name: 'paas', version: '1.2.3', claimed: false })
  expect((await kit.fetch('GET', '/apps')).status).toBe(401)
})

test('every answer carries its id, the version and headers that keep it out of caches and frames', async () => {
  await using kit = await ApiKit.start()
  const { headers } = await kit.fetch('GET', '/', { headers: { 'X-Request-Id': 'from-the-router' } })
  expect(headers.get('x-request-id')).toBe('from-the-router')
  expect(headers.get('paas-version')).toBe('1.2.3')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('x-powered-by')).toBeNull()
})

test('a request id that could break a log line is replaced', async () => {
  await using kit = await ApiKit.start()
  const { headers } = await kit.fetch('GET', '/', { headers: { 'X-Request-Id': 'a b"c' } })
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

test('a path that does not exist is a problem with a way out', async () => {
  await using kit = await ApiKit.start()
  const response = await kit.fetch('GET', '/nothing')
  expect(response.headers.get('content-type')).toContain('application/problem+json')
  expect(await problem(response)).toMatchObject({ status: 404, code: 'route.not-found', requestId: expect.any(String) })
})

test('all mistakes of a request are told together, with where they are', async () => {
  await using kit = await ApiKit.start()
  const body = { vars: { 'FOO=BAR': 'x', '1A': 'y', GOOD: 'z' } }
  kit.apps.create({ user: kit.alice, scope: 'admin', via: 'api' }, 'shop')
  const response = await kit.fetch('PATCH', '/apps/shop/config', { token: kit.token(), body })
  expect(response.status).toBe(422)
  const { code, errors } = await problem(response)
  expect(code).toBe('request.invalid')
  expect(errors?.map(({ path }) => path)).toEqual(['body.vars.FOO=BAR', 'body.vars.1A'])
  expect(kit.configVars.all(kit.apps.find('shop')?.id ?? '')).toEqual({})
})

test.each(['Shop', 'sh;op', '-shop', 'a'.repeat(31), '$(reboot)', '../etc'])(
  'the app name %s is refused',
  async (name) => {
    await using kit = await ApiKit.start()
    const response = await kit.fetch('POST', '/apps', { token: kit.token(), body: { name } })
    expect(response.status).toBe(422)
    expect(kit.apps.list()).toEqual([])
  },
)

test.each([
  ['broken JSON', '{"name":', 'application/json', 422, 'request.unreadable'],
  ['a form', 'name=shop', 'application/x-www-form-urlencoded', 422, 'request.not-json'],
  ['more than 1 MB', JSON.stringify({ name: 'x'.repeat(1_100_000) }), 'application/json', 413, 'request.too-large'],
])('%s as a body is refused with a reason', async (_what, body, type, status, code) => {
  await using kit = await ApiKit.start()
  const response = await kit.fetch('POST', '/apps', { token: kit.token(), body, headers: { 'content-type': type } })
  expect(await problem(response)).toMatchObject({ status, code })
})

test('a page of another site cannot change anything, the console and programs can', async () => {
  await using kit = await ApiKit.start()
  const token = kit.token()
  const post = (name: string, headers: Record<string, string>) =>
    kit.fetch('POST', '/apps', { token, body: { name }, headers })
  expect((await post('one', { 'Sec-Fetch-Site': 'same-site' })).status).toBe(403)
  expect((await post('two', { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
  expect((await post('three', { Origin: 'http://evil.test' })).status).toBe(403)
  expect((await post('four', { 'Sec-Fetch-Site': 'same-origin' })).status).toBe(201)
  expect((await post('five', { Origin: kit.url })).status).toBe(201)
  expect(kit.apps.list().map(({ name }) => name)).toEqual(['five', 'four'])
})

test('what we did not foresee is logged with its request id and shown without a word of it', async () => {
  await using kit = await ApiKit.start()
  const response = await kit.fetch('GET', '/box', { token: kit.token() })
  const shown = await response.text()
  expect(response.status).toBe(500)
  expect(shown).toContain('server.failed')
  expect(shown).not.toContain('no box in this test')
  const line = kit.logged.find((each) => each.includes('api.failed')) ?? ''
  expect(line).toContain('no box in this test')
  expect(line).toContain(response.headers.get('x-request-id') ?? '-')
})

test('fields that the contract does not know never leave the server', async () => {
  await using kit = await ApiKit.start()
  kit.apps.create({ user: kit.alice, scope: 'admin', via: 'api' }, 'shop')
  const build = await kit.client().call('builds.info', { params: { app: 'shop', build: 'bld_1' } })
  expect(build.id).toBe('bld_1')
  expect(build).not.toHaveProperty('internalPath')
})

test('git is mounted beside the API, before anything reads a body', async () => {
  await using kit = await ApiKit.start()
  const response = await fetch(`${kit.url}/git/shop.git/info/refs`)
  expect(await response.text()).toBe('git')
})
