import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineEvent, Instance } from '../engine.ts'
import { DockerBench } from './docker-bench.ts'
import { PrivateEngine } from './private-engine.ts'

const TICKS =
  'let n = 0; process.on("SIGTERM", () => process.exit()); setInterval(() => console.log(process.pid, n++), 50)'
const PATIENCE_MS = 90_000

describe.runIf(process.getuid?.() === 0)('when the engine goes away and comes back', () => {
  let engine: PrivateEngine
  let bench: DockerBench
  beforeAll(async () => {
    engine = await PrivateEngine.start()
    bench = await DockerBench.open({ socketPath: engine.socketPath })
  })
  afterAll(async () => {
    await bench[Symbol.asyncDispose]()
    await engine[Symbol.asyncDispose]()
  })

  for (const way of ['stop', 'kill'] as const) {
    it(`instances run again at their addresses, and watchers are told to list (${way})`, async () => {
      const stop = new AbortController()
      const workload = bench.workload(['node', '-e', TICKS], { app: way, quantity: 2 })
      const before = await bench.engine.apply(workload)
      const { bootId } = await bench.engine.info()
      const events = collect(bench.engine.watch(stop.signal))
      const lines = follow(before[0], stop.signal)
      await until(() => lines.length > 3)

      await engine[way]()
      await expect(bench.engine.list()).rejects.toMatchObject({ code: 'engine.unavailable', kind: 'unavailable' })
      const linesBefore = lines.length
      await engine.start()

      await until(() => events.some(({ type }) => type === 'resync'))
      await until(async () => (await bench.engine.list(way)).every(({ state }) => state === 'running'))
      const after = await bench.engine.list(way)
      expect(after.map(identity)).toEqual(before.map(identity))
      expect((await bench.engine.info()).bootId).not.toBe(bootId)
      await until(() => lines.length > linesBefore + 3)
      expect(new Set(lines).size).toBe(lines.length)
      stop.abort()

      expect((await bench.engine.apply(workload)).map(identity)).toEqual(before.map(identity))
      await bench.engine.remove(workload, 1_000)
      expect(await bench.engine.list(way)).toEqual([])
    })
  }

  it('a one-off that the engine took down with it is told as ended', async () => {
    const request = bench.request(['sleep', '1000'], { attach: false })
    const run = await bench.engine.run(request)
    await engine.stop()
    await engine.start()
    expect((await run.exited).code).not.toBe(0)
    expect(await bench.engine.findRun(request.app, request.name)).toBeNull()
  })

  function follow(instance: Instance | undefined, signal: AbortSignal): string[] {
    const lines: string[] = []
    void (async () => {
      const stream = bench.engine.logs(instance?.id ?? '', { follow: true, signal })
      for await (const { time, text } of stream) lines.push(`${time.getTime()} ${text}`)
    })()
    return lines
  }
})

function collect(stream: AsyncIterable<EngineEvent>): EngineEvent[] {
  const events: EngineEvent[] = []
  void (async () => {
    for await (const event of stream) events.push(event)
  })()
  return events
}

function identity({ id, index, endpoint }: Instance): string {
  return `${id} ${index} ${endpoint?.host}`
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('what the test waits for did not happen')
    await delay(30)
  }
}
