import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { BuildEvent, BuildRequest } from '../build.ts'
import { BuildFixture, scripts } from '../build-fixture.ts'
import { TemporaryDirectory } from '../source-fixture.ts'
import { GitHost } from './git-host-fixture.ts'
import { fetchTree } from './repository.ts'
import { WayOut } from './way-out.ts'

let place: TemporaryDirectory
let host: GitHost
let box: BuildFixture

beforeAll(async () => {
  place = new TemporaryDirectory()
  host = await GitHost.start(place.join('host'))
})
beforeEach(() => {
  box = new BuildFixture()
  return () => box[Symbol.dispose]()
})
afterAll(async () => {
  await host[Symbol.asyncDispose]()
  place[Symbol.dispose]()
})

const LOOPBACK = { privateHosts: ['127.0.0.1'], proxy: null, noProxy: [] }

/** The last event of a build whose source is at the host. */
async function fetched(
  url: string,
  ref: string | null = null,
  change: Partial<BuildRequest> = {},
): Promise<BuildEvent> {
  const last = await box.build(
    {},
    { repository: { url, ref }, network: LOOPBACK, certificateBundle: host.authority, ...change },
  )
  if (!last) throw new Error('nothing was said')
  return last
}

const app = (build: string, more: Record<string, string> = {}) => ({ ...scripts(build), 'server.js': '', ...more })
const inImage = (path: string) => readFileSync(box.directory.join('images', 'bld_1', 'app', path), 'utf8')

test('a branch, a tag, a whole commit or the default branch is fetched and built, under the name of its commit', async () => {
  const first = host.commit('shop', app('echo one of $SOURCE_VERSION > made.txt'))
  const second = host.commit('shop', app('echo two of $SOURCE_VERSION > made.txt'))
  expect(second).not.toBe(first)
  for (const [ref, commit] of [
    [null, second],
    ['main', second],
    ['v1', second],
    [first, first],
  ] as const) {
    using own = new BuildFixture()
    box = own
    expect(await fetched(`${host.url}/shop.git`, ref)).toMatchObject({ type: 'done' })
    expect(inImage('made.txt')).toContain(`of ${commit}`)
    expect(own.events).toContainEqual({ type: 'source', commit })
    expect(existsSync(`${own.directory.join('source-1.tar')}.fetched`)).toBe(false)
  }
})

test.each([
  ['a branch that is not there', 'shop.git', 'nowhere', 'fetch.no-ref', 'has no branch, tag or commit nowhere'],
  ['part of a commit', 'shop.git', 'abcdef1', 'fetch.no-ref', 'has no branch'],
  ['a repository that is not there', 'absent.git', null, 'fetch.not-found', 'There is no git repository'],
  ['one that asks for a password', 'private.git', null, 'fetch.not-open', 'without one'],
])('%s is told in words', async (_, path, ref, code, message) => {
  host.commit('shop', app('true'))
  expect(await fetched(`${host.url}/${path}`, ref)).toMatchObject({
    type: 'failed',
    code,
    message: expect.stringContaining(message),
    command: expect.any(String),
  })
})

test.each([
  'http://127.0.0.1/x.git',
  'ssh://git@127.0.0.1/x',
  'file:///etc',
  'ext::sh -c id',
  'https://ada:pw@127.0.0.1/x',
])('%s is refused before anything is asked, and its password is not repeated', async (url) => {
  const { code, message } = (await fetched(url)) as Extract<BuildEvent, { type: 'failed' }>
  expect(code).toBe('fetch.protocol')
  expect(message).not.toContain('pw')
})

test('a private address is refused, by number, by name and by a redirect', async () => {
  host.commit('shop', app('true'))
  const network = { privateHosts: [], proxy: null, noProxy: [] }
  const port = new URL(host.url).port
  const asked = host.asked.length
  for (const name of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]']) {
    const refused = await fetched(`https://${name}:${port}/shop.git`, null, { network })
    expect(refused).toMatchObject({
      code: 'fetch.private-address',
      message: expect.stringContaining('public internet'),
    })
  }
  expect(host.asked.length).toBe(asked)
  host.redirects.set('/inward.git', `https://127.0.0.2:${port}/shop.git`)
  expect(await fetched(`${host.url}/inward.git`)).toMatchObject({
    code: 'fetch.private-address',
    message: expect.stringContaining('127.0.0.2'),
  })
})

