import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Instance } from '../engine.ts'
import { type Bench, body, ENVIRONMENT_APP, eventually, WORKER } from './bench.ts'

/** Answers with what the kernel adds to its score when it looks for whom to kill. */
const SCORE_APP = `
  require('node:http').createServer((request, response) => {
    response.end(require('node:fs').readFileSync('/proc/self/oom_score_adj', 'utf8'))
  }).listen(process.env.PORT, '0.0.0.0')
  process.on('SIGTERM', () => process.exit(0))`

export function instancesContract(bench: Bench): void {
  test('apply starts the asked number, each at an address of its own', async () => {
    const instances = await bench.engine.apply(bench.workload(ENVIRONMENT_APP, { quantity: 2 }))
    expect(instances.map(({ index, state }) => [index, state])).toEqual([
      [1, 'running'],
      [2, 'running'],
    ])
    expect(new Set(instances.map(addressOf)).size).toBe(2)
    const seen = await Promise.all(instances.map(async ({ endpoint }) => JSON.parse(await body(endpoint))))
    expect(seen.map((environment) => environment.PAAS_INSTANCE)).toEqual(['web.1', 'web.2'])
  })

  test('a process has the environment it was given, and nothing of ours', async () => {
    const environment = { GREETING: `it's "quoted" $HOME\nsecond line`, EMPTY: '' }
    const instance = await bench.applyOne(bench.workload(ENVIRONMENT_APP, { environment }))
    const seen = JSON.parse(await body(instance.endpoint))
    expect(seen).toMatchObject({ ...environment, DYNO: 'web.1', PORT: String(instance.endpoint?.port) })
    expect(Object.keys(seen).filter((name) => name.startsWith('VITEST') || name.startsWith('npm_'))).toEqual([])
  })

  /** RELIABILITY F-52. */
  test('when the machine runs out of memory, what runs for an app dies before the server does', async () => {
    const { endpoint } = await bench.applyOne(bench.workload(SCORE_APP))
    const ours = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'))
    expect(Number(await body(endpoint))).toBeGreaterThan(ours)
  })

  test('a worker has no address', async () => {
    const instance = await bench.applyOne(bench.workload(WORKER, { processType: 'worker', listens: false }))
    expect(instance).toMatchObject({ state: 'running', endpoint: null, processType: 'worker' })
  })

  test('applying the same again leaves every instance alone', async () => {
    const workload = bench.workload(WORKER, { quantity: 2 })
    const first = await bench.engine.apply(workload)
    const second = await bench.engine.apply({ ...workload, environment: { ...workload.environment } })
    expect(second.map(({ id, restarts }) => [id, restarts])).toEqual(first.map(({ id }) => [id, 0]))
  })

  test('two calls at once start no instance twice', async () => {
    const workload = bench.workload(WORKER, { quantity: 2 })
    await Promise.all([bench.engine.apply(workload), bench.engine.apply(workload)])
    expect((await bench.engine.list(workload.app)).map(({ index }) => index).sort()).toEqual([1, 2])
  })

  test('scaling keeps the lower indexes', async () => {
    const workload = bench.workload(WORKER)
    const one = await bench.engine.apply(workload)
    const three = await bench.engine.apply({ ...workload, quantity: 3 })
    expect(three.map(({ index }) => index)).toEqual([1, 2, 3])
    expect(three[0]?.id).toBe(one[0]?.id)
    const two = await bench.engine.apply({ ...workload, quantity: 2 })
    expect(two.map(({ id }) => id)).toEqual(three.slice(0, 2).map(({ id }) => id))
    expect(await idsOf(bench, workload.app)).toEqual(two.map(({ id }) => id).sort())
  })

  test('another specification replaces the instance', async () => {
    const workload = bench.workload(ENVIRONMENT_APP)
    const old = await bench.applyOne(workload)
    const fresh = await bench.applyOne({ ...workload, environment: { COLOUR: 'green' } })
    expect(fresh.id).not.toBe(old.id)
    expect(JSON.parse(await body(fresh.endpoint)).COLOUR).toBe('green')
    expect(await idsOf(bench, workload.app)).toEqual([fresh.id])
  })

  test('two releases of one app run side by side', async () => {
    const old = bench.workload(WORKER)
    await bench.engine.apply(old)
    await bench.engine.apply({ ...old, release: 2 })
    await bench.engine.remove(old, 1_000)
    expect((await bench.engine.list(old.app)).map(({ release }) => release)).toEqual([2])
  })

  test('an instance that crashes is started again at the same address', async () => {
    const { id, app, endpoint } = await bench.applyOne(bench.workload(ENVIRONMENT_APP))
    await body(endpoint)
    await fetch(`http://${endpoint?.host}:${endpoint?.port}/crash`).catch(() => {})
    const again = await eventually(async () => {
      const [instance] = await bench.engine.list(app)
      // The engine may say that it is up again before it says how it went down.
      return instance?.restarts === 1 && instance.state === 'running' && instance.lastExit !== null && instance
    })
    expect(again).toMatchObject({ id, endpoint, lastExit: { code: 3, outOfMemory: false } })
    expect(JSON.parse(await body(again.endpoint)).PORT).toBe(String(endpoint?.port))
  })

  test('restart puts a fresh instance in the place of one', async () => {
    const workload = bench.workload(ENVIRONMENT_APP, { quantity: 2, environment: { COLOUR: 'blue' } })
    const [first, second] = await bench.engine.apply(workload)
    await bench.engine.restart(first?.id ?? '', 1_000)
    const after = await bench.engine.list(workload.app)
    expect(after.map(({ index }) => index).sort()).toEqual([1, 2])
    expect(after.map(({ id }) => id)).toContain(second?.id)
    expect(after.map(({ id }) => id)).not.toContain(first?.id)
    const fresh = after.find(({ index }) => index === 1)
    expect(JSON.parse(await body(fresh?.endpoint ?? null))).toMatchObject({ COLOUR: 'blue', PAAS_INSTANCE: 'web.1' })
    const applied = await bench.engine.apply(workload)
    expect(applied.map(({ id }) => id).sort()).toEqual(after.map(({ id }) => id).sort())
  })

  test('a restarted server finds the same instances at the same addresses', async () => {
    const workload = bench.workload(ENVIRONMENT_APP, { quantity: 2 })
    const before = await bench.engine.apply(workload)
    const { bootId } = await bench.engine.info()
    const engine = await bench.restartServer()
    const after = await engine.list(workload.app)
    expect(after.map(identityOf).sort()).toEqual(before.map(identityOf).sort())
    expect((await engine.info()).bootId).toBe(bootId)
    expect((await engine.apply(workload)).map(identityOf)).toEqual(before.map(identityOf))
  })

  test('a restarted server goes on starting again what crashes', async () => {
    const { app, endpoint } = await bench.applyOne(bench.workload(ENVIRONMENT_APP))
    await body(endpoint)
    const engine = await bench.restartServer()
    await fetch(`http://${endpoint?.host}:${endpoint?.port}/crash`).catch(() => {})
    const again = await eventually(async () =>
      (await engine.list(app)).find((each) => each.restarts === 1 && each.lastExit),
    )
    expect(again).toMatchObject({ lastExit: { code: 3 }, endpoint })
    await body(again.endpoint)
  })
}

function addressOf({ endpoint }: Instance): string {
  return `${endpoint?.host}:${endpoint?.port}`
}

function identityOf(instance: Instance): string {
  return `${instance.id} ${instance.index} ${instance.state} ${addressOf(instance)} ${instance.restarts}`
}

async function idsOf(bench: Bench, app: string): Promise<string[]> {
  return (await bench.engine.list(app)).map(({ id }) => id).sort()
}
