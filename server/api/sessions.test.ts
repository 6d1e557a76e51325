import { expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'

const PASSWORD = 'correct horse battery'
const OWN_PAGE = { 'Sec-Fetch-Site': 'same-origin' }
const FIREFOX = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }

/** A kit whose alice has a password. */
async function start(): Promise<ApiKit> {
  const kit = await ApiKit.start()
  await kit.client().call('password.set', { body: { password: PASSWORD } })
  return kit
}

const signIn = (kit: ApiKit, headers: Record<string, string> = {}, password = PASSWORD) =>
  kit.fetch('POST', '/session', { body: { user: 'alice', password }, headers: { ...OWN_PAGE, ...FIREFOX, ...headers } })

const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code

const cookieOf = (response: Response) => (response.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''

test('a browser signs in, is known by its cookie, and signs out', async () => {
  await using kit = await start()
  const entered = await signIn(kit)
  expect(entered.status).toBe(201)
  expect(await entered.json()).toMatchObject({ user: { name: 'alice' } })
  const port = new URL(kit.url).port
  expect(entered.headers.getSetCookie()[0]).toMatch(
    new RegExp(`^paas-${port}=session_[0-9a-z_]+; Max-Age=1209600; Path=/; Expires=[^;]+; HttpOnly; SameSite=Lax$`),
  )
  const cookie = cookieOf(entered)
  const info = await kit.fetch('GET', '/session', { headers: { cookie } })
  expect(await info.json()).toMatchObject({ user: { name: 'alice' }, confirmedUntil: expect.any(String) })
  const listed = await kit.fetch('GET', '/sessions', { headers: { cookie } })
  expect(await listed.json()).toMatchObject({ items: [{ device: 'Firefox on Linux', current: true }] })
  const left = await kit.fetch('DELETE', '/session', { headers: { cookie, ...OWN_PAGE } })
  expect(left.status).toBe(204)
  expect(left.headers.getSetCookie()[0]).toContain(`paas-${port}=; `)
  const after = await kit.fetch('GET', '/session', { headers: { cookie } })
  expect(await after.json()).toMatchObject({ status: 401, code: 'session.unknown' })
})

test('over TLS the cookie is a secure one that belongs to this host alone', async () => {
  await using kit = await start()
  const entered = await signIn(kit, { 'X-Forwarded-Proto': 'https' })
  const [cookie = ''] = entered.headers.getSetCookie()
  expect(cookie).toMatch(/^__Host-paas=session_[0-9a-z_]+; .*Path=\/; .*HttpOnly; Secure; SameSite=Lax$/)
  expect(cookie).not.toContain('Domain')
  const plain = await kit.fetch('GET', '/session', { headers: { cookie: cookieOf(entered) } })
  expect(plain.status).toBe(401)
  const secure = { 'X-Forwarded-Proto': 'https', cookie: cookieOf(entered) }
  expect((await kit.fetch('GET', '/session', { headers: secure })).status).toBe(200)
})

test('a cookie changes nothing unless a page of the console sent it', async () => {
  await using kit = await start()
  const cookie = cookieOf(await signIn(kit))
  const post = async (name: string, headers: Record<string, string>) =>
    (await kit.fetch('POST', '/apps', { body: { name }, headers: { cookie, ...headers } })).status
  expect(await post('one', {})).toBe(403)
  expect(await post('two', { 'Sec-Fetch-Site': 'same-site' })).toBe(403)
  expect(await post('three', { Origin: 'http://shop.localhost' })).toBe(403)
  expect(await post('four', OWN_PAGE)).toBe(201)
  expect(await post('five', { Origin: kit.url })).toBe(201)
  expect(kit.apps.list().map(({ name }) => name)).toEqual(['five', 'four'])
})

test('secrets, shells and destruction want a password that was given within 10 minutes; tokens are asked nothing', async () => {
  await using kit = await start()
  const cookie = cookieOf(await signIn(kit))
  const headers = { cookie, ...OWN_PAGE }
  await kit.client().call('apps.create', { body: { name: 'shop' } })
  await kit.client().call('config.update', { params: { app: 'shop' }, body: { vars: { KEY: 'hidden' } } })
  expect(await (await kit.fetch('GET', '/apps/shop/config', { headers })).json()).toEqual({ vars: { KEY: 'hidden' } })

  kit.db.run('UPDATE sessions SET confirmed_at = ?', Date.now() - 11 * 60_000)
  const run = { command: ['sh'], tty: null, detached: false }
  const asks: [string, string, unknown][] = [
    ['GET', '/apps/shop/config', undefined],
    ['POST', '/apps/shop/runs', run],
    ['DELETE', '/apps/shop?confirm=shop', undefined],
    ['POST', '/tokens', { description: 'more' }],
    ['POST', '/keys', { publicKey: 'ssh-ed25519 AAAA' }],
  ]
  for (const [method, path, body] of asks) {
    const refused = await kit.fetch(method, path, { body, headers })
    expect([path, refused.status, await codeOf(refused)]).toEqual([path, 403, 'session.unconfirmed'])
  }
  const names = await kit.fetch('GET', '/apps/shop/config/names', { headers })
  expect(await names.json()).toEqual({ names: ['KEY'] })
  const changed = await kit.fetch('PATCH', '/apps/shop/config', { body: { vars: { OTHER: 'x' } }, headers })
  expect(((await changed.json()) as { vars: object }).vars).toEqual({ OTHER: 'x' })

  const wrong = await kit.fetch('POST', '/session/confirm', { body: { password: 'wrong' }, headers })
  expect(await wrong.json()).toMatchObject({ status: 403, code: 'password.wrong' })
  await kit.fetch('POST', '/session/confirm', { body: { password: PASSWORD }, headers })
  expect((await kit.fetch('GET', '/apps/shop/config', { headers })).status).toBe(200)
})

test('a password is neither taken nor asked for where others could read it', async () => {
  await using kit = await start()
  const { request } = await import('node:http')
  const { promise, resolve } = Promise.withResolvers<string>()
  const body = JSON.stringify({ user: 'alice', password: PASSWORD })
  const headers = { host: 'box.example.com', 'content-type': 'application/json', ...OWN_PAGE }
  const asked = request(`${kit.url}/api/v1/session`, { method: 'POST', headers }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    response.once('end', () => resolve(`${response.headers['set-cookie'] ?? 'no cookie'} ${text}`))
  })
  asked.end(body)
  expect(await promise).toMatch(/^no cookie .*"session.insecure"/)
})