test('a redirect on the same host is followed; one to plain HTTP is not', async () => {
  host.commit('shop', app('true'))
  host.redirects.set('/moved.git', `${host.url}/shop.git`)
  expect(await fetched(`${host.url}/moved.git`)).toMatchObject({ type: 'done' })
  host.redirects.set('/plain.git', `http://127.0.0.1:${new URL(host.url).port}/shop.git`)
  expect(await fetched(`${host.url}/plain.git`)).toMatchObject({ type: 'failed' })
})

test('a host whose authority nobody trusts is named so, with the way to trust it', async () => {
  host.commit('shop', app('true'))
  expect(await fetched(`${host.url}/shop.git`, null, { certificateBundle: null })).toMatchObject({
    code: 'fetch.certificate',
    command: expect.stringContaining('paas box:set certificates='),
  })
})

test('submodules and Git LFS are fetched when the app is set to it, and refused with the setting when not', async () => {
  const inner = host.commit('inner', { 'deep.txt': 'from the deep' })
  const library = host.commit('library', { 'lib.txt': 'library', ...innerModules() }, { 'in ner': inner })
  const pointer = host.lfsPointer('what is large')
  const files = {
    'model.bin': pointer,
    'again.bin': pointer,
    '.gitmodules': `[submodule "a"]\n\tpath = "lib"\n\turl = ../library.git\n`,
  }
  host.commit('whole', app('cat lib/lib.txt "lib/in ner/deep.txt" model.bin > made.txt', files), { lib: library })
  expect(await fetched(`${host.url}/whole.git`, 'main', { settings: { submodules: true, lfs: true } })).toMatchObject({
    type: 'done',
  })
  expect(inImage('made.txt')).toBe('libraryfrom the deepwhat is large')
  expect(box.text).toContain('Fetching the submodule lib')
  const without = (settings: object) => fetched(`${host.url}/whole.git`, 'main', { settings })
  expect(await without({ submodules: true })).toMatchObject({
    code: 'source.lfs-pointer',
    command: 'paas build:set lfs=on',
  })
  expect(await without({ lfs: true })).toMatchObject({
    code: 'source.submodule',
    command: 'paas build:set submodules=on',
  })
})

/** A path with a blank, relative to the repository that it stands in. */
function innerModules(): Record<string, string> {
  return { '.gitmodules': `[core]\n\turl = no\n[submodule "x"]\n\turl = ../inner.git\n\tpath = in ner\n` }
}

test.each([
  ['git@github.com:ada/lib.git', 'submodule.protocol', 'git submodule set-url lib https://github.com/ada/lib.git'],
  ['ssh://git@example.com/ada/lib', 'submodule.protocol', 'git submodule set-url lib https://example.com/ada/lib'],
  ['/srv/lib.git', 'submodule.protocol', expect.any(String)],
  ['../lib.git', 'submodule.relative', expect.any(String)],
  ['https://ada:secret@example.com/lib.git', 'fetch.protocol', undefined],
])('of a push, a submodule at %s is refused with the way out', async (url, code, command) => {
  const source = await box.request({ ...app('true'), '.gitmodules': `[submodule "a"]\n\tpath = lib\n\turl = ${url}\n` })
  writeFileSync(`${source.sourceTar}.links`, JSON.stringify([{ path: 'lib', commit: 'a'.repeat(40) }]))
  const last = await box.run({ ...source, settings: { submodules: true } })
  expect(last).toMatchObject({ code, ...(command === undefined ? {} : { command }) })
  expect(JSON.stringify(last)).not.toContain('secret')
})

test('of a push, LFS files come from the server that .lfsconfig names, and are checked', async () => {
  const files = { ...app('cp big.bin made.txt'), 'big.bin': host.lfsPointer('the contents') }
  const settings = { lfs: true }
  const rest = { network: LOOPBACK, certificateBundle: host.authority, settings }
  expect(await box.build(files, rest)).toMatchObject({
    code: 'lfs.no-server',
    command: expect.stringContaining('.lfsconfig'),
  })
  const configured = { ...files, '.lfsconfig': `[lfs]\n\turl = ${host.url}/any.git/info/lfs\n` }
  expect(await box.build(configured, rest)).toMatchObject({ type: 'done' })
  expect(readFileSync(box.directory.join('images', 'bld_2', 'app', 'made.txt'), 'utf8')).toBe('the contents')
  const absent = { ...configured, 'big.bin': configured['big.bin'].replace(/sha256:./, 'sha256:0') }
  expect(await box.build(absent, rest)).toMatchObject({
    code: 'lfs.missing',
    message: expect.stringContaining('does not exist'),
  })
  host.damageObjects()
  expect(await box.build(configured, rest)).toMatchObject({ code: 'lfs.damaged' })
  const closed = { ...rest, network: { privateHosts: [], proxy: null, noProxy: [] } }
  expect(await box.build(configured, closed)).toMatchObject({ code: 'fetch.private-address' })
})

