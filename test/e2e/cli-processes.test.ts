import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get, Load } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { testEngines } from '../engines.ts'
import { Person, Transcript } from './person.ts'

const HOST = 'shop.localhost'
const EAT_MEMORY = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(64e6, 1)), 5)\n'
const WORKER = 'let n = 0; console.error("worker to stderr"); setInterval(() => console.log("tick " + n++), 200)\n'

describe.each(testEngines())('processes on %s', (engine) => {
  let box: LocalBox
  let ada: Person
  let cwd: string

  beforeAll(async () => {
    box = await LocalBox.start({ engine })
    ada = await Person.owner(box)
    cwd = await ada.repository('shop')
    await writeFile(join(cwd, 'worker.cjs'), WORKER)
    await writeFile(join(cwd, 'hungry.cjs'), EAT_MEMORY)
    await writeFile(join(cwd, 'Procfile'), 'web: node server.js\nworker: node worker.cjs\nhungry: node hungry.cjs\n')
    await ada.commit(cwd, 'workers')
    await ada.done('apps:create shop', { cwd })
    const { code, stderr } = await ada.git(cwd, 'push', 'paas', 'main')
    if (code !== 0) throw new Error(stderr)
  })
  afterAll(async () => {
    await box?.[Symbol.asyncDispose]()
  })

  const served = async () =>
    JSON.parse((await get({ port: box.ports.http, host: HOST, path: '/release' })).body) as {
      release: string
      instance: string
    }

  /** Runs the work under load and gives what failed; half of all requests are on connections of their own. */
  async function failuresDuring(work: () => Promise<unknown>): Promise<string[]> {
    const load = new Load({ port: box.ports.http, host: HOST, perSecond: 100, fresh: 0.5 })
    await work()
    const { sent, failures } = await load.stop()
    expect(sent).toBeGreaterThan(20)
    return failures
  }

  test('ps shows what runs and what could', async () => {
    const ps = await ada.done('ps', { cwd })
    expect(ps).toMatch(/^=== web: node server.js \(1\)\nweb.1: up \d{4}\/\d\d\/\d\d/)
    expect(ps).toContain('=== worker: node worker.cjs (0)')
    const { items } = await box.client().call('instances.list', { params: { app: 'shop' }, query: { stats: 'true' } })
    expect(items).toHaveLength(1)
    expect(items[0]).toMatchObject({ name: 'web.1', state: 'up', release: 1, restarts: 0, command: 'node server.js' })
    expect(items[0]?.memoryBytes).toBeGreaterThan(5_000_000)
    expect(items[0]?.cpuCores).toBeGreaterThanOrEqual(0)
  })

  test('metrics show what the router counted and what the instances took', async () => {
    const { signal } = new AbortController()
    const points = box.client().stream('metrics.watch', { params: { app: 'shop' }, signal })
    const measured = (async () => {
      for await (const point of points) if (point.requests > 0) return point
    })()
    for (let sent = 0; sent < 20; sent += 1) await get({ port: box.ports.http, host: HOST, path: '/release' })
    const point = await measured
    expect(point?.status).toEqual({ '2xx': point?.requests })
    expect(point?.p99).toBeGreaterThan(0)
    expect(point?.instances['web.1']?.memoryBytes).toBeGreaterThan(5_000_000)
    const shown = await ada.done('metrics --since 15m', { cwd })
    expect(shown).toMatch(/^requests\/s +[·▁-█]+ +\d+\.\d +\d+\.\d$/m)
    expect(shown).toMatch(/^web\.1 memory +[·▁-█]+ +[\d.]+ MB +[\d.]+ MB$/m)
    const { total, releases, markers } = JSON.parse(await ada.done('metrics --since 15m --json', { cwd }))
    expect(total.requests).toBeGreaterThanOrEqual(point?.requests ?? 1)
    expect(releases.map(({ release }: { release: number }) => release)).toContain(1)
    expect(markers).toEqual([expect.objectContaining({ release: 1 })])
  })

  test('scale without arguments prints what can be given back', async () => {
    const formation = await ada.done('scale', { cwd })
    expect(formation).toBe('web=1 hungry=0 worker=0\n')
  })

  test('scaling sets, adds and takes away, without dropping a request', async () => {
    const failures = await failuresDuring(async () => {
      const up = await ada.paas('scale web=3 worker+1', { cwd })
      expect(up.stderr).toBe('Scaling shop... done, now running web at 3, worker at 1\n')
      const seen = new Set<string>()
      for (let n = 0; n < 30; n += 1) seen.add((await served()).instance)
      expect([...seen].sort()).toEqual(['web.1', 'web.2', 'web.3'])
      expect(await ada.done('ps', { cwd })).toMatch(/web.3: up.*\n\n.*\n\n.*\nworker.1: up/)
      await ada.done('ps:scale web-2', { cwd })
    })
    expect(failures).toEqual([])
    const names = async () => (await ada.json('instances.list', 'ps', { cwd })).items.map(({ name }) => name).sort()
    await expect.poll(names).toEqual(['web.1', 'worker.1'])
  })

  test.each([
    ['wob=1', 'shop has no process type wob'],
    ['web=x', 'is not a scale'],
    ['web=101', 'from 0 to 100'],
    ['web=-1', 'is not a scale'],
    ['web-50', 'fewer than 0|between 0|below 0|0 to 100'],
    ['web', 'is not a scale'],
  ])('scale %s is refused and changes nothing', async (change, says) => {
    const { code, stderr } = await ada.paas(['scale', 'worker=2', change], { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(new RegExp(says))
    expect(await ada.done('scale', { cwd })).toContain('worker=1')
  })

  test('restart exchanges every instance without dropping a request', async () => {
    const before = await ada.json('instances.list', 'ps', { cwd })
    const failures = await failuresDuring(async () => {
      expect((await ada.paas('restart', { cwd })).stderr).toBe('Restarting shop... done\n')
      expect((await ada.paas('ps:restart web.1', { cwd })).stderr).toBe('Restarting web.1 of shop... done\n')
    })
    expect(failures).toEqual([])
    const list = () => ada.json('instances.list', 'ps', { cwd })
    const namesOf = ({ items }: typeof before) => items.map(({ name }) => name).sort()
    await expect.poll(async () => namesOf(await list())).toEqual(namesOf(before))
    const after = await list()
    for (const old of before.items) {
      const fresh = after.items.find(({ name }) => name === old.name)
      expect(Date.parse(fresh?.since ?? '')).toBeGreaterThan(Date.parse(old.since ?? ''))
    }
    expect((await ada.paas('restart web.9', { cwd })).code).toBe(5)
  })

  test('logs show the last lines of all, of one process, of the platform', async () => {
    const lines = (words: string) => ada.done(words, { cwd }).then((text) => text.trimEnd().split('\n'))
    await expect.poll(() => ada.done('logs -p worker', { cwd }), { timeout: 60_000 }).toContain('app[worker.1]: tick 3')
    expect(await lines('logs -n 2')).toHaveLength(2)
    expect((await lines('logs -p worker')).every((line) => line.includes('[worker.1]: '))).toBe(true)
    expect(await ada.done('logs -p web.1', { cwd })).toMatch(/T[\d:.]+\+00:00 app\[web.1\]: listening on \d+\n/)
    const stderr = await ada.done('logs -p worker -n 1500 --json', { cwd })
    expect(stderr).toMatch(/"stream":"stderr","text":"worker to stderr"/)
    await get({ port: box.ports.http, host: HOST, path: '/release?from=logs' })
    const router = () => ada.done('logs -s paas -p router -n 1', { cwd })
    await expect
      .poll(router, { timeout: 60_000 })
      .toMatch(/ paas\[router\]: at=info method=GET path="\/release\?from=logs" host=shop.localhost /)
    expect(await router()).toMatch(/dyno=web.1 connect=\d+ms service=\d+ms status=200 bytes=\d+ protocol=http\n$/)
    expect(await ada.done('logs -s paas -p api -n 1500', { cwd })).toMatch(/paas\[api\]: .*v1/)
    expect((await ada.paas('logs -n 1501', { cwd })).code).toBe(2)
  })

  test('following a log goes on with what comes, and Ctrl-C ends it with 130', async () => {
    const child = ada.start('logs -t -n 0 -p worker', { cwd })
    const tail = new Transcript(child)
    await expect.poll(() => tail.text.match(/tick/g)?.length ?? 0, { timeout: 60_000 }).toBeGreaterThan(2)
    child.kill('SIGINT')
    expect(await tail.ended).toBe(130)
    const numbers = [...tail.text.matchAll(/tick (\d+)/g)].map(([, n]) => Number(n))
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index))
  })

  test('a followed log survives a restart of the server, and repeats nothing', async () => {
    const child = ada.start('logs -t -n 0 -p worker', { cwd })
    const tail = new Transcript(child)
    const ticks = () => [...tail.text.matchAll(/tick (\d+)/g)].map(([, n]) => Number(n))
    await expect.poll(() => ticks().length, { timeout: 60_000 }).toBeGreaterThan(1)
    await box.stopServer()
    await box.startServer()
    const before = ticks().length
    await expect.poll(() => ticks().length, { timeout: 60_000 }).toBeGreaterThan(before + 5)
    child.kill('SIGINT')
    expect(await tail.ended).toBe(130)
    expect(tail.text).toContain('The connection was lost; going on where it ended.')
    expect(ticks()).toEqual(ticks().map((_, index) => (ticks()[0] ?? 0) + index))
  })

  test('scaled to nothing, visitors are told so; scaled up again, they are served', async () => {
    await ada.done('scale web=0 worker=0', { cwd })
    expect(await get({ port: box.ports.http, host: HOST })).toMatchObject({ status: 503 })
    expect(await ada.done('apps', { cwd })).toMatch(/^shop +stopped/m)
    await ada.done('scale web=1', { cwd })
    expect((await served()).release).toBe('v1')
  })

  test('a rollback under load drops no request', async () => {
    await writeFile(join(cwd, 'note.txt'), 'second')
    await ada.commit(cwd, 'second')
    const failures = await failuresDuring(async () => {
      expect((await ada.git(cwd, 'push', 'paas', 'main')).code).toBe(0)
      expect((await served()).release).toBe('v2')
      expect((await ada.paas('rollback', { cwd })).stderr).toContain('Rolling back shop... done, v3')
      expect((await served()).release).toBe('v3')
      const ps = await ada.done('ps', { cwd })
      expect(ps).toMatch(/^web.1: up .*, v2$/m)
      expect(ps).toMatch(/^web.1: up .*, v3$/m)
    })
    expect(failures).toEqual([])
    expect(await ada.done('releases:info v3', { cwd })).toContain('Rollback to v1')
  })

  test.runIf(engine === 'docker')('an instance that ran out of memory says so in ps and in the log', async () => {
    await ada.paas('scale hungry=1', { cwd })
    const text = () => ada.done('ps', { cwd })
    await expect.poll(text, { timeout: 60_000, interval: 500 }).toMatch(/hungry.1: \w+.*killed: out of memory/)
    const log = () => ada.done('logs -s paas -p hungry', { cwd })
    await expect.poll(log).toContain('Error R15 (Memory quota vastly exceeded)')
    await ada.done('scale hungry=0', { cwd })
    expect((await served()).instance).toBe('web.1')
  })
})
