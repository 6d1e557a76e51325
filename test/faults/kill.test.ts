import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { get, Load } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { testEngines } from '../engines.ts'

/** Before and after: build, release row, instances up, router swap, old retired. */
const POINTS = [
  'build:before',
  'build:after',
  'release:before',
  'release:after',
  'instances:before',
  'instances:after',
  'swap:before',
  'swap:after',
  'retire:before',
  'retire:after',
] as const

const HOST = 'shop.localhost'
/** RELIABILITY G3: every deploy is final or resumed 10 s after the server is back. */
const RECOVERED_MS = 30_000

describe.each(testEngines())('a server killed with -9 in a deploy, on %s', (engine) => {
  let box: LocalBox
  let app: SampleApp

  beforeEach(async () => {
    box = await LocalBox.start({ engine })
    app = await SampleApp.create(box, 'shop')
    await app.deploy()
  })

  afterEach(async () => {
    await box[Symbol.asyncDispose]()
  })

  test.each(POINTS)('%s: visitors notice nothing, and the box converges', async (point) => {
    await box.stopServer()
    await box.startServer({ PAAS_FAULT: point })
    const load = new Load({ port: box.ports.http, host: HOST, perSecond: 50 })
    await app.changeCode('second')
    const push = app.push()
    expect(await box.serverEnded()).toBe('SIGKILL')
    const { code } = await push
    await box.startServer()
    const deploy = await settled(box)
    const served = await release(box)
    const { failed, failures } = await load.stop()
    expect(failures).toEqual([])
    expect(failed).toBe(0)
    expect(['live', 'failed']).toContain(deploy)
    expect(served).toBe(deploy === 'live' ? 'v2' : 'v1')
    if (point.startsWith('retire')) expect({ code, deploy }).toEqual({ code: 0, deploy: 'live' })
    await app.changeCode('third')
    expect((await app.push('-f', 'paas', 'main')).code).toBe(0)
    expect(await onlyOneReleaseRuns(box)).toBe(true)
  })
})

async function settled(box: LocalBox): Promise<string> {
  const api = box.client()
  const until = performance.now() + RECOVERED_MS
  for (;;) {
    const [build] = (await api.call('builds.list', { params: { app: 'shop' } })).items
    if (build && ['live', 'failed', 'canceled', 'superseded'].includes(build.deploy ?? ''))
      return build.deploy as string
    if (performance.now() > until) throw new Error(`the deploy is still ${build?.deploy}`)
    await pause(100)
  }
}

async function release(box: LocalBox): Promise<string> {
  const { body } = await get({ port: box.ports.http, host: HOST, path: '/release' })
  return (JSON.parse(body) as { release: string }).release
}

/** Nothing of an interrupted deploy stays behind. */
async function onlyOneReleaseRuns(box: LocalBox): Promise<boolean> {
  const until = performance.now() + RECOVERED_MS
  while (performance.now() < until) {
    const { items } = await box.client().call('instances.list', { params: { app: 'shop' } })
    if (new Set(items.map((instance) => instance.release)).size === 1) return true
    await pause(200)
  }
  return false
}
