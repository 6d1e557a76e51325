import { scryptSync } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import type { Client } from '../contract/client.ts'
import { PAGE_MAX_BYTES } from '../contract/routing.ts'

let kit: ApiKit
let client: Client
beforeEach(async () => {
  kit = await ApiKit.start()
  client = kit.client()
  await client.call('apps.create', { body: { name: 'shop' } })
  await client.call('domains.add', { params: { app: 'shop' }, body: { host: 'www.shop.com' } })
  kit.deploys.calls.length = 0
})
afterEach(() => kit[Symbol.asyncDispose]())

const params = { app: 'shop' }
const update = (body: object) => client.call('routing.update', { params, body })
const stored = () => kit.routing.stored(kit.apps.find('shop')?.id ?? '')

test('what nobody has set is the default, and says so', async () => {
  const { settings, defaults } = await client.call('routing.show', { params })
  expect(settings).toEqual(defaults)
  expect(defaults).toMatchObject({
    sticky: false,
    connectTimeout: 5,
    firstByteTimeout: 60,
    websocketIdleTimeout: 3_600,
  })
})

test('what is named changes, the rest stays, and null goes back to the default', async () => {
  await update({ sticky: true, rateLimit: { perSecond: 10, burst: 20 }, canonicalHost: 'www.shop.com' })
  const { settings } = await update({ maxBody: 1_000_000, sticky: null })
  expect(settings).toMatchObject({ sticky: false, maxBody: 1_000_000, canonicalHost: 'www.shop.com' })
  expect(stored()).toEqual({
    rateLimit: { perSecond: 10, burst: 20 },
    canonicalHost: 'www.shop.com',
    maxBody: 1_000_000,
  })
  expect(kit.deploys.calls).toEqual(['routesChanged', 'routesChanged'])
})

test('a change that changes nothing publishes nothing and is no activity', async () => {
  await update({ sticky: false, allow: [], auth: null })
  expect(kit.deploys.calls).toEqual([])
  expect((await client.call('activity.list', { params })).items.map(({ action }) => action)).not.toContain(
    'routing.update',
  )
})

test('a password is kept as a hash that the router can check, and shown to nobody', async () => {
  const { settings } = await update({ auth: { ada: 'correct horse', bob: 'battery staple' } })
  expect(settings.auth).toEqual(['ada', 'bob'])
  const [, N, r, p, salt = '', key = ''] = stored().auth?.[0]?.hash.split('$') ?? []
  expect([N, r, p]).toEqual(['16384', '8', '1'])
  const derived = scryptSync('correct horse', Buffer.from(salt, 'base64url'), 32, { N: 16_384, r: 8, p: 1 })
  expect(derived.toString('base64url')).toBe(key)
  const { settings: after } = await update({ auth: { ada: null } })
  expect(after.auth).toEqual(['bob'])
  const everything = JSON.stringify([await client.call('routing.show', { params }), kit.logged])
  for (const table of ['activity', 'routing', 'idempotency_keys']) {
    expect(JSON.stringify(kit.db.all(`SELECT * FROM ${table}`))).not.toMatch(/correct horse|battery staple/)
  }
  expect(everything).not.toMatch(/correct horse|battery staple|scrypt/)
})

test('headers are set and taken away one by one, whatever their case', async () => {
  await update({ headers: { 'X-Frame-Options': 'DENY', 'x-one': '1' } })
  const { settings } = await update({ headers: { 'x-frame-OPTIONS': 'SAMEORIGIN', 'X-One': null } })
  expect(settings.headers).toEqual({ 'x-frame-options': 'SAMEORIGIN' })
})

test('the activity tells what was changed, without passwords, header values and pages', async () => {
  await update({ sticky: true, auth: { ada: 'correct horse' }, headers: { 'x-key': 'hidden' }, errorPage: '<p>hidden' })
  const { items } = await client.call('activity.list', { params })
  expect(items[0]).toMatchObject({ action: 'routing.update', by: 'alice' })
  expect(items[0]?.detail).toBe('sticky=true, auth of ada, headers x-key, errorPage=own')
})

