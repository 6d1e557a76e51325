import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { get, type RequestOptions, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { RouterClient } from './client.ts'
import type { RequestRecord } from './contract/event.ts'
import type { ServiceSpec } from './contract/table.ts'
import { parseExposition, type Sample } from './testing/exposition.ts'
import { Origin, RawOrigin } from './testing/origin.ts'
import { Program } from './testing/program.ts'
import { HOST, service, target } from './testing/rig.ts'
import { sendRaw, visit } from './testing/visitor.ts'

const METRICS = { PAAS_ROUTER_METRICS_PORT: '0' }
const ONE = { service: 'app', release: '1' }

let directory: string
let program: Program
let records: RequestRecord[]
let stop: AbortController
let reading: Promise<void>
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'router-'))
  program = await Program.start(directory, METRICS)
  records = []
  stop = new AbortController()
  const events = new RouterClient(program.socket).events(stop.signal, 'request')
  await new Promise<void>((connected) => {
    reading = (async () => {
      for await (const event of events) {
        if (event.type === 'connected') connected()
        if (event.type === 'request') records.push(event)
      }
    })()
  })
})
afterEach(async () => {
  stop.abort()
  await reading
  await program[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, maxRetries: 5 })
})

async function serve(...services: ServiceSpec[]): Promise<void> {
  const client = new RouterClient(program.socket)
  await client.put({ version: 1, engineBootId: 'engine', services })
  const ready = async () =>
    (await client.status()).services.every(({ targets }) => targets.every(({ state }) => state === 'healthy'))
  while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 20))
}

async function scrape(from: RequestOptions): Promise<Sample[]> {
  const [response] = await once(get(from), 'response')
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  return parseExposition(text)
}

const metrics = () => scrape({ host: '127.0.0.1', port: program.metricsPort, path: '/metrics', agent: false })

/** The sum of the samples that have these labels. */
async function sum(name: string, labels: Record<string, string> = {}, samples?: Sample[]): Promise<number> {
  const wanted = Object.entries(labels)
  return (samples ?? (await metrics()))
    .filter(
      (sample) => sample.name === `paas_router_${name}` && wanted.every(([key, text]) => sample.labels[key] === text),
    )
    .reduce((total, { value }) => total + value, 0)
}

async function eventually(read: () => Promise<number> | number, value: number): Promise<void> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; ) {
    if ((await read()) === value) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(await read()).toBe(value)
}

test('a known load is counted to the last request and byte, and every request has its line', async () => {
  await using app = await Origin.start((incoming, response) => {
    incoming.resume().on('end', () => {
      response.statusCode = incoming.url === '/missing' ? 404 : 200
      response.end('x'.repeat(100))
    })
  })
  await serve(
    service({ id: 'app_1', targets: [target(app.port)] }),
    service({ name: 'off', hosts: ['off.test'], empty: 'stopped' }),
  )
  const ask = (path: string, host = HOST) => visit(program.port, { path, host })
  await Promise.all([...Array(60)].map(() => ask('/')))
  await Promise.all([...Array(15)].map(() => ask('/missing')))
  await Promise.all([...Array(5)].map(() => visit(program.port, { method: 'POST', body: 'y'.repeat(1_000) })))
  await Promise.all([...Array(4)].map(() => ask('/', 'off.test')))
  await Promise.all([...Array(3)].map(() => ask('/', 'nobody.test')))
  await sendRaw(program.port, 'not http\r\n\r\n')

  // Counted when it is over for the router, which may be after its answer has come.
  await eventually(() => sum('requests_total'), 84)
  await eventually(() => sum('answers_total', { code: '404' }), 3)
  await eventually(() => sum('answers_total', { code: '400' }), 1)
  const samples = await metrics()
  const read = (name: string, labels?: Record<string, string>) => sum(name, labels, samples)
  expect(await read('requests_total', { ...ONE, code: '200' })).toBe(65)
  expect(await read('requests_total', { ...ONE, code: '404' })).toBe(15)
  expect(await read('request_duration_seconds_count', ONE)).toBe(80)
  expect(await read('request_duration_seconds_bucket', { ...ONE, le: '+Inf' })).toBe(80)
  expect(await read('connect_duration_seconds_count', ONE)).toBeGreaterThan(0)
  expect(await read('request_bytes_total', ONE)).toBe(5_000)
  expect(await read('response_bytes_total', ONE)).toBe(8_000)
  expect(await read('requests_total', { service: 'off', release: '0', code: '503' })).toBe(4)
  expect(await read('failures_total', { service: 'off', code: 'H14' })).toBe(4)
  expect(await read('answers_total', { code: '404' })).toBe(3)
  expect(await read('answers_total', { code: '400' })).toBe(1)
  expect(await read('requests_in_flight')).toBe(0)
  expect(await read('failures_total', ONE)).toBe(0)
  await eventually(() => records.length, 84)
  expect(records.filter(({ serviceId }) => serviceId === 'app_1').length).toBe(80)
  expect(new Set(records.map(({ requestId }) => requestId)).size).toBe(84)
  const control = await scrape({ socketPath: program.socket, path: '/metrics', agent: false })
  expect(await sum('requests_total', ONE, control)).toBe(80)
})

