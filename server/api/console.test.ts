import { once } from 'node:events'
import { mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import express from 'express'
import { expect, test } from 'vitest'
import { consolePages } from './console.ts'
import { headers } from './headers.ts'

const PAGE = { accept: 'text/html,*/*' }
const INDEX = '<!doctype html><script type="module" src="/assets/main-abc.js"></script>'
const SCRIPT = 'export const x = 1\n'

async function start(build: boolean) {
  const directory = mkdtempDisposableSync(join(tmpdir(), 'paas-console-'))
  const write = () => buildInto(directory.path)
  if (build) await write()
  const app = express()
  app.use(headers('1.2.3'), consolePages(directory.path))
  app.use((_request, response) => void response.status(404).send('nothing here'))
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    write,
    get: (path: string, sent: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers: sent }),
    [Symbol.dispose]() {
      server.closeAllConnections()
      server.close()
      directory.remove()
    },
  }
}

async function buildInto(directory: string): Promise<void> {
  await mkdir(join(directory, 'assets'), { recursive: true })
  await put(directory, 'assets/main-abc.js', SCRIPT)
  await put(directory, 'index.html', INDEX)
}

async function put(directory: string, name: string, text: string): Promise<void> {
  await writeFile(join(directory, name), text)
  writeFileSync(join(directory, `${name}.br`), brotliCompressSync(text))
  writeFileSync(join(directory, `${name}.gz`), gzipSync(text))
}

test.each(['/', '/apps/shop/logs', '/apps/shop.1'])(
  '%s is the console, which is asked for anew each time',
  async (path) => {
    using site = await start(true)
    const response = await site.get(path, PAGE)
    expect(await response.text()).toBe(INDEX)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-cache')
  },
)

test('nothing is loaded from elsewhere, run inline, or framed', async () => {
  using site = await start(true)
  const { headers } = await site.get('/', PAGE)
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('strict-transport-security')).toBeNull()
})

test.each(['br', 'gzip', 'identity'])('a file whose name has a hash is kept for ever, sent as %s', async (encoding) => {
  using site = await start(true)
  const response = await site.get('/assets/main-abc.js', { 'accept-encoding': encoding })
  expect(await response.text()).toBe(SCRIPT)
  expect(response.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding)
  expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(response.headers.get('vary')).toBe('Accept-Encoding')
})

test('a page that a browser has already is not sent again, until it is another', async () => {
  using site = await start(true)
  const first = await site.get('/', { ...PAGE, 'accept-encoding': 'gzip' })
  const tag = first.headers.get('etag') ?? ''
  // As a browser asks when it has an answer; fetch would forbid 304 by itself.
  const known = { ...PAGE, 'if-none-match': tag, 'cache-control': 'max-age=0' }
  const again = await site.get('/apps/shop', { ...known, 'accept-encoding': 'gzip' })
  expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag])
  expect(again.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(again.headers.get('vary')).toBe('Accept-Encoding')
  const other = await site.get('/', { ...known, 'accept-encoding': 'br' })
  expect([other.status, await other.text()]).toEqual([200, INDEX])
  expect(other.headers.get('etag')).not.toBe(tag)
})

test.each(['/assets/../index.html.br', '/assets/other.js', '/%2e%2e/secret.key', '/index.html.gz'])(
  '%s is not there',
  async (path) => {
    using site = await start(true)
    expect((await site.get(path)).status).toBe(404)
  },
)

test('where the console was not built a page says how, until it is', async () => {
  using site = await start(false)
  const missing = await site.get('/', PAGE)
  expect(missing.status).toBe(503)
  expect(await missing.text()).toContain('npm run build:console')
  await site.write()
  expect(await (await site.get('/', PAGE)).text()).toBe(INDEX)
})