test.each([
  [{ sticky: 'yes' }, 'body.sticky'],
  [{ stickyness: true }, 'body'],
  [{ concurrency: { perInstance: 0 } }, 'body.concurrency.perInstance'],
  [{ rateLimit: { perSecond: 1.5, burst: 1 } }, 'body.rateLimit.perSecond'],
  [{ allow: ['10.0.0.0/33'] }, 'body.allow.0'],
  [{ allow: ['example.com'] }, 'body.allow.0'],
  [{ maxBody: 0 }, 'body.maxBody'],
  [{ firstByteTimeout: 3_601 }, 'body.firstByteTimeout'],
  [{ connectTimeout: 0 }, 'body.connectTimeout'],
  [{ canonicalHost: '*.shop.com' }, 'body.canonicalHost'],
  [{ headers: { 'a b': '1' } }, 'body.headers.a b'],
  [{ headers: { 'x-a': '1\r\nx-b: 2' } }, 'body.headers.x-a'],
  [{ headers: { 'Content-Length': '1' } }, 'body.headers.Content-Length'],
  [{ headers: { 'Set-Cookie': 'a=b' } }, 'body.headers.Set-Cookie'],
  [{ auth: { ada: 'short' } }, 'body.auth.ada'],
  [{ auth: { 'a:b': 'long enough' } }, 'body.auth.a:b'],
  [{ errorPage: 'ä'.repeat(PAGE_MAX_BYTES / 2 + 1) }, 'body.errorPage'],
  [{ auth: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`u${n}`, 'long enough'])) }, 'body.auth'],
  [{ hsts: -1 }, 'body.hsts'],
  [{ tls: 'on' }, 'body.tls'],
])('a mistake is told with where it is and a way out: %#', async (body, path) => {
  const response = await kit.fetch('PATCH', '/apps/shop/routing', {
    token: kit.token(),
    body: { compress: true, ...body },
  })
  expect(response.status).toBe(422)
  expect(await response.json()).toMatchObject({
    code: 'request.invalid',
    errors: [{ path }],
    fix: expect.stringContaining('Nothing was changed'),
    command: 'paas routing:set --help',
  })
  expect(stored()).toEqual({})
})

test('a mistake in a password does not repeat the password', async () => {
  const body = { auth: { ada: 'sec\u0007retly' } }
  const response = await kit.fetch('PATCH', '/apps/shop/routing', { token: kit.token(), body })
  expect(response.status).toBe(422)
  expect(await response.text()).not.toContain('retly')
})

test('settings that do not go together are refused together', async () => {
  const refused = update({ canonicalHost: 'www.other.com', hsts: 60, tls: 'off' })
  await expect(refused).rejects.toMatchObject({
    problem: { status: 422, code: 'routing.invalid', command: 'paas routing -a shop' },
  })
  const { errors, detail } = await refused.catch(({ problem }) => problem)
  expect(errors.map(({ path }: { path: string }) => path)).toEqual(['canonicalHost', 'hsts'])
  expect(detail).toContain('shop.paas.test, www.shop.com')
})

test('a router that is away does not keep a setting from being written down', async () => {
  kit.deploys.failure = new Error('no router')
  expect((await update({ sticky: true })).settings.sticky).toBe(true)
})

test('paths are listed at both apps, and taken away by either', async () => {
  await client.call('apps.create', { body: { name: 'blog' } })
  const path = { host: 'WWW.shop.com.', prefix: '/blog/', strip: true }
  const added = await client.call('paths.add', { params: { app: 'blog' }, body: path })
  expect(added).toMatchObject({ host: 'www.shop.com', prefix: '/blog', strip: true, app: 'blog', hostApp: 'shop' })
  for (const app of ['shop', 'blog']) {
    expect((await client.call('paths.list', { params: { app } })).items).toEqual([added])
  }
  await client.call('paths.remove', { params: { app: 'shop', path: 'www.shop.com/blog' } })
  expect((await client.call('paths.list', { params: { app: 'blog' } })).items).toEqual([])
  const again = client.call('paths.remove', { params: { app: 'shop', path: 'www.shop.com/blog' } })
  await expect(again).rejects.toMatchObject({ problem: { code: 'path.not-found' } })
})
