import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { runCommand } from '../../scripts/run-command.ts'
import type { SampleApp } from '../../scripts/sample-app.ts'
import { PrivateEngine } from '../../server/engine/docker/private-engine.ts'
import { testEngines } from '../engines.ts'
import { ensureTinyImage } from '../tiny-image.ts'
import { boxSettings } from './box-settings.ts'
import { ownApp, rewrite } from './own-app.ts'

/** For a moment on the machine's network; from the range for benchmarks (RFC 2544), which nobody routes. */
const BRIDGE = { name: 'paas-faults', address: '198.18.77.1/24' }
const BACK_MS = 120_000
const isPossible = process.getuid?.() === 0 && testEngines().includes('docker')

const FILES = {
  Dockerfile: 'FROM paas-test/tiny-node:24\nCOPY . .\nCMD ["node", "server.js"]\n',
  Procfile: 'web: node server.js\nworker: node worker.js\n',
  'server.js': `require('http')
    .createServer((q, r) => r.end(JSON.stringify({ release: process.env.PAAS_RELEASE, instance: process.env.PAAS_INSTANCE })))
    .listen(process.env.PORT)\nprocess.on('SIGTERM', () => process.exit())\n`,
  'worker.js': `process.on('SIGTERM', () => process.exit())\nsetInterval(() => console.log('working'), 1000)\n`,
}

describe.skipIf(!isPossible)(
  'an engine that goes away and comes back (skipped without root: it starts its own)',
  () => {
    let engine: PrivateEngine
    let box: LocalBox
    let app: SampleApp

    beforeAll(async () => {
      await removeBridge()
      await runCommand('ip', ['link', 'add', BRIDGE.name, 'type', 'bridge'])
      await runCommand('ip', ['addr', 'add', BRIDGE.address, 'dev', BRIDGE.name])
      await runCommand('ip', ['link', 'set', BRIDGE.name, 'up'])
      engine = await PrivateEngine.start({ bridge: BRIDGE.name })
      await ensureTinyImage(engine.socketPath)
      box = await LocalBox.start({
        engine: 'docker',
        environment: { PAAS_DOCKER_SOCKET: engine.socketPath },
        prepare: boxSettings({ monitor_ms: 500 }),
      })
      app = await ownApp(box, 'shop', FILES)
      await app.deploy()
      await box.client().call('formation.scale', {
        params: { app: 'shop' },
        body: {
          changes: [
            { type: 'web', quantity: 2 },
            { type: 'worker', quantity: 1 },
          ],
        },
      })
    })

    afterAll(async () => {
      await box?.[Symbol.asyncDispose]()
      await engine?.[Symbol.asyncDispose]()
      await removeBridge()
    })

    test.each(['kill', 'stop'] as const)(
      '%s: the box says so meanwhile, and everything serves again by itself',
      async (way) => {
        const release = (await answer())?.release
        await engine[way]()
        const api = box.client()
        expect((await api.call('box.info')).engine).toMatchObject({
          available: false,
          reason: expect.stringContaining('container engine cannot be reached'),
        })
        const scale = api.call('formation.scale', {
          params: { app: 'shop' },
          body: { changes: [{ type: 'web', quantity: 2 }] },
        })
        await expect(scale).rejects.toMatchObject({ problem: { status: 503, code: 'engine.unavailable' } })
        await rewrite(app, { 'note.txt': way })
        const declined = await app.push()
        expect(declined.code).not.toBe(0)
        expect(declined.stderr).toMatch(/container engine cannot be reached/)
        if (way === 'kill') expect((await answer())?.release).toBe(release)

        await engine.start()
        await expect.poll(webAnswering, { timeout: BACK_MS, interval: 200 }).toEqual(['web.1', 'web.2'])
        await expect.poll(up, { timeout: BACK_MS, interval: 200 }).toEqual(['web.1', 'web.2', 'worker.1'])
        expect((await answer())?.release).toBe(release)
        expect((await api.call('box.info')).engine.available).toBe(true)
        expect(await app.push()).toMatchObject({ code: 0 })
        expect((await answer())?.release).not.toBe(release)
        await expect.poll(webAnswering, { timeout: BACK_MS, interval: 200 }).toEqual(['web.1', 'web.2'])
      },
    )

    test('a server that starts before its engine takes everything up when that is there', async () => {
      const release = (await answer())?.release
      await box.stopServer('SIGKILL')
      await engine.stop()
      await box.startServer()
      expect((await app.push('paas', 'main:other')).stderr).toMatch(/container engine cannot be reached/)
      await engine.start()
      await expect.poll(webAnswering, { timeout: BACK_MS, interval: 200 }).toEqual(['web.1', 'web.2'])
      await expect.poll(up, { timeout: BACK_MS, interval: 200 }).toEqual(['web.1', 'web.2', 'worker.1'])
      expect((await answer())?.release).toBe(release)
      await rewrite(app, { 'note.txt': 'again' })
      await expect.poll(async () => (await app.push()).code, { timeout: 120_000 }).toBe(0)
    })

    async function answer(): Promise<{ release: string; instance: string } | undefined> {
      const { status, body } = await get({ port: box.ports.http, host: 'shop.localhost' })
      return status === 200 ? JSON.parse(body) : undefined
    }

    /** Which instances the router reaches, as visitors see them. */
    async function webAnswering(): Promise<string[]> {
      const answers = await Promise.all(Array.from({ length: 8 }, () => answer().catch(() => undefined)))
      return [...new Set(answers.map((one) => one?.instance ?? 'none'))].sort()
    }

    async function up(): Promise<string[]> {
      const { items } = await box.client().call('instances.list', { params: { app: 'shop' } })
      return items.filter(({ state }) => state === 'up').map(({ name }) => name)
    }
  },
)

async function removeBridge(): Promise<void> {
  await runCommand('ip', ['link', 'del', BRIDGE.name], { allowFailure: true })
}
