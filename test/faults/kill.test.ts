import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get, Load } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { testEngines } from '../engines.ts'
import { boxSettings } from './box-settings.ts'

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

/** Each takes two starts of the server; what differs between the engines is around the instances. */
const POINTS_ON = { embedded: POINTS, docker: POINTS.filter((point) => /after|instances/.test(point)) }

describe.each(testEngines())('a server killed with -9 in a deploy, on %s', (engine) => {
  let box: LocalBox
  let app: SampleApp

  beforeAll(async () => {
    box = await LocalBox.start({ engine, prepare: boxSettings({ monitor_ms: 500 }) })
    app = await SampleApp.create(box, 'shop')
    await app.deploy()
    await settled(box)
  })

  afterAll(async () => {
    await box[Symbol.asyncDispose]()
  })

  test.each(POINTS_ON[engine])('%s: visitors notice nothing, and the box converges', async (point) => {
    const before = await release(box)
    await box.stopServer()
    await box.startServer({ PAAS_FAULT: point })
    const load = new Load({ port: box.ports.http, host: HOST, perSecond: 50 })
    await app.changeCode(`killed at ${point}`)
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
    if (deploy === 'live') expect(served).toBeGreaterThan(before)
    else expect(served).toBe(before)
    if (point.startsWith('retire')) expect({ code, deploy }).toEqual({ code: 0, deploy: 'live' })
    await app.changeCode(`after ${point}`)
    expect(await app.push()).toMatchObject({ code: 0 })
    expect(await release(box)).toBeGreaterThan(served)
    expect(await settled(box)).toBe('live')
    expect(await releasesThatRun(box)).toEqual([await release(box)])
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

async function release(box: LocalBox): Promise<number> {
  const { body } = await get({ port: box.ports.http, host: HOST, path: '/release' })
  return Number((JSON.parse(body) as { release: string }).release.slice(1))
}

/** Nothing of an interrupted deploy stays behind. */
async function releasesThatRun(box: LocalBox): Promise<number[]> {
  const { items } = await box.client().call('instances.list', { params: { app: 'shop' } })
  return [...new Set(items.map((instance) => instance.release))]
}