test('clients who leave are counted as 499, and nothing stays in flight', async () => {
  await using app = await Origin.start(() => {})
  await serve(service({ targets: [target(app.port)] }))
  const leaving = [...Array(7)].map(() => {
    const outgoing = request({ host: '127.0.0.1', port: program.port, headers: { host: HOST }, agent: false })
    outgoing.on('error', () => {})
    outgoing.end()
    return outgoing
  })
  await eventually(() => sum('requests_in_flight'), 7)
  for (const outgoing of leaving) outgoing.destroy()
  await eventually(() => sum('requests_total', { ...ONE, code: '499' }), 7)
  expect(await sum('failures_total', { ...ONE, code: 'H27' })).toBe(7)
  await eventually(() => sum('requests_in_flight'), 0)
  await eventually(() => records.length, 7)
  expect(records[0]).toMatchObject({ status: 499, code: 'H27', desc: 'Client Request Interrupted' })
})

test('retries are counted beside the request that needed them', async () => {
  let breaks = 0
  await using broken = await RawOrigin.start((socket) => {
    breaks += 1
    socket.resetAndDestroy()
  })
  await using app = await Origin.start()
  await serve(service({ targets: [target(broken.port), target(app.port)] }))
  let answered = 0
  for (let count = 0; count < 20; count++) answered += (await visit(program.port)).status === 200 ? 1 : 0
  await eventually(() => sum('requests_total'), 20)
  const samples = await metrics()
  expect(await sum('requests_total', { ...ONE, code: '200' }, samples)).toBe(answered)
  expect(breaks).toBeGreaterThan(0)
  expect(await sum('retries_total', ONE, samples)).toBe(breaks)
})

test('a tunnel is seen while it is open, and its bytes when it has closed', async () => {
  await using app = await Origin.start()
  const sockets = new WebSocketServer({ server: app.server })
  sockets.on('connection', (ws) => ws.on('message', (data) => ws.send(data)))
  await serve(service({ targets: [target(app.port)] }))
  const ws = new WebSocket(`ws://127.0.0.1:${program.port}/`, { headers: { host: HOST } })
  await once(ws, 'open')
  ws.send(Buffer.alloc(1_000))
  await once(ws, 'message')
  expect(await sum('tunnels', { service: 'app' })).toBe(1)
  expect(await sum('connections', { kind: 'plain' })).toBe(1)
  ws.close()
  await eventually(() => sum('tunnels', { service: 'app' }), 0)
  await eventually(() => sum('requests_total', { ...ONE, code: '101' }), 1)
  const samples = await metrics()
  expect(await sum('request_duration_seconds_count', ONE, samples)).toBe(0)
  expect(await sum('request_bytes_total', ONE, samples)).toBeGreaterThan(1_000)
  expect(await sum('response_bytes_total', ONE, samples)).toBeGreaterThan(1_000)
})

test('the metrics are for this machine alone, and never on the port of the world', async () => {
  await using app = await Origin.start((incoming, response) => response.end(`app: ${incoming.url}`))
  await serve(service({ targets: [target(app.port)] }))
  expect((await visit(program.port, { path: '/metrics' })).body).toBe('app: /metrics')
  const elsewhere = connect(program.metricsPort, '127.0.0.2')
  await expect(once(elsewhere, 'connect')).rejects.toThrow('ECONNREFUSED')
  expect((await visit(program.metricsPort, { path: '/' })).status).toBe(404)
  expect((await visit(program.metricsPort, { path: '/metrics', method: 'POST' })).status).toBe(405)
})