test('a Git LFS server that has moved is asked again where it is, and what was meant for the first host stays there', async () => {
  const other = host.url.replace('127.0.0.1', 'localhost')
  host.redirects.set('/moved-lfs/', `${other}/any.git/info/lfs/`)
  const pointer = host.lfsPointer('far away')
  const oid = /sha256:(\w+)/.exec(pointer)?.[1] ?? ''
  host.redirects.set(`/objects/${oid}`, `${other}/kept/${oid}`)
  host.files.set(`/kept/${oid}`, Buffer.from('far away'))
  const files = {
    ...app('cp big.bin made.txt'),
    'big.bin': pointer,
    '.lfsconfig': `[lfs]\n\turl = ${host.url}/moved-lfs\n`,
  }
  const network = { ...LOOPBACK, privateHosts: ['127.0.0.1', '::1'] }
  const request = await box.request(files, { network, certificateBundle: host.authority, settings: { lfs: true } })
  expect(await box.run(request)).toMatchObject({ type: 'done' })
  expect(inImage('made.txt')).toBe('far away')
  expect(host.credentials.slice(-2)).toEqual(['127.0.0.1 RemoteAuth for-one-host', 'localhost undefined'])
})

test('a proxy is asked for a tunnel to the host, whatever path its own address has', async () => {
  host.commit('shop', app('true'))
  const tunnels: string[] = []
  const proxy = createServer().on('connect', ({ url = '' }, socket: Socket) => {
    tunnels.push(url)
    const to = connect(Number(url.split(':')[1]), '127.0.0.1', () => socket.write('HTTP/1.1 200 Opened\r\n\r\n'))
    to.on('error', () => socket.destroy())
      .pipe(socket)
      .on('error', () => to.destroy())
      .pipe(to)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = proxy.address() as AddressInfo
    const network = { ...LOOPBACK, proxy: `http://127.0.0.1:${port}/outbound/?by=builds` }
    expect(await fetched(`${host.url}/shop.git`, null, { network })).toMatchObject({ type: 'done' })
    expect(new Set(tunnels)).toEqual(new Set([new URL(host.url).host]))
  } finally {
    proxy.closeAllConnections()
    proxy.close()
  }
})

test('a Git LFS server that answers without an end is given up', async () => {
  host.files.set('/endless/objects/batch', Buffer.alloc(5 * 1024 ** 2, '{'))
  const files = {
    ...app('true'),
    'big.bin': host.lfsPointer('x'),
    '.lfsconfig': `[lfs]\n\turl = ${host.url}/endless\n`,
  }
  const source = await box.request(files, { network: LOOPBACK, certificateBundle: host.authority })
  expect(await box.run({ ...source, settings: { lfs: true } })).toMatchObject({ type: 'failed', code: 'lfs.refused' })
})

test('what unpacks to more than is allowed, or is more to begin with, is cut off while it does', async () => {
  host.commit('bomb', app('true', { 'zeros.txt': '0'.repeat(3_000_000), 'noise.txt': noise(1_500_000) }))
  const take = (name: string, maxTreeBytes: number, bytes: number) =>
    fetchTree(name, `${host.url}/bomb.git`, 'main', {
      directory: box.directory.path,
      path: '/usr/bin:/bin',
      way: new WayOut(LOOPBACK, { bytes }),
      certificates: host.authority,
      maxTreeBytes,
      signal: box.abort.signal,
    })
  await expect(take('first', 1_000_000, 1e9)).rejects.toMatchObject({ code: 'source.too-large' })
  expect(statSync(box.directory.join('first.tar')).size).toBeLessThanOrEqual(1_000_000)
  await expect(take('second', 1e9, 500_000)).rejects.toMatchObject({ code: 'fetch.too-large' })
  expect((await take('third', 1e9, 1e9)).links).toEqual([])
})

function noise(length: number): string {
  return randomBytes(length / 2).toString('hex')
}
