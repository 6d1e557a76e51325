import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TemporaryDirectory } from '../source-fixture.ts'

const SERVER = fileURLToPath(new URL('./static-server.mjs', import.meta.url))
const LONG = 'body { color: black }\n'.repeat(200)

const REDIRECTS = `# moved
/old/* /docs/:splat 301
/users/:id /people/:id 302
/about /docs/ 307!
/site.css /other.css
/app/* /index.html 200
/gone / 410
/far/* /:splat
/api/* https://example.com/:splat 200
/de/* /x 302 Country=de
`

let directory: TemporaryDirectory
let server: ChildProcess
let port: number

beforeAll(async () => {
  directory = new TemporaryDirectory()
  writeFileSync(directory.join('secret.txt'), 'secret')
  const site = (name: string) => directory.join('site', name)
  mkdirSync(site('docs'), { recursive: true })
  mkdirSync(site('.git'))
  mkdirSync(site('.well-known'))
  writeFileSync(site('index.html'), '<h1>home</h1>')
  writeFileSync(site('about.html'), '<h1>about</h1>')
  writeFileSync(site('404.html'), '<h1>lost</h1>')
  writeFileSync(site('docs/index.html'), '<h1>docs</h1>')
  writeFileSync(site('site.css'), LONG)
  writeFileSync(site('digits.bin'), '0123456789')
  writeFileSync(site('empty.txt'), '')
  writeFileSync(site('a b ü.txt'), 'spaced')
  writeFileSync(site('.env'), 'KEY=1')
  writeFileSync(site('.git/config'), 'x')
  writeFileSync(site('.well-known/security.txt'), 'contact')
  writeFileSync(site('Procfile'), 'web: x')
  mkdirSync(site('assets'))
  writeFileSync(site('assets/index-DiwrgTda.js'), '1')
  writeFileSync(site('main.3f2a91bc.css'), '1')
  writeFileSync(site('my-javascript.js'), '1')
  writeFileSync(site('app.wasm'), 'plain')
  writeFileSync(site('app.wasm.br'), 'brotli')
  writeFileSync(site('app.wasm.gz'), 'gzip')
  writeFileSync(site('_redirects'), REDIRECTS)
  writeFileSync(site('_headers'), '/docs/*\n  X-Frame-Options: DENY\n  Cache-Control: no-store\n  bad header: x\n')
  symlinkSync('../secret.txt', site('leak.txt'))
  server = spawn(process.execPath, [SERVER, directory.join('site')], {
    env: { PORT: '0' },
    stdio: ['ignore', 'pipe', 2],
  })
  if (!server.stdout) throw new Error('no output')
  const [line] = await once(server.stdout, 'data')
  port = Number(/port (\d+)/.exec(String(line))?.[1])
})

afterAll(async () => {
  server.kill('SIGTERM')
  const [code] = await once(server, 'exit')
  directory[Symbol.dispose]()
  expect(code).toBe(0)
})

test.each([
  ['/', '<h1>home</h1>', 'text/html; charset=utf-8'],
  ['/?utm=1', '<h1>home</h1>', 'text/html; charset=utf-8'],
  ['/about.html', '<h1>about</h1>', 'text/html; charset=utf-8'],
  ['/docs/', '<h1>docs</h1>', 'text/html; charset=utf-8'],
  ['/site.css', LONG, 'text/css; charset=utf-8'],
  ['/a%20b%20%C3%BC.txt', 'spaced', 'text/plain; charset=utf-8'],
  ['/empty.txt', '', 'text/plain; charset=utf-8'],
  ['/.well-known/security.txt', 'contact', 'text/plain; charset=utf-8'],
])('%s is served with its type', async (path, text, type) => {
  const answer = await ask(path)
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': type } })
  expect(answer.body.toString()).toBe(text)
})

test('a directory gets its slash, and its query stays', async () => {
  expect(await ask('/docs?a=b')).toMatchObject({ status: 301, headers: { location: '/docs/?a=b' } })
})

test.each([
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/docs/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/..\\secret.txt',
  '/leak.txt',
  '/.env',
  '/.git/config',
  '/Procfile',
  '/_redirects',
  '/_headers',
  '/%00',
  '/%zz',
  '/absent',
  `/${'x'.repeat(300)}`,
])('%s is not there, and the page of the site says so', async (path) => {
  const answer = await ask(path)
  expect(answer.status).toBe(404)
  expect(answer.body.toString()).toBe('<h1>lost</h1>')
})

test('the page of a single-page app answers for its own paths, not for files that are missing', async () => {
  const app = spawn(process.execPath, [SERVER, directory.join('site'), '--spa'], {
    env: { PORT: '0' },
    stdio: ['ignore', 'pipe', 2],
  })
  if (!app.stdout) throw new Error('no output')
  const [line] = await once(app.stdout, 'data')
  const origin = `http://127.0.0.1:${/port (\d+)/.exec(String(line))?.[1]}`
  expect(await (await fetch(`${origin}/users/7?tab=a`)).text()).toBe('<h1>home</h1>')
  expect((await fetch(`${origin}/assets/gone.js`)).status).toBe(404)
  expect((await fetch(`${origin}/.git/config`)).status).toBe(404)
  app.kill('SIGTERM')
  await once(app, 'exit')
})

test('no redirect leads to another host', async () => {
  expect((await ask('//docs')).headers['location']).toBe('/docs/')
})

test('an unchanged file is not sent again', async () => {
  const { headers } = await ask('/site.css')
  expect(headers['last-modified']).toBeTruthy()
  const tag = { 'if-none-match': `"other", W/${headers['etag']}` }
  expect(await ask('/site.css', tag)).toMatchObject({ status: 304, body: Buffer.alloc(0) })
  expect(await ask('/site.css', { 'if-modified-since': headers['last-modified'] ?? '' })).toMatchObject({ status: 304 })
  expect(await ask('/site.css', { 'if-none-match': '"other"' })).toMatchObject({ status: 200 })
})

