import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RouterStatus } from '../../router/contract/call.ts'
import type { RequestRecord, RouterEvent } from '../../router/contract/event.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { Instance, LogLine } from '../engine/engine.ts'
import { createLog } from '../log.ts'
import { LogCollector } from './collector.ts'
import { FakeEngine, Feed } from './fake-engine.ts'
import { LINES_PER_SECOND } from './flood-gate.ts'
import { AppLogs } from './logs.ts'

const app: AppRecord = {
  id: 'app_1',
  name: 'shop',
  ownerId: 'user_1',
  maintenance: false,
  currentRelease: 3,
  createdAt: new Date(0),
}
const apps = {
  find: (name: string) => (name === app.name ? app : undefined),
  findById: (id: string) => (id === app.id ? app : undefined),
}
const web: Instance = {
  app: app.id,
  release: 3,
  processType: 'web',
  id: 'i1',
  index: 1,
  state: 'running',
  endpoint: { host: '127.0.0.1', port: 5000 },
  startedAt: new Date(0),
  restarts: 0,
  lastExit: null,
}
const request: RequestRecord = {
  at: '2026-01-01T00:00:00.000Z',
  service: 'shop',
  method: 'GET',
  path: '/',
  host: 'shop.example.com',
  requestId: 'r1',
  fwd: '192.0.2.1',
  instance: 'web.1',
  release: 3,
  connectMs: 1,
  serviceMs: 18,
  status: 200,
  bytes: 13,
  protocol: 'https',
}

let directory: string
let engine: FakeEngine
let routerEvents: Feed<RouterEvent | { type: 'connected'; status: RouterStatus }>
let logs: AppLogs
let collector: LogCollector
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'paas-collector-'))
  engine = new FakeEngine()
  routerEvents = new Feed()
  open()
})
afterEach(async () => {
  await close()
  await rm(directory, { recursive: true })
})

function open(): void {
  logs = new AppLogs(join(directory, 'logs'))
  collector = new LogCollector({
    engine,
    router: { events: (signal) => routerEvents.read(signal) },
    logs,
    apps,
    log: createLog('test', 'error', () => {}),
    state: join(directory, 'state'),
  })
}

async function close(): Promise<void> {
  await collector[Symbol.asyncDispose]()
  await logs[Symbol.asyncDispose]()
}

const line = (text: string, ms = 1): LogLine => ({ time: new Date(Date.UTC(2026, 0, 1) + ms), stream: 'stdout', text })

/** Reading what was just written takes its time on a busy machine. */
const eventually = (holds: () => void | Promise<void>) => vi.waitFor(holds, { timeout: 20_000 })

async function said(lines = 1_000_000): Promise<string[]> {
  const found: string[] = []
  for await (const record of logs.read(app.id, { lines })) {
    found.push(`${record.source === 'paas' ? 'paas' : 'app'}[${record.process}]: ${record.text}`)
  }
  return found
}

test('output, requests and state changes come together in the log of their app', async () => {
  collector.start()
  await eventually(() => expect(engine.listed).toBe(1))
  const output = engine.add(web)
  engine.events.push({ type: 'started', instance: web })
  await eventually(async () => expect(await said()).toEqual(['paas[web.1]: Starting process of v3']))
  routerEvents.push({
    type: 'target',
    service: 'shop',
    id: 'i1',
    instance: 'web.1',
    from: 'adding',
    to: 'healthy',
    at: '',
  })
  routerEvents.push({ type: 'request', ...request }, { type: 'request', ...request, service: '@platform' })
  output.push(line('listening on 5000'))
  engine.events.push({
    type: 'exited',
    instance: web,
    exit: { code: 1, signal: null, outOfMemory: false, at: new Date() },
  })
  await eventually(async () => {
    const lines = await said()
    expect(lines).toHaveLength(6)
    expect(lines).toEqual(
      expect.arrayContaining([
        'paas[web.1]: State changed from starting to up',
        'app[web.1]: listening on 5000',
        'paas[web.1]: Process exited with status 1',
        'paas[web.1]: State changed from up to crashed',
        'paas[router]: at=info method=GET path="/" host=shop.example.com request_id=r1 fwd="192.0.2.1" dyno=web.1 connect=1ms service=18ms status=200 bytes=13 protocol=https',
      ]),
    )
  })
})

