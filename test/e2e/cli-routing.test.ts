import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Load } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { Person } from './person.ts'

/** Answers with what it was asked, and by whom; headers with an underscore are told apart. */
const ECHO = `import { createServer } from 'node:http'
createServer(async (request, response) => {
  let bytes = 0
  for await (const chunk of request) bytes += chunk.length
  const { url, headers } = request
  response.writeHead(200, { 'content-type': 'application/json', 'x-powered-by': 'echo' })
  response.end(JSON.stringify({ app: process.env.PAAS_APP, instance: process.env.PAAS_INSTANCE, url, headers, bytes }))
}).listen(process.env.PORT)
`

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string; json: () => Echo }
type Echo = { app: string; instance: string; url: string; headers: Record<string, string>; bytes: number }

let box: LocalBox
let ada: Person
let cwd: string

beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  ada = await Person.owner(box)
  for (const name of ['shop', 'blog']) {
    cwd = await ada.repository(name)
    await writeFile(join(cwd, 'server.js'), ECHO)
    await ada.commit(cwd, 'echo')
    await ada.done(`apps:create ${name}`, { cwd })
    const { code, stderr } = await ada.git(cwd, 'push', 'paas', 'main')
    if (code !== 0) throw new Error(stderr)
  }
  cwd = join(ada.home, 'shop')
  await ada.done('scale web=2', { cwd })
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})
afterEach(async () => {
  const names = 'sticky allow auth max-body headers error-page maintenance-page rate-limit canonical-host underscores'
  await ada.done(`routing:unset ${names}`, { cwd })
  await ada.done('maintenance:off', { cwd })
})

function ask(
  path = '/',
  {
    host = 'shop.localhost',
    headers = {},
    body,
  }: { host?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const options = { host: '127.0.0.1', port: box.ports.http, path, agent: false, headers: { ...headers, host } }
  const sent = request({ ...options, method: body === undefined ? 'GET' : 'POST' }, async (response) => {
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    const { statusCode: status = 0, headers } = response
    resolve({ status, headers, text, json: () => JSON.parse(text) as Echo })
  })
  sent.once('error', reject).end(body)
  return promise
}
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

test('a visitor stays with one instance, by a cookie', async () => {
  const instances = async (cookie?: string) => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/', { headers: cookie ? { cookie } : {} })))
    return new Set(answers.map((answer) => answer.json().instance))
  }
  expect((await instances()).size).toBe(2)
  await ada.done('routing:set sticky=on', { cwd })
  const [cookie = ''] = (await ask()).headers['set-cookie'] ?? []
  expect((await instances(cookie.split(';')[0])).size).toBe(1)
})

test('names and passwords keep others out, and their removal lets everybody in again', async () => {
  await ada.done('routing:auth eve --password-stdin', { cwd, stdin: 'correct horse\n' })
  await ada.done(['routing:set', 'auth-realm=Staff only'], { cwd })
  const refused = await ask()
  expect(refused.status).toBe(401)
  expect(refused.headers['www-authenticate']).toContain('Staff only')
  expect((await ask('/', { headers: basic('eve', 'wrong horse') })).status).toBe(401)
  expect((await ask('/', { headers: basic('eve', 'correct horse') })).status).toBe(200)
  expect(await ada.done('routing', { cwd })).toMatch(/^auth +eve +none$/m)
  expect(await ada.done('activity', { cwd })).not.toContain('horse')
  expect((await ask('/', { host: 'blog.localhost' })).status).toBe(200)
  await ada.done('routing:auth:remove eve', { cwd })
  expect((await ask()).status).toBe(200)
})

test('only addresses that are named may come', async () => {
  await ada.done('routing:set allow=192.0.2.0/24', { cwd })
  expect((await ask()).status).toBe(403)
  await ada.done('routing:set allow=192.0.2.0/24,127.0.0.0/8', { cwd })
  expect((await ask()).status).toBe(200)
})

test('what is larger or more often than it may be is refused', async () => {
  await ada.done('routing:set max-body=1kb', { cwd })
  expect((await ask('/', { body: 'x'.repeat(1_024) })).json().bytes).toBe(1_024)
  expect((await ask('/', { body: 'x'.repeat(1_025) })).status).toBe(413)
  await ada.done('routing:set rate-limit=1/3', { cwd })
  const states = []
  for (let n = 0; n < 6; n += 1) states.push((await ask()).status)
  expect(states.slice(0, 3)).toEqual([200, 200, 200])
  expect(states.slice(3)).toContain(429)
})

