import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get, Load } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { testEngines } from '../engines.ts'
import { boxSettings } from './box-settings.ts'
import { ownApp } from './own-app.ts'

const FLOOD_MS = 5_000
const package_ = { name: 'x', scripts: { start: 'node server.js' } }

/** About 100,000 lines a second, and it answers. */
const FLOOD = `
require('http').createServer((q, r) => r.end('ok')).listen(process.env.PORT)
const lines = ('flooded '.repeat(20) + '\\n').repeat(1000)
const flood = () => process.stdout.write(lines, () => setTimeout(flood, 10))
setTimeout(flood, 1500)
`
const GREEDY = `
const kept = []
require('http').createServer((q, r) => {
  r.end('ok')
  if (q.url === '/eat') setInterval(() => kept.push(Buffer.alloc(64e6, 1)), 20)
}).listen(process.env.PORT)
`

describe.each(testEngines())('an app that misbehaves beside others, on %s', (engine) => {
  let box: LocalBox

  beforeAll(async () => {
    box = await LocalBox.start({ engine, prepare: boxSettings({ monitor_ms: 500 }) })
    await (await SampleApp.create(box, 'quiet')).deploy()
  })

  afterAll(async () => {
    await box[Symbol.asyncDispose]()
  })

  test('a flood of log lines costs another app no answer and the box no memory', async () => {
    const loud = await ownApp(box, 'loud', { 'package.json': package_, 'server.js': FLOOD })
    await loud.deploy()
    await pause(1_500)
    const load = new Load({ port: box.ports.http, host: 'quiet.localhost', perSecond: 100 })
    await pause(FLOOD_MS)
    const { failures, sent } = await load.stop()
    expect(failures).toEqual([])
    expect(sent).toBeGreaterThan(400)
    const isFlooded = async () => (await logs('loud', 50)).some((text) => text.startsWith('flooded'))
    await expect.poll(isFlooded).toBe(true)
    expect((await box.client().call('box.info')).memory.serverBytes).toBeLessThan(400 * 1024 ** 2)
    await box.client().call('apps.destroy', { params: { app: 'loud' }, query: { confirm: 'loud' } })
  })

  test.runIf(engine === 'docker')(
    'an app over its memory limit is named as out of memory, and comes back',
    async () => {
      const greedy = await ownApp(box, 'greedy', { 'package.json': package_, 'server.js': GREEDY })
      await greedy.deploy()
      await get({ port: box.ports.http, host: 'greedy.localhost', path: '/eat' })
      const instance = async () => (await box.client().call('instances.list', { params: { app: 'greedy' } })).items[0]
      await expect
        .poll(async () => (await instance())?.lastExit?.outOfMemory, { timeout: 60_000, interval: 200 })
        .toBe(true)
      await expect.poll(() => logs('greedy', 100)).toContain('Error R15 (Memory quota vastly exceeded)')
      const back = () => get({ port: box.ports.http, host: 'greedy.localhost' }).then(({ status }) => status)
      await expect.poll(back, { timeout: 60_000, interval: 200 }).toBe(200)
      expect((await get({ port: box.ports.http, host: 'quiet.localhost' })).status).toBe(200)
    },
  )

  async function logs(app: string, lines: number): Promise<string[]> {
    const texts: string[] = []
    for await (const { text } of box.client().stream('logs.read', { params: { app }, query: { lines } }))
      texts.push(text)
    return texts
  }
})