test.each([
  ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
  ['bytes=7-', 206, '789', 'bytes 7-9/10'],
  ['bytes=-3', 206, '789', 'bytes 7-9/10'],
  ['bytes=0-99', 206, '0123456789', 'bytes 0-9/10'],
  ['bytes=10-', 416, '', 'bytes */10'],
  ['bytes=4-2', 416, '', 'bytes */10'],
  ['bytes=0-1,3-4', 200, '0123456789', undefined],
  ['lines=1-2', 200, '0123456789', undefined],
])('the range %s', async (range, status, text, contentRange) => {
  const answer = await ask('/digits.bin', { range })
  expect(answer.status).toBe(status)
  expect(answer.body.toString()).toBe(text)
  expect(answer.headers['content-range']).toBe(contentRange)
})

test('a range of another state of the file gets the whole file', async () => {
  expect(await ask('/digits.bin', { range: 'bytes=2-4', 'if-range': '"other"' })).toMatchObject({ status: 200 })
})

test('long text is compressed for those who ask', async () => {
  const answer = await ask('/site.css', { 'accept-encoding': 'br;q=1, gzip;q=0.8' })
  expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
  expect(gunzipSync(answer.body).toString()).toBe(LONG)
  expect((await ask('/site.css', { 'accept-encoding': 'gzip;q=0' })).headers['content-encoding']).toBeUndefined()
  expect((await ask('/', { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBeUndefined()
})

test('HEAD has the headers alone, other methods are refused', async () => {
  const head = await ask('/site.css', {}, 'HEAD')
  expect(head).toMatchObject({ status: 200, headers: { 'content-length': String(LONG.length) } })
  expect(head.body).toHaveLength(0)
  expect(await ask('/', {}, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
})

async function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const call = request({ port, path, headers, method, agent: false }).end()
  const [answer]: [IncomingMessage] = (await once(call, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }
}

test.each([
  ['/old/a/b?x=1', 301, '/docs/a/b?x=1'],
  ['/old', 301, '/docs/'],
  ['/users/7', 302, '/people/7'],
  ['/about', 307, '/docs/'],
  ['/far//example.com', 301, '/example.com'],
])('%s is redirected as _redirects says', async (path, status, location) => {
  expect(await ask(path)).toMatchObject({ status, headers: { location } })
})

test('a rule without ! leaves files alone, and one with a status of its own answers with another file', async () => {
  expect(await ask('/site.css')).toMatchObject({ status: 200 })
  expect((await ask('/app/deep/path')).body.toString()).toBe('<h1>home</h1>')
  expect(await ask('/gone')).toMatchObject({ status: 410 })
  expect(await ask('/api/x')).toMatchObject({ status: 404 })
  expect(await ask('/de/x')).toMatchObject({ status: 404 })
})

test('headers of _headers are on their paths and nowhere else', async () => {
  const { headers } = await ask('/docs/')
  expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' })
  expect((await ask('/')).headers['x-frame-options']).toBeUndefined()
})

test.each([
  ['/assets/index-DiwrgTda.js', 'public, max-age=31536000, immutable'],
  ['/main.3f2a91bc.css', 'public, max-age=31536000, immutable'],
  ['/my-javascript.js', 'public, max-age=0, must-revalidate'],
  ['/', 'public, max-age=0, must-revalidate'],
])('%s may be kept: %s', async (path, value) => {
  expect((await ask(path)).headers['cache-control']).toBe(value)
})

test('what the build compressed is sent as it is to those who take it', async () => {
  const brotli = await ask('/app.wasm', { 'accept-encoding': 'gzip, br' })
  expect(brotli.body.toString()).toBe('brotli')
  expect(brotli.headers).toMatchObject({ 'content-encoding': 'br', 'content-type': 'application/wasm' })
  expect((await ask('/app.wasm', { 'accept-encoding': 'gzip' })).body.toString()).toBe('gzip')
  expect((await ask('/app.wasm', { 'accept-encoding': 'br;q=0' })).body.toString()).toBe('plain')
  expect((await ask('/app.wasm', { 'accept-encoding': 'br', range: 'bytes=0-1' })).body.toString()).toBe('pl')
})

test('static.json of Heroku says redirects, routes, headers and the page for errors', async () => {
  using own = new TemporaryDirectory()
  writeFileSync(own.join('index.html'), 'page')
  writeFileSync(own.join('lost.html'), 'lost')
  const json = {
    redirects: { '/old': { url: '/new', status: 302 } },
    routes: { '/app/**': 'index.html' },
    headers: { '/**': { 'X-Own': '1' } },
    error_page: 'lost.html',
  }
  writeFileSync(own.join('static.json'), JSON.stringify(json))
  const app = spawn(process.execPath, [SERVER], { cwd: own.path, env: { PORT: '0' }, stdio: ['ignore', 'pipe', 2] })
  if (!app.stdout) throw new Error('no output')
  const [line] = await once(app.stdout, 'data')
  const origin = `http://127.0.0.1:${/port (\d+)/.exec(String(line))?.[1]}`
  expect((await fetch(`${origin}/old`, { redirect: 'manual' })).headers.get('location')).toBe('/new')
  const page = await fetch(`${origin}/app/x/y`)
  expect([await page.text(), page.headers.get('x-own')]).toEqual(['page', '1'])
  const lost = await fetch(`${origin}/static.json`)
  expect([lost.status, await lost.text()]).toEqual([404, 'lost'])
  app.kill('SIGTERM')
  await once(app, 'exit')
})