test('the first user sets the box up in a browser', async () => {
  await using kit = await ApiKit.start()
  const setUp = (secret: string, password: string) =>
    kit.fetch('POST', '/setup', { body: { secret, user: 'olga', password }, headers: OWN_PAGE })
  const secret = kit.claims.issue()
  expect((await setUp(secret, 'short')).status).toBe(422)
  expect(await (await setUp('guess', PASSWORD)).json()).toMatchObject({ code: 'claim.wrong' })
  const done = await setUp(secret, PASSWORD)
  expect(done.status).toBe(201)
  const me = await kit.fetch('GET', '/user', { headers: { cookie: cookieOf(done) } })
  expect(await me.json()).toMatchObject({ name: 'olga', boxOwner: true })
  expect(await (await setUp(secret, PASSWORD)).json()).toMatchObject({ code: 'claim.taken' })
})

test('another browser is signed out from this one, and a stream that it has open ends', async () => {
  await using kit = await ApiKit.start({ recheckMs: 10 })
  await kit.client().call('password.set', { body: { password: PASSWORD } })
  await kit.client().call('apps.create', { body: { name: 'shop' } })
  const [here, there] = [cookieOf(await signIn(kit)), cookieOf(await signIn(kit))]
  const stream = await kit.fetch('GET', '/apps/shop/logs?follow=true', { headers: { cookie: there } })
  const { items } = (await (await kit.fetch('GET', '/sessions', { headers: { cookie: here } })).json()) as {
    items: { id: string; current: boolean }[]
  }
  const other = items.find(({ current }) => !current)?.id
  const revoked = await kit.fetch('DELETE', `/sessions/${other}`, { headers: { cookie: here, ...OWN_PAGE } })
  expect(revoked.status).toBe(204)
  await stream.text()
  expect((await kit.fetch('GET', '/session', { headers: { cookie: there } })).status).toBe(401)
})

test('a program with a token has no session', async () => {
  await using kit = await start()
  await expect(kit.client().call('session.info')).rejects.toMatchObject({ problem: { code: 'session.none' } })
})
