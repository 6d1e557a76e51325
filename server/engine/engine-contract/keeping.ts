import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { Endpoint, Workload } from '../engine.ts'
import { type Bench, body, textOf, WORKER } from './bench.ts'

/** Counts its starts in what it keeps, and answers with the number. */
const COUNTER = `
  const fs = require('node:fs')
  const file = process.env.PAAS_DATA_DIRECTORY + '/starts'
  const starts = 1 + (fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0)
  fs.writeFileSync(file, String(starts))
  require('node:http').createServer((request, response) => response.end(String(starts))).listen(process.env.PORT)
  process.on('SIGTERM', () => process.exit(0))`

export function keepingContract(bench: Bench): void {
  const keeper = (changes: Partial<Workload> = {}) =>
    bench.workload(COUNTER, { processType: 'server', data: { path: '/data', user: 'root' }, ...changes })
  const endpointOf = async (app: string) => (await bench.engine.list(app))[0]?.endpoint ?? null

  test('what is kept outlives the instance, its replacement and its removal, until it is removed by name', async () => {
    const workload = keeper()
    const first = await bench.applyOne(workload)
    expect(await body(first.endpoint)).toBe('1')
    const second = await bench.applyOne({ ...workload, limits: { ...workload.limits, memoryMb: 200 } })
    expect(second.id).not.toBe(first.id)
    expect(await body(second.endpoint)).toBe('2')
    await bench.engine.remove(workload, 1_000)
    const third = await bench.applyOne(workload)
    expect(await body(third.endpoint)).toBe('3')
    await bench.engine.remove(workload, 1_000)
    await bench.engine.removeData(workload.app)
    expect(await body((await bench.applyOne(workload)).endpoint)).toBe('1')
  })

  test('it is found by its name alone, and by a restarted server', async () => {
    const workload = keeper()
    const { id } = await bench.applyOne(workload)
    expect((await bench.engine.list()).map((instance) => instance.app)).not.toContain(workload.app)
    const engine = await bench.restartServer()
    expect((await engine.list(workload.app)).map((instance) => instance.id)).toEqual([id])
    expect((await engine.apply(workload)).map((instance) => instance.id)).toEqual([id])
  })

  test('instances of an app that it is linked to reach it under one address, also after it was replaced', async () => {
    const workload = keeper()
    await body((await bench.applyOne(workload)).endpoint)
    const app = bench.newApp()
    const link = await bench.engine.link(workload, app, 'counter-1')
    expect(await asked(bench, app, link)).toBe('1')
    await bench.applyOne({ ...workload, limits: { ...workload.limits, memoryMb: 200 } })
    expect(await bench.engine.link(workload, app, 'counter-1')).toEqual(link)
    expect(await bench.engine.link(workload, app, 'counter-1')).toEqual(link)
    await body(await endpointOf(workload.app))
    expect(await asked(bench, app, link)).toBe('2')
    await bench.engine.unlink(workload, app)
    await bench.engine.unlink(workload, app)
  })

  test('an app that outgrows its network keeps what it was linked to', async () => {
    const workload = keeper()
    await body((await bench.applyOne(workload)).endpoint)
    const worker = bench.workload(WORKER, { processType: 'worker', listens: false, quantity: 2 })
    await bench.engine.apply(worker)
    const link = await bench.engine.link(workload, worker.app, 'counter-2')
    await bench.engine.apply({ ...worker, quantity: 14 })
    expect(await asked(bench, worker.app, link)).toBe('1')
    await bench.engine.remove({ ...worker }, 0)
  }, 60_000)

  test('a command beside it has its three streams apart, and bytes come through as they are', async () => {
    const workload = keeper()
    const { id } = await bench.applyOne(workload)
    const script = `process.stdin.pipe(process.stdout); process.stderr.write('said'); process.exitCode = 7`
    const pipe = await bench.engine.pipe(id, ['node', '-e', script])
    const bytes = Buffer.from([0, 255, 10, 13, 0, 1, 2])
    pipe.stdin.end(bytes)
    const [out, said] = await Promise.all([pipe.stdout.toArray(), text(pipe.stderr)])
    expect(Buffer.concat(out)).toEqual(bytes)
    expect(said).toBe('said')
    expect(await pipe.exited).toBe(7)
  })
}

/** What an instance of the app hears from the address. */
async function asked(bench: Bench, app: string, { host, port }: Endpoint): Promise<string> {
  const script = `fetch('http://${host}:${port}/').then((answer) => answer.text()).then((text) => process.stdout.write(text))`
  const run = await bench.engine.run(bench.oneOff(script, { app, name: `run.${Math.random()}` }))
  const [said, wrong] = await Promise.all([textOf(run.stdout), textOf(run.stderr)])
  await run.exited
  return said || wrong
}
