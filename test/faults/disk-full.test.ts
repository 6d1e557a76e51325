import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { get, Load } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { boxSettings } from './box-settings.ts'
import { SmallDisk } from './small-disk.ts'

const DISK_MB = 160
const isRoot = process.getuid?.() === 0

describe.skipIf(!isRoot)('a box whose disk is full (skipped without root: it mounts a small disk)', () => {
  let disk: SmallDisk
  let box: LocalBox
  let app: SampleApp

  beforeAll(async () => {
    disk = await SmallDisk.mount(DISK_MB)
    box = await LocalBox.start({
      engine: 'embedded',
      data: disk.directory,
      prepare: boxSettings({ monitor_ms: 500 }),
    })
    app = await SampleApp.create(box, 'shop')
    await app.deploy()
    await writeFile(
      join(app.directory, 'package.json'),
      JSON.stringify({
        name: 'shop',
        type: 'module',
        scripts: { start: 'node server.js', build: 'node fill.cjs' },
      }),
    )
  })

  afterEach(async () => {
    await disk.clear()
  })

  afterAll(async () => {
    try {
      await box?.[Symbol.asyncDispose]()
    } finally {
      await disk?.[Symbol.asyncDispose]()
    }
  })

  test('a push to a disk that is nearly full is refused with the reason before anything is written', async () => {
    const before = await served()
    await build('console.log("nothing to fill")')
    await disk.fill(8 * 1024 ** 2)
    const files = await written()
    const { code, stderr } = await app.push()
    expect(code).not.toBe(0)
    expect(stderr).toMatch(/The disk of the box is nearly full: \d+ MB free, 16 MB needed/)
    expect(await written()).toEqual(files)
    expect((await latestBuild()).release).toBe(1)
    expect(await served()).toBe(before)
  })

  test('a disk that fills up during a push says so, and there is room again after it', async () => {
    const before = await served()
    const room = await disk.freeBytes()
    await build('require("node:fs").writeFileSync("big", Buffer.alloc(400e6))')
    const { code, stderr } = await app.push()
    expect(code).toBe(1)
    expect(stderr).toMatch(/no space left|disk .*full/i)
    expect(stderr).toContain('What was live before still is.')
    expect(await served()).toBe(before)
    await expect.poll(async () => (await latestBuild()).deploy, { timeout: 60_000 }).toBe('failed')
    await expect.poll(() => disk.freeBytes()).toBeGreaterThan(room * 0.9)
  })

  test('with no byte left the app serves and nothing is lost; with room again the next push works', async () => {
    const before = await served()
    await build('console.log("nothing to fill")')
    await disk.fill(0)
    const load = new Load({ port: box.ports.http, host: 'shop.localhost', perSecond: 100 })
    const api = box.client()
    const change = api.call('config.update', {
      params: { app: 'shop' },
      body: { vars: { COLOUR: 'x'.repeat(30_000) } },
    })
    await expect(change).rejects.toMatchObject({ problem: { status: 503, code: 'disk.full' } })
    expect((await app.push()).stderr).toContain('The disk of the box is nearly full')
    expect((await api.call('box.info')).disk.freeBytes).toBeLessThan(1024 ** 2)
    await pause(500)
    const { failures, sent } = await load.stop()
    expect(failures).toEqual([])
    expect(sent).toBeGreaterThan(20)
    expect(await served()).toBe(before)

    await disk.clear()
    expect(await app.push()).toMatchObject({ code: 0 })
    expect(await served()).not.toBe(before)
    expect(await served()).toBe(`v${(await latestBuild()).release}`)
    expect((await api.call('config.list', { params: { app: 'shop' } })).vars).toEqual({})
  })

  test('the state is whole after all of that', async () => {
    await box.stopServer()
    const db = new DatabaseSync(join(disk.directory, 'paas.db'))
    expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    db.close()
    const before = await served()
    await disk.fill(0)
    await box.stopRouter('SIGKILL')
    await box.startRouter()
    expect(await served()).toBe(before)
  })

  async function build(script: string): Promise<void> {
    await writeFile(join(app.directory, 'fill.cjs'), script)
    await app.commit(script)
  }

  async function written(): Promise<string[]> {
    const places = ['repos', 'builds', 'embedded/images'].map((place) => join(disk.directory, place))
    return (await Promise.all(places.map((place) => readdir(place, { recursive: true })))).flat().sort()
  }

  async function latestBuild() {
    const [build] = (await box.client().call('builds.list', { params: { app: 'shop' } })).items
    if (!build) throw new Error('there is no build')
    return build
  }

  async function served(): Promise<string> {
    const { status, body } = await get({ port: box.ports.http, host: 'shop.localhost', path: '/release' })
    expect(status).toBe(200)
    return (JSON.parse(body) as { release: string }).release
  }
})