test('headers go with every answer, in place of the app’s own', async () => {
  await ada.done(['routing:headers', 'x-frame-options=DENY', 'X-Powered-By=me'], { cwd })
  expect((await ask()).headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-powered-by': 'me' })
  await ada.done('routing:headers:remove x-powered-by', { cwd })
  expect((await ask()).headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-powered-by': 'echo' })
  expect(await ada.done('routing:headers', { cwd })).toBe('x-frame-options: DENY\n')
})

test('underscores in header names are passed on where they are wanted', async () => {
  const seen = async () => (await ask('/', { headers: { user_id: '7' } })).json().headers['user_id']
  expect(await seen()).toBeUndefined()
  await ada.done('routing:set underscores=on', { cwd })
  expect(await seen()).toBe('7')
})

test('a maintenance page of one’s own is shown until it is taken away', async () => {
  await ada.done('routing:page maintenance -', { cwd, stdin: '<h1>Back at noon</h1>' })
  await ada.done('maintenance:on', { cwd })
  const browser = { headers: { accept: 'text/html,*/*' } }
  expect(await ask('/', browser)).toMatchObject({ status: 503, text: '<h1>Back at noon</h1>' })
  expect((await ask()).text).toContain('H80')
  expect(await ada.done('routing', { cwd })).toMatch(/^maintenance-page +own, 21 B +none$/m)
  await ada.done('routing:page:remove maintenance', { cwd })
  expect((await ask('/', browser)).text).not.toContain('Back at noon')
})

test('other hosts are sent on to the canonical one', async () => {
  await ada.done('domains:add www.example.test', { cwd })
  await ada.done('routing:set canonical-host=www.example.test', { cwd })
  const { status, headers } = await ask('/a?b=c')
  expect([301, 308]).toContain(status)
  expect(headers['location']).toMatch(/^http:\/\/www\.example\.test(?::\d+)?\/a\?b=c$/)
  expect((await ask('/', { host: 'www.example.test' })).status).toBe(200)
  const { code, stderr } = await ada.paas('routing:set canonical-host=other.example.test', { cwd })
  expect(code).toBe(2)
  expect(stderr).toContain('shop.localhost, www.example.test')
})

describe('a part of a host', () => {
  test('goes to another app, without its prefix, until it is taken away', async () => {
    const blog = join(ada.home, 'blog')
    await ada.done('routing:paths:add shop.localhost/blog --strip', { cwd: blog })
    expect(await ada.done('routing:paths', { cwd })).toMatch(/^shop\.localhost\/blog +blog +stripped$/m)
    const echo = (await ask('/blog/post?x=1')).json()
    expect(echo).toMatchObject({ app: 'blog', url: '/post?x=1' })
    expect(echo.headers['x-forwarded-prefix']).toBe('/blog')
    expect((await ask('/blogger')).json().app).toBe('shop')
    expect((await ada.paas('routing:paths:add shop.localhost/blog', { cwd })).code).toBe(1)
    await ada.done('routing:paths:remove shop.localhost/blog', { cwd: blog })
    expect((await ask('/blog/post')).json().app).toBe('shop')
  })

  test('follows the app that has the host when it gets another name', async () => {
    await ada.done('routing:paths:add blog.localhost/shop', { cwd })
    await ada.done('rename store -a blog', { cwd })
    expect((await ask('/shop/x', { host: 'store.localhost' })).json()).toMatchObject({ app: 'shop', url: '/shop/x' })
    await ada.done('rename blog -a store', { cwd })
    await ada.done('routing:paths:remove blog.localhost/shop', { cwd })
  })
})

test('changes drop no request, and make no release', async () => {
  const { release } = await ada.json('apps.info', 'info', { cwd })
  const load = new Load({ port: box.ports.http, host: 'shop.localhost', perSecond: 50 })
  for (const change of ['set sticky=on compress=on', 'set drain-timeout=5s', 'unset sticky compress drain-timeout']) {
    await ada.done(`routing:${change}`, { cwd })
    await pause(200)
  }
  const { sent, failures } = await load.stop()
  expect(failures).toEqual([])
  expect(sent).toBeGreaterThan(20)
  expect((await ada.json('apps.info', 'info', { cwd })).release).toBe(release)
})

test('what the box is told stays after a restart of its server and of its router', async () => {
  await ada.done('routing:set allow=192.0.2.0/24', { cwd })
  await box.stopServer('SIGKILL')
  await box.stopRouter('SIGKILL')
  await box.startRouter()
  expect((await ask()).status).toBe(403)
  await box.startServer()
  expect(await ada.done('routing', { cwd })).toMatch(/^allow +192\.0\.2\.0\/24 +none$/m)
})

describe('the box', () => {
  test('takes a new domain at once, and its apps with it', async () => {
    expect(await ada.done('box settings')).toMatch(/^base-domain +localhost +localhost$/m)
    await ada.done('box:set base-domain=apps.example.test monitor=5s')
    expect((await ask('/', { host: 'shop.apps.example.test' })).status).toBe(200)
    expect((await ask('/', { host: 'shop.localhost' })).status).toBe(404)
    expect((await ask('/api/v1', { host: 'paas.apps.example.test' })).json()).toMatchObject({ name: 'paas' })
    await ada.done('box:set base-domain=default monitor=default')
    expect((await ask()).status).toBe(200)
  })

  test('believes proxies that are named what they say of visitors', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.7' }
    await ada.done('routing:set allow=192.0.2.0/24', { cwd })
    expect((await ask('/', { headers })).status).toBe(403)
    await ada.done('box:set trusted-proxies=127.0.0.1')
    expect((await ask('/', { headers })).status).toBe(200)
    expect((await ask()).status).toBe(403)
    await ada.done('box:set trusted-proxies=default')
  })

  test('keeps what certificates need, and shows no secret of it', async () => {
    await ada.done('certs:set email=ops@example.test issuer=staging')
    await ada.done('certs:dns:add example.test cloudflare --secret-stdin', { stdin: 'SECRETTOKEN' })
    await ada.done('certs:set wildcards=*.apps.example.test')
    await ada.done('certs:eab kid-1 --hmac-stdin', { stdin: 'SECRETHMAC' })
    const shown = await ada.done('certs:settings')
    expect(shown).toMatch(/^Issuer: +Let’s Encrypt \(staging\), by http-01, account kid-1$/m)
    expect(shown).toMatch(/^DNS: +example\.test at cloudflare \(token\)$/m)
    const everything = shown + (await ada.done('certs:settings --json')) + (await box.serverLog())
    expect(everything).not.toContain('SECRET')
    expect((await ada.paas('certs:dns:remove example.test')).stderr).toContain('*.apps.example.test')
    await ada.done('certs:set wildcards=none')
    await ada.done('certs:dns:remove example.test')
  })
})
