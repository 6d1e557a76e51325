import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from '../../log.ts'
import { EmbeddedEngine } from '../embedded.ts'
import type { Instance, Workload } from '../engine.ts'
import { body, ENVIRONMENT_APP, eventually } from '../engine-contract/bench.ts'
import { isAlive, type ProcessIdentity } from './process-identity.ts'

const log = createLog('test', 'error')
const SECRET = 'canary-7f3a'
let directory: string
let workload: Workload

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'paas-embedded-'))
  const image = join(directory, 'images', 'b1')
  mkdirSync(join(image, 'app'), { recursive: true })
  writeFileSync(join(image, 'image.json'), JSON.stringify({ environment: {}, path: [dirname(process.execPath)] }))
  workload = {
    app: 'hello',
    release: 1,
    processType: 'web',
    quantity: 1,
    image,
    command: ['node', '-e', ENVIRONMENT_APP],
    environment: { API_KEY: SECRET },
    listens: true,
    limits: { memoryMb: 256, cpus: 1, pids: 64 },
    stopGraceMs: 2_000,
  }
})

afterEach(async () => {
  const engine = new EmbeddedEngine({ directory, log, stopOnDispose: true })
  await engine.start()
  await engine[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

test('instances serve on after kill -9 of the server, and the next one takes them over', async () => {
  const { server, instance } = await startServer()
  await body(instance.endpoint)
  server.kill('SIGKILL')
  await once(server, 'exit')
  expect(JSON.parse(await body(instance.endpoint)).API_KEY).toBe(SECRET)

  await using engine = new EmbeddedEngine({ directory, log })
  await engine.start()
  expect(await engine.list()).toMatchObject([{ id: instance.id, endpoint: instance.endpoint, state: 'running' }])
  await fetch(`http://${instance.endpoint?.host}:${instance.endpoint?.port}/crash`).catch(() => {})
  const again = await eventually(async () => (await engine.list()).find(({ restarts }) => restarts === 1))
  expect(again).toMatchObject({ id: instance.id, lastExit: { code: 3 } })
  expect(JSON.parse(await body(again.endpoint))).toMatchObject({ API_KEY: SECRET, PAAS_INSTANCE: 'web.1' })
})

test('one that ended while no server was there keeps its exit code, and apply starts it again as the same', async () => {
  const { server, instance } = await startServer()
  await body(instance.endpoint)
  server.kill('SIGKILL')
  await once(server, 'exit')
  await fetch(`http://${instance.endpoint?.host}:${instance.endpoint?.port}/crash`).catch(() => {})

  await using engine = new EmbeddedEngine({ directory, log })
  await eventually(() => !isAlive(recordOf(instance).process))
  await engine.start()
  expect(await engine.list()).toMatchObject([
    { id: instance.id, state: 'exited', endpoint: null, lastExit: { code: 3 } },
  ])
  const [again] = await engine.apply(workload)
  expect(again).toMatchObject({ id: instance.id, endpoint: instance.endpoint, state: 'running', restarts: 1 })
  expect(JSON.parse(await body(again?.endpoint ?? null)).API_KEY).toBe(SECRET)
})

test('a process that was started but not yet written down is found again', async () => {
  const { server, instance } = await startServer()
  const { PORT } = JSON.parse(await body(instance.endpoint))
  server.kill('SIGKILL')
  await once(server, 'exit')
  writeFileSync(recordFile(instance), JSON.stringify({ ...recordOf(instance), process: null }))

  await using engine = new EmbeddedEngine({ directory, log })
  await engine.start()
  const applied = await engine.apply(workload)
  expect(applied).toMatchObject([{ id: instance.id, state: 'running', restarts: 0 }])
  expect(JSON.parse(await body(instance.endpoint)).PORT).toBe(PORT)
})

test('a process of which no record is left is ended', async () => {
  const { server, instance } = await startServer()
  await body(instance.endpoint)
  server.kill('SIGKILL')
  await once(server, 'exit')
  rmSync(recordFile(instance))

  await using engine = new EmbeddedEngine({ directory, log })
  await engine.start()
  await eventually(() => answersNot(instance))
  expect(await engine.list()).toEqual([])
})

test('clearing the box leaves no process, no image and no record', async () => {
  const { server, instance } = await startServer()
  await body(instance.endpoint)
  server.kill('SIGKILL')
  await once(server, 'exit')

  await using engine = new EmbeddedEngine({ directory, log })
  await engine.start()
  await engine.removeBox()
  await eventually(() => answersNot(instance))
  expect(readdirSync(join(directory, 'instances'))).toEqual([])
  expect(readdirSync(directory)).not.toContain('images')
})

test('config vars are not written to the disk', async () => {
  const { server, instance } = await startServer()
  await body(instance.endpoint)
  const record = readFileSync(recordFile(instance), 'utf8')
  expect(record).toContain(instance.id)
  expect(record).not.toContain(SECRET)
  server.kill('SIGKILL')
  await once(server, 'exit')
})

async function startServer(): Promise<{ server: ChildProcess; instance: Instance }> {
  const fixture = join(import.meta.dirname, 'server.fixture.ts')
  const server = spawn(process.execPath, [fixture, directory, JSON.stringify(workload)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>((resolve) => server.stdout.once('data', (data) => resolve(String(data))))
  const [instance] = JSON.parse(line) as Instance[]
  if (!instance) throw new Error('the server started no instance')
  return { server, instance }
}

function recordFile({ id }: Instance): string {
  return join(directory, 'instances', `${id}.json`)
}

function recordOf(instance: Instance): { process: ProcessIdentity } {
  return JSON.parse(readFileSync(recordFile(instance), 'utf8'))
}

async function answersNot({ endpoint }: Instance): Promise<boolean> {
  try {
    await fetch(`http://${endpoint?.host}:${endpoint?.port}/`, { signal: AbortSignal.timeout(500) })
    return false
  } catch {
    return true
  }
}
