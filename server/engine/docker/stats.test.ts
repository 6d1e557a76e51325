import type { ContainerStats } from 'dockerode'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Connection } from './connection.ts'
import { FakeEngine } from './fake-engine.ts'
import { instanceStats, measured, StatsSampler } from './stats.ts'

const START = Date.parse('2026-11-21T02:00:00Z')

let engine: FakeEngine
let sampler: StatsSampler
/** By container: what the engine says next, the last of them again and again. */
let answers: Record<string, ContainerStats[]>
let asked: URL[]

beforeEach(async () => {
  answers = {}
  asked = []
  engine = await FakeEngine.start((request, response) => {
    const url = new URL(request.url ?? '', 'http://engine')
    asked.push(url)
    const queue = answers[url.pathname.split('/')[2] ?? ''] ?? []
    const body = queue.length > 1 ? queue.shift() : queue[0]
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body ?? { message: 'No such container' }))
  })
  const connection = new Connection(engine.socketPath)
  connection.open()
  sampler = new StatsSampler(connection)
})
afterEach(() => engine[Symbol.asyncDispose]())

it('counts cores since the last question, and asks the engine for one sample alone', async () => {
  answers['c1'] = [sample(0, 1e9), sample(200, 1.1e9), sample(10_200, 3.6e9)]
  expect(await sampler.measure(['c1'])).toMatchObject([{ id: 'c1', cpuCores: 0.5 }])
  expect(asked).toHaveLength(2)
  expect(await sampler.measure(['c1'])).toMatchObject([{ id: 'c1', cpuCores: 0.25 }])
  expect(asked).toHaveLength(3)
  for (const { searchParams } of asked) {
    expect(Object.fromEntries(searchParams)).toEqual({ stream: 'false', 'one-shot': 'true' })
  }
})

it('measures anew what was asked for just now, or too long ago', async () => {
  answers['c1'] = [sample(0, 0), sample(1_000, 1e9), sample(1_050, 9e9), sample(2_050, 9.5e9)]
  await sampler.measure(['c1'])
  expect(await sampler.measure(['c1'])).toMatchObject([{ cpuCores: 0.5 }])
  answers['c1'] = [sample(100_000, 20e9), sample(101_000, 20.1e9)]
  expect(await sampler.measure(['c1'])).toMatchObject([{ cpuCores: 0.1 }])
})

it('leaves out what does not run, is not there, or went meanwhile', async () => {
  answers['c1'] = [sample(0, 0), sample(1_000, 1e9)]
  answers['stopped'] = [{ ...sample(0, 0), memory_stats: {} } as ContainerStats]
  answers['gone'] = [sample(0, 0), { ...sample(0, 0), memory_stats: {} } as ContainerStats]
  expect((await sampler.measure(['stopped', 'none', 'c1', 'gone'])).map(({ id }) => id)).toEqual(['c1'])
  expect(await sampler.measure([])).toEqual([])
})

it('a container that was started again has not used less than nothing', async () => {
  answers['c1'] = [sample(0, 9e9), sample(200, 9e9), sample(5_000, 1e9)]
  await sampler.measure(['c1'])
  expect(await sampler.measure(['c1'])).toMatchObject([{ cpuCores: 0 }])
})

it('counts memory without the cache that the kernel can take back', () => {
  const of = (stats: Record<string, number>) => measured('c1', sample(0, 0, stats))
  expect(of({ total_inactive_file: 20_000_000 })).toMatchObject({ memoryBytes: 30_000_000, memoryLimitBytes: 128e6 })
  expect(of({ inactive_file: 20_000_000 })).toMatchObject({ memoryBytes: 30_000_000 })
})

it('two samples of one moment tell no use', () => {
  const now = measured('c1', sample(0, 5e9))
  expect(now && instanceStats({ at: START, cpuNs: 0 }, now).cpuCores).toBe(0)
})

function sample(ms: number, cpuNs: number, stats: Record<string, number> = {}): ContainerStats {
  return {
    read: new Date(START + ms).toISOString(),
    cpu_stats: { cpu_usage: { total_usage: cpuNs } },
    memory_stats: { usage: 50_000_000, limit: 128_000_000, stats },
  } as unknown as ContainerStats
}
