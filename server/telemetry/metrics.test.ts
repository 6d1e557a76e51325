import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RouterEvent, ServiceCounters } from '../../router/contract/event.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { Instance } from '../engine/engine.ts'
import { createLog } from '../log.ts'
import { Feed } from './fake-engine.ts'
import { MetricStore } from './metrics.ts'

const APP: AppRecord = {
  ...{ id: 'app_1', name: 'shop', ownerId: 'user_1', maintenance: false, currentRelease: 3 },
  createdAt: new Date(0),
}
const WEB: Instance = {
  ...{ app: APP.id, release: 3, processType: 'web', id: 'i1', index: 1, state: 'running', restarts: 0, lastExit: null },
  ...{ endpoint: { host: '127.0.0.1', port: 5000 }, startedAt: new Date(0) },
}
const START = Date.parse('2026-01-01T10:00:00.000Z')

let directory: string
let events: Feed<RouterEvent>
let store: MetricStore
const stats = vi.fn()

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'paas-metrics-'))
  events = new Feed<RouterEvent>()
  stats.mockReset().mockResolvedValue([{ id: 'i1', cpuCores: 0.25, memoryBytes: 60e6, memoryLimitBytes: 512e6 }])
  store = open()
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const eventually = (holds: () => void | Promise<void>) => vi.waitFor(holds, { timeout: 20_000 })

function open(): MetricStore {
  const find = (nameOrId: string) => (nameOrId === APP.id || nameOrId === APP.name ? APP : undefined)
  const opened = new MetricStore({
    engine: { list: async () => [WEB], stats },
    router: { events: (signal) => events.read(signal) },
    apps: { find, findById: find },
    directory,
    log: createLog('test', 'error', () => {}),
  })
  opened.start()
  return opened
}

function counters(seconds: number, requests: number): RouterEvent {
  const release = {
    ...{ requests, status: { 200: requests }, codes: {}, bytesIn: 0, bytesOut: requests * 100, retries: 0 },
    ...{ latency: { sum: requests * 20, buckets: [20, requests] }, connect: { sum: 0, buckets: [] } },
  }
  const service: ServiceCounters = { id: APP.id, inFlight: 1, tunnels: 0, releases: { 3: release } }
  return {
    ...{ type: 'counters', at: new Date(START + seconds * 1_000).toISOString(), ms: 10_000, certificates: [] },
    ...{ services: { shop: service }, answered: {} },
    ...{ handshakes: { done: 0, resumed: 0, refused: 0 }, connections: { plain: 0, tls: 0 } },
  }
}

const ALL = { from: START, until: START + 86_400_000 }
const fine = () => store.read(APP.id, { ...ALL, fine: true })
const coarse = () => store.read(APP.id, { ...ALL, fine: false })

test('what the router counted and the engine measured is kept together', async () => {
  events.push(counters(10, 5))
  await eventually(async () => expect(await fine()).toHaveLength(1))
  expect((await fine())[0]).toMatchObject({
    at: START + 10_000,
    releases: { 3: { requests: 5, status: { '2xx': 5 }, bytesOut: 500 } },
    instances: { 'web.1': { cpuCores: 0.25, memoryBytes: 60e6 } },
  })
})

test('a minute is one coarse row, readable before it is over and after a restart', async () => {
  for (const seconds of [10, 20, 30, 40, 50, 60, 70]) events.push(counters(seconds, 2))
  await eventually(async () => expect(await fine()).toHaveLength(7))
  const requests = async () => (await coarse()).map(({ releases }) => releases['3']?.requests)
  expect(await requests()).toEqual([12, 2])
  await store[Symbol.asyncDispose]()
  events = new Feed<RouterEvent>()
  store = open()
  expect(await requests()).toEqual([12, 2])
})

test('an engine that is away costs its own figures, not the traffic', async () => {
  stats.mockRejectedValue(new Error('no engine'))
  events.push(counters(10, 5))
  await eventually(async () => expect(await fine()).toHaveLength(1))
  expect((await fine())[0]).toMatchObject({ releases: { 3: { requests: 5 } }, instances: {} })
})

test('a line that was cut by a crash is left out, and what follows is read', async () => {
  events.push(counters(10, 1))
  await eventually(async () => expect(await fine()).toHaveLength(1))
  const [file = ''] = (await readdir(join(directory, APP.id))).filter((name) => name.startsWith('10s-'))
  await appendFile(join(directory, APP.id, file), '[1767261620000,100\n')
  events.push(counters(20, 3))
  await eventually(async () => expect(await fine()).toHaveLength(2))
})

test('what is older than promised goes, for each resolution by its own time', async () => {
  events.push(counters(10, 1))
  await eventually(async () => expect(await fine()).toHaveLength(1))
  events.push(counters(5 * 3_600, 2))
  await eventually(async () => expect((await fine()).map(({ releases }) => releases['3']?.requests)).toEqual([2]))
  expect((await coarse()).map(({ releases }) => releases['3']?.requests)).toEqual([1, 2])
})

test('whoever follows gets each point as it is measured', async () => {
  const stop = new AbortController()
  const points = store.follow(APP.id, stop.signal)
  const first = points.next()
  events.push(counters(10, 7))
  expect((await first).value).toMatchObject({ requests: 7, p50: 0.02 })
  stop.abort()
  expect((await points.next()).done).toBe(true)
})

test('nothing is left of an app that was removed', async () => {
  events.push(counters(10, 1))
  await eventually(async () => expect(await fine()).toHaveLength(1))
  await store.remove(APP.id)
  events.push(counters(20, 1))
  events.push(counters(30, 1))
  await eventually(() => expect(stats).toHaveBeenCalledTimes(3))
  expect(await fine()).toEqual([])
  expect(await readdir(directory)).toEqual([])
})