test('after a restart each instance goes on behind its last line', async () => {
  const output = engine.add(web)
  collector.start()
  output.push(line('one', 1), line('two', 2))
  await eventually(async () => expect(await said()).toHaveLength(2))
  await close()
  open()
  output.push(line('three', 3))
  collector.start()
  await eventually(async () =>
    expect(await said()).toEqual(['app[web.1]: one', 'app[web.1]: two', 'app[web.1]: three']),
  )
  expect(engine.asked.at(-1)?.since).toEqual(line('two', 2).time)
})

test('the resume point is on disk within about a second, and gone with its instance', async () => {
  const file = join(directory, 'state', 'log-positions.json')
  const output = engine.add(web)
  collector.start()
  output.push(line('one'))
  await eventually(async () => expect(await said()).toHaveLength(1))
  await eventually(() => expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ i1: line('').time.getTime() }))
  engine.events.push({ type: 'removed', id: 'i1', app: app.id })
  output.end()
  await eventually(() => expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({}))
})

test('a request goes to the app that it was for, whoever has the name by now', async () => {
  collector.start()
  const renamed = { ...request, service: 'before', serviceId: app.id }
  const ofAnother = { ...request, service: app.name, serviceId: 'app_2' }
  routerEvents.push(
    { type: 'request', ...ofAnother, path: '/other' },
    { type: 'request', ...renamed, path: '/renamed' },
  )
  await eventually(async () => expect((await said()).join()).toContain('path="/renamed"'))
  expect((await said()).join()).not.toContain('path="/other"')
})

test('a stream that breaks off is taken up again where it stopped', async () => {
  const output = engine.add(web)
  collector.start()
  output.push(line('one', 1))
  await eventually(async () => expect(await said()).toHaveLength(1))
  output.end()
  const next = new Feed<LogLine>()
  engine.output.set('i1', next)
  next.push(line('one', 1), line('two', 2))
  await eventually(async () => expect(await said()).toEqual(['app[web.1]: one', 'app[web.1]: two']))
})

test('one-offs are followed under their own name until they end', async () => {
  collector.start()
  const output = new Feed<LogLine>()
  engine.output.set('r1', output)
  collector.follow('r1', app, 'run.4711')
  collector.follow('r1', app, 'run.4711')
  output.push(line('migrated'))
  output.end()
  await eventually(async () => expect(await said()).toEqual(['app[run.4711]: migrated']))
  expect(engine.asked).toHaveLength(1)
  await close()
  expect(JSON.parse(readFileSync(join(directory, 'state', 'log-positions.json'), 'utf8'))).toEqual({})
  open()
})

test('a flood is cut with one line that says how much is missing, and others are not touched', async () => {
  const output = engine.add(web)
  const calm = engine.add({ ...web, id: 'i2', index: 2 })
  collector.start()
  output.push(...Array.from({ length: LINES_PER_SECOND + 700 }, (_, n) => line(`line ${n}`, n + 1)))
  calm.push(line('calm'))
  await eventually(async () => expect(await said()).toContain('paas[web.1]: 700 lines dropped'))
  const lines = await said()
  expect(lines.filter((text) => text.startsWith('app[web.1]'))).toHaveLength(LINES_PER_SECOND)
  expect(lines.filter((text) => text.includes('dropped'))).toHaveLength(1)
  expect(lines).toContain('app[web.2]: calm')
})

test('an instance that says more than can be read is skipped ahead', async () => {
  const output = engine.add(web)
  collector.start()
  output.push(...Array.from({ length: 60_000 }, (_, n) => line(`line ${n}`, n + 1)))
  await eventually(() => expect(engine.asked.map((asked) => asked.tail)).toEqual([undefined, 0]))
  expect((await said()).at(-1)).toBe('paas[web.1]: More than 20000 lines dropped')
})

test('instances of unknown apps are left alone', async () => {
  engine.add({ ...web, app: 'app_gone' })
  collector.start()
  engine.events.push({ type: 'started', instance: { ...web, app: 'app_gone' } })
  routerEvents.push({ type: 'request', ...request })
  await eventually(async () => expect(await said()).toHaveLength(1))
  expect(engine.asked).toEqual([])
})
