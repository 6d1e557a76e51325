import { afterAll, beforeAll, expect, test } from 'vitest'
import { get, Load } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import type { SampleApp } from '../../scripts/sample-app.ts'
import { ownApp, rewrite } from './own-app.ts'

/** Crashes when it is asked to, after it went live: only the watch behind the push sees that. */
const SERVER = `
require('http').createServer((q, r) => {
  if (q.url === '/crash') process.exit(9)
  r.end(process.env.PAAS_RELEASE)
}).listen(process.env.PORT)
process.on('SIGTERM', () => process.exit())
`
const package_ = { name: 'x', scripts: { start: 'node server.js' } }

let box: LocalBox
let app: SampleApp

beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  app = await ownApp(box, 'shop', { 'package.json': package_, 'server.js': SERVER })
  await app.deploy()
})

afterAll(async () => {
  await box[Symbol.asyncDispose]()
})

test('a release that crashes soon after it went live is rolled back by itself, and says why', async () => {
  await rewrite(app, { 'server.js': `${SERVER}// another one` })
  expect(await app.push()).toMatchObject({ code: 0 })
  expect(await served()).toBe('v2')
  await get({ port: box.ports.http, host: 'shop.localhost', path: '/crash' }).catch(() => undefined)
  await expect.poll(served, { timeout: 60_000, interval: 100 }).toBe('v1')
  const build = async () => (await box.client().call('builds.list', { params: { app: 'shop' } })).items[0]
  const reason = expect.stringMatching(/web\.1 crashed .* v1 serves again/)
  await expect.poll(build).toMatchObject({ deploy: 'failed', reason })
  await expect.poll(releasesThatRun).toEqual([1])
})

test('a push while the release before is still being watched drops no request, and only the newest stays', async () => {
  const load = new Load({ port: box.ports.http, host: 'shop.localhost', perSecond: 50 })
  for (const note of ['one', 'two', 'three']) {
    await rewrite(app, { 'server.js': SERVER, note })
    expect(await app.push()).toMatchObject({ code: 0 })
  }
  await box.client().call('formation.scale', {
    params: { app: 'shop' },
    body: { changes: [{ type: 'web', quantity: 2 }] },
  })
  const { failures } = await load.stop()
  expect(failures).toEqual([])
  expect(await served()).toBe('v5')
  await expect.poll(releasesThatRun, { timeout: 60_000, interval: 200 }).toEqual([5])
})

test('a config change during the first push of an app reaches its release', async () => {
  const fresh = await ownApp(box, 'fresh', {
    'package.json': package_,
    'server.js': `const up = () => require('http').createServer((q, r) => r.end(process.env.COLOUR ?? 'none')).listen(process.env.PORT)
setTimeout(up, 1500)
process.on('SIGTERM', () => process.exit())`,
  })
  const push = fresh.push()
  const api = box.client()
  await expect
    .poll(
      async () =>
        (await api.call('builds.list', { params: { app: 'fresh' } }).catch(() => undefined))?.items[0]?.deploy,
      { timeout: 60_000, interval: 20 },
    )
    .toBe('probing')
  await api.call('config.update', { params: { app: 'fresh' }, body: { vars: { COLOUR: 'blue' } } })
  expect(await push).toMatchObject({ code: 0 })
  const answer = async () => (await get({ port: box.ports.http, host: 'fresh.localhost' })).body
  await expect.poll(answer, { timeout: 60_000, interval: 100 }).toBe('blue')
})

test('an app destroyed in the middle of a push is gone, and the server lives on', async () => {
  const doomed = await ownApp(box, 'doomed', {
    'package.json': { name: 'x', scripts: { start: 'node server.js', build: 'sleep 20' } },
    'server.js': SERVER,
  })
  const push = doomed.push()
  const api = box.client()
  await expect
    .poll(
      async () =>
        (await api.call('builds.list', { params: { app: 'doomed' } }).catch(() => undefined))?.items[0]?.state,
      { timeout: 60_000, interval: 50 },
    )
    .toBe('running')
  await api.call('apps.destroy', { params: { app: 'doomed' }, query: { confirm: 'doomed' } })
  const { code, stderr } = await push
  expect(code).not.toBe(0)
  expect(stderr).toMatch(/destroyed/)
  await expect(api.call('apps.info', { params: { app: 'doomed' } })).rejects.toMatchObject({ problem: { status: 404 } })
  expect(await served()).toBe('v5')
})

async function served(): Promise<string> {
  return (await get({ port: box.ports.http, host: 'shop.localhost' })).body
}

async function releasesThatRun(): Promise<number[]> {
  const { items } = await box.client().call('instances.list', { params: { app: 'shop' } })
  return [...new Set(items.map((instance) => instance.release))]
}
