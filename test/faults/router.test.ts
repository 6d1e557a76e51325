import { afterAll, beforeAll, expect, test } from 'vitest'
import { get, Load } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { boxSettings } from './box-settings.ts'

let box: LocalBox
let app: SampleApp

beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded', prepare: boxSettings({ monitor_ms: 500 }) })
  app = await SampleApp.create(box, 'shop')
  await app.deploy()
})

afterAll(async () => {
  await box[Symbol.asyncDispose]()
})

test('a router killed with -9 serves at once from its saved state, with the server stopped', async () => {
  const before = await served()
  await box.stopServer()
  await box.stopRouter('SIGKILL')
  await box.startRouter()
  expect(await served()).toBe(before)
  await box.startServer()
  expect(await served()).toBe(before)
})

test('a push while the router is down is declined in words, and the old release serves when it is back', async () => {
  const before = await served()
  await box.stopRouter('SIGKILL')
  await app.changeCode('without a router')
  const { code, stderr } = await app.push()
  expect(code).toBe(1)
  expect(stderr).toMatch(/router cannot be reached/)
  expect(stderr).toContain('paas status')
  expect((await box.client().call('box.info')).router).toMatchObject({ available: false })
  await box.startRouter()
  expect(await served()).toBe(before)
  expect(await app.push()).toMatchObject({ code: 0 })
  expect(await served()).not.toBe(before)
})

test('a restart while the router is down fails in words and hides nothing when it is back', async () => {
  const before = await served()
  await box.stopRouter('SIGKILL')
  await expect(box.client().call('instances.restart', { params: { app: 'shop' }, body: {} })).rejects.toMatchObject({
    problem: { code: 'router.unavailable' },
  })
  await box.startRouter()
  await expect.poll(() => served().catch(() => undefined)).toBe(before)
  await app.changeCode('after a failed restart')
  expect(await app.push()).toMatchObject({ code: 0 })
})

test('a router that restarts itself fails no request, and the server finds the new one', async () => {
  const load = new Load({ port: box.ports.http, host: 'shop.localhost', perSecond: 50 })
  for (let time = 0; time < 3; time += 1) await box.restartRouter()
  await app.changeCode('after restarts of the router')
  const push = await app.push()
  const { failures } = await load.stop()
  expect(failures).toEqual([])
  expect(push).toMatchObject({ code: 0 })
})

test('with server and router killed and started again, the same app serves', async () => {
  const before = await served()
  await Promise.all([box.stopServer('SIGKILL'), box.stopRouter('SIGKILL')])
  await box.startRouter()
  expect(await served()).toBe(before)
  await box.startServer()
  expect(await served()).toBe(before)
  await app.changeCode('after both')
  expect(await app.push()).toMatchObject({ code: 0 })
})

async function served(): Promise<string> {
  const { status, body } = await get({ port: box.ports.http, host: 'shop.localhost', path: '/release' })
  expect(status).toBe(200)
  return (JSON.parse(body) as { release: string }).release
}
