import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RouterClient } from './client.ts'
import { DEFAULT_TIMEOUTS } from './contract/table.ts'
import { Origin, RawOrigin } from './testing/origin.ts'
import { Program } from './testing/program.ts'
import { HOST, service, target, until } from './testing/rig.ts'
import { keepAlive, visit } from './testing/visitor.ts'
import { certificateFor } from './tls/testing/self-signed.ts'

const UPGRADE = `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
/** Of each kind; together they stay below what a process may open by default on most systems. */
const SLOW = 900
const LONGEST_WEBSOCKET_KB = 40

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'router-'))
})
afterEach(() => rm(directory, { recursive: true, maxRetries: 5 }))

/** Connected, a few at a time, so that no accept queue runs over. */
async function crowd(size: number, port: number, first = ''): Promise<Socket[]> {
  const sockets: Socket[] = []
  while (sockets.length < size) {
    const some = Array.from({ length: Math.min(100, size - sockets.length) }, () => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {}).resume()
      if (first) socket.write(first, 'latin1')
      return socket
    })
    await Promise.all(some.map((socket) => once(socket, 'connect')))
    sockets.push(...some)
  }
  return sockets
}

test('thousands that drip heads, say nothing, or stop within a TLS hello are cut off, and nobody else notices', async () => {
  await using app = await Origin.start()
  await using program = await Program.start(directory, { PAAS_ROUTER_HTTPS_PORT: '0' })
  const client = new RouterClient(program.socket)
  const tls = { mode: 'custom', redirect: false, hstsSeconds: 0 } as const
  await client.put({ version: 1, engineBootId: 'e', services: [service({ targets: [target(app.port)], tls })] })
  await client.putCertificate('app', { service: 'app', ...(await certificateFor([HOST])) })
  const slow = [
    ...(await crowd(SLOW, program.port, `GET / HTTP/1.1\r\nHost: ${HOST}\r\nX-`)),
    ...(await crowd(SLOW, program.port, 'G')),
    ...(await crowd(SLOW, program.httpsPort)),
    ...(await crowd(SLOW, program.httpsPort, '\x16\x03\x01\x02\x00\x01')),
  ]
  const dripping = setInterval(() => {
    for (const socket of slow.slice(0, 2 * SLOW)) if (socket.writable) socket.write('a')
  }, 2_000)
  const agent = keepAlive()
  let served = 0
  const open = () => slow.filter(({ closed }) => !closed).length
  const deadline = Date.now() + 60_000
  try {
    while (open() > 0 && Date.now() < deadline) {
      for (const visitor of [{}, { agent }]) expect((await visit(program.port, visitor)).body).toBe('hello')
      served += 2
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(open()).toBe(0)
    expect(served).toBeGreaterThan(20)
  } finally {
    clearInterval(dripping)
    agent.destroy()
    for (const socket of slow) socket.destroy()
  }
})

test('a thousand idle WebSockets take little memory, and live on when their app is deployed anew', async () => {
  await using old = await RawOrigin.start((socket) => {
    socket.write(SWITCHED)
    socket.on('data', (data) => socket.write(data))
  })
  await using next = await Origin.start()
  await using program = await Program.start(directory)
  const client = new RouterClient(program.socket)
  const timeouts = { ...DEFAULT_TIMEOUTS, websocketDrainMs: 60_000 }
  const table = (version: number, port: number) => {
    return { version, engineBootId: 'e', services: [service({ targets: [target(port)], timeouts })] }
  }
  await client.put(table(1, old.port))
  const upgraded = async (size: number) => {
    const sockets = await crowd(size, program.port, UPGRADE)
    await until(() => sockets.every(({ bytesRead }) => bytesRead >= SWITCHED.length), 60_000)
    return sockets
  }
  const first = await upgraded(200)
  const before = program.rssMb
  const sockets = [...first, ...(await upgraded(1_000))]
  expect((program.rssMb - before) * 1_024).toBeLessThan(1_000 * LONGEST_WEBSOCKET_KB)

  await client.put(table(2, next.port))
  expect((await visit(program.port)).body).toBe('hello')
  const heard = sockets.map(({ bytesRead }) => bytesRead)
  for (const socket of sockets) socket.write('still there?')
  await until(() => sockets.every(({ bytesRead }, at) => bytesRead === (heard[at] ?? 0) + 12), 60_000)
  expect(sockets.filter(({ closed }) => closed)).toEqual([])
  for (const socket of sockets) socket.destroy()
})

test('a storm of tables with 2,000 hosts touches no connection that is there, and fails no request', async () => {
  await using app = await Origin.start((incoming, response) => {
    if (incoming.url !== '/stream') return void response.end('hello')
    const timer = setInterval(() => response.write('.'), 50)
    response.once('close', () => clearInterval(timer))
  })
  await using program = await Program.start(directory)
  const client = new RouterClient(program.socket)
  const others = Array.from({ length: 2_000 }, (_, at) => service({ name: `app-${at}`, hosts: [`h${at}.test`] }))
  const table = (version: number) => {
    const moving = others.map((spec, at) =>
      at % 10 === version % 10 ? { ...spec, targets: [target(1_000 + at)] } : spec,
    )
    return { version, engineBootId: 'e', services: [service({ targets: [target(app.port)] }), ...moving] }
  }
  await client.put(table(1))
  const agent = keepAlive()
  expect((await visit(program.port, { agent })).body).toBe('hello')
  const stream = connect(program.port, '127.0.0.1')
  stream.on('error', () => {}).resume()
  stream.write(`GET /stream HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
  const ports = new Set<number | undefined>()
  let storm = true
  let requests = 0
  const visiting = (async () => {
    for (; storm; requests++) {
      expect((await visit(program.port, { agent })).body).toBe('hello')
      ports.add(Object.values(agent.freeSockets)[0]?.[0]?.localPort)
    }
  })()
  for (let version = 2; version <= 20; version++) {
    const began = Date.now()
    await client.put(table(version))
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 10 - (Date.now() - began))))
  }
  storm = false
  await visiting
  const streamed = stream.bytesRead
  await until(() => stream.bytesRead > streamed)
  expect(requests).toBeGreaterThan(20)
  expect([...ports].filter((port) => port !== undefined).length).toBe(1)
  stream.destroy()
  agent.destroy()
}, 120_000)
