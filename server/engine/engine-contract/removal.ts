import { expect, test } from 'vitest'
import { answers, type Bench, body, ENVIRONMENT_APP, eventually, WORKER } from './bench.ts'

/** Answers `/slow` after 700 ms; told to stop, it finishes what it has begun. */
const GRACEFUL = `
  const server = require('node:http').createServer((request, response) => {
    setTimeout(() => response.end('finished'), request.url === '/slow' ? 700 : 0)
  }).listen(process.env.PORT, '0.0.0.0')
  process.on('SIGTERM', () => server.close(() => process.exit(0)))`

const STUBBORN = `
  require('node:http').createServer((_, response) => response.end('ready')).listen(process.env.PORT, '0.0.0.0')
  process.on('SIGTERM', () => {})`

/** The program that listens is a child of the one that was started. */
const NESTED = `require('node:child_process').spawn('node', ['-e', ${JSON.stringify(STUBBORN)}]); ${WORKER}`

export function removalContract(bench: Bench): void {
  test('a request in flight is finished before the process ends', async () => {
    const workload = bench.workload(GRACEFUL)
    const { endpoint } = await bench.applyOne(workload)
    await body(endpoint)
    const slow = fetch(`http://${endpoint?.host}:${endpoint?.port}/slow`, { headers: { connection: 'close' } })
    await eventually(async () => answers(endpoint))
    await bench.engine.remove(workload, 10_000)
    expect(await (await slow).text()).toBe('finished')
    expect(await bench.engine.list(workload.app)).toEqual([])
  })

  test('one that ignores SIGTERM is killed when its time is over', async () => {
    // Of its own it would be given two minutes.
    const workload = bench.workload(STUBBORN, { stopGraceMs: 120_000 })
    const { endpoint } = await bench.applyOne(workload)
    await body(endpoint)
    const started = Date.now()
    await bench.engine.remove(workload, 600)
    expect(Date.now() - started).toBeGreaterThanOrEqual(500)
    expect(Date.now() - started).toBeLessThan(9_000)
    expect(await answers(endpoint)).toBe(false)
  })

  test('what the program started ends with it', async () => {
    const workload = bench.workload(NESTED)
    const { endpoint } = await bench.applyOne(workload)
    await body(endpoint)
    await bench.engine.remove(workload, 600)
    expect(await answers(endpoint)).toBe(false)
  })

  test('removing what is not there, or once more, is no error', async () => {
    const workload = bench.workload(WORKER)
    await bench.engine.remove(workload, 100)
    await bench.engine.apply(workload)
    await Promise.all([bench.engine.remove(workload, 1_000), bench.engine.remove(workload, 1_000)])
    expect(await bench.engine.list(workload.app)).toEqual([])
  })

  test('scaling to nothing leaves nothing', async () => {
    const workload = bench.workload(WORKER, { quantity: 2 })
    await bench.engine.apply(workload)
    expect(await bench.engine.apply({ ...workload, quantity: 0 })).toEqual([])
    expect(await bench.engine.list(workload.app)).toEqual([])
  })

  test('an instance in its pause after a crash is removed without waiting', async () => {
    const workload = bench.workload('process.exit(1)', { listens: false, processType: 'worker' })
    await bench.engine.apply(workload)
    await eventually(async () => (await bench.engine.list(workload.app))[0]?.lastExit !== null)
    await bench.engine.remove(workload, 1_000)
    expect(await bench.engine.list(workload.app)).toEqual([])
  })

  test('removing an app takes all of it and nothing of another', async () => {
    const doomed = bench.workload(ENVIRONMENT_APP)
    const other = bench.workload(ENVIRONMENT_APP)
    const { endpoint: gone } = await bench.applyOne(doomed)
    await bench.engine.apply({ ...doomed, processType: 'worker', listens: false })
    await bench.engine.run(bench.oneOff(WORKER, { app: doomed.app, attach: false }))
    const kept = await bench.applyOne(other)
    await body(kept.endpoint)
    expect((await bench.engine.list(other.app)).map(({ id }) => id)).toEqual([kept.id])

    await bench.engine.removeApp(doomed.app)

    expect(await bench.engine.list(doomed.app)).toEqual([])
    expect(await bench.engine.findRun(doomed.app, 'run.1234')).toBeNull()
    expect(await answers(gone)).toBe(false)
    expect((await bench.engine.list()).map(({ id }) => id)).toContain(kept.id)
    await eventually(() => answers(kept.endpoint))
  })
}
