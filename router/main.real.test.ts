import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { RouterClient, RouterRefused, RouterUnavailable } from './client.ts'
import { DEFAULT_HEALTH_CHECK, type RouterTable, type TargetSpec } from './contract/table.ts'
import { Origin } from './testing/origin.ts'
import { Program } from './testing/program.ts'
import { HOST, service, target, until } from './testing/rig.ts'
import { keepAlive, visit } from './testing/visitor.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'router-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true, maxRetries: 5 })
})

function table(version: number, targets: TargetSpec[]): RouterTable {
  return { version, engineBootId: 'engine', services: [service({ targets })] }
}

async function serve(program: Program, version: number, targets: TargetSpec[]): Promise<RouterClient> {
  const client = new RouterClient(program.socket)
  const probe = { service: 'app', targets, healthCheck: DEFAULT_HEALTH_CHECK, deadlineMs: 20_000 }
  expect(await client.probe(probe)).toMatchObject({ healthy: true })
  await client.put(table(version, targets))
  return client
}

describe('the control socket', () => {
  test('serves the whole contract to its client', async () => {
    await using app = await Origin.start()
    await using program = await Program.start(directory)
    const client = await serve(program, 7, [target(app.port)])
    expect((await stat(program.socket)).mode & 0o777).toBe(0o600)
    const stop = new AbortController()
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of client.events(stop.signal)) {
        seen.push(event.type)
        if (event.type === 'connected') {
          expect(event.status.version).toBe(7)
          void visit(program.port)
        }
        if (event.type === 'request') stop.abort()
      }
    })()
    await reading
    expect(seen).toEqual(['connected', 'request'])
    await client.pause('app', 5_000)
    expect((await client.status()).services[0]).toMatchObject({ name: 'app', paused: true })
    await client.resume('app')
    await client.put(table(8, []))
    expect(await client.drained({ targets: [`i-${app.port}`] })).toEqual({ targets: [{ id: `i-${app.port}`, cut: 0 }] })
    const refused = await client.put(table(3, [])).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(RouterRefused)
    expect(refused).toMatchObject({ problem: { status: 409, code: 'table.older' } })
    await expect(client.pause('nobody', 1)).rejects.toThrow('no service "nobody"')
    await expect(client.put({ ...table(9, []), version: -1 })).rejects.toThrow('table.version')
  })

  test('tells what is wrong with a target that does not become healthy', async () => {
    const gone = await Origin.start()
    await gone[Symbol.asyncDispose]()
    await using program = await Program.start(directory)
    const client = new RouterClient(program.socket)
    const probe = { service: 'app', targets: [target(gone.port)], healthCheck: DEFAULT_HEALTH_CHECK, deadlineMs: 1_500 }
    const answer = await client.probe(probe)
    expect(answer.targets[0]).toMatchObject({ healthy: false, lastError: 'connection refused' })
    const left = client.probe({ ...probe, deadlineMs: 60_000 }, AbortSignal.timeout(30))
    await expect(left).rejects.toThrow()
  })

  test('that is not there is RouterUnavailable, and events connect again when it is back', async () => {
    const client = new RouterClient(join(directory, 'control.sock'))
    await expect(client.status()).rejects.toBeInstanceOf(RouterUnavailable)
    const stop = new AbortController()
    const connections: number[] = []
    let program = await Program.start(directory)
    for await (const event of client.events(stop.signal)) {
      if (event.type !== 'connected') continue
      connections.push(event.status.version)
      if (connections.length === 2) break
      await client.put(table(5, []))
      await program.stop('SIGKILL')
      program = await Program.start(directory)
    }
    expect(connections).toEqual([0, 5])
    await program.stop()
  })
})

describe('a restart', () => {
  test('after SIGKILL serves the saved table at once', async () => {
    await using app = await Origin.start()
    const first = await Program.start(directory)
    await serve(first, 1, [target(app.port)])
    await first.stop('SIGKILL')
    await using second = await Program.start(directory)
    expect((await visit(second.port)).status).toBe(200)
  })

  test('of the process that reads its log does not touch it', async () => {
    await using program = await Program.start(directory, { PAAS_ROUTER_LOG_LEVEL: 'info' })
    program.child.stdout?.destroy()
    program.child.stderr?.destroy()
    const client = new RouterClient(program.socket)
    for (let version = 1; version <= 5; version++) await client.put(table(version, []))
    expect((await client.status()).version).toBe(5)
  })

  test('replaces a socket file left behind, and leaves a living router alone', async () => {
    const left = createServer().listen(join(directory, 'control.sock'))
    await once(left, 'listening')
    await expect(Program.start(directory)).rejects.toThrow(/Another router is already answering/)
    await new Promise((resolve) => left.close(resolve))
    await writeFile(join(directory, 'control.sock'), '')
    await using program = await Program.start(directory)
    expect((await new RouterClient(program.socket).status()).version).toBe(0)
  })

  test('by SIGTERM finishes what is under way, says so to kept connections, closes WebSockets with 1012 and exits 0', async () => {
    let finish = () => {}
    await using app = await Origin.start((incoming, response) => {
      if (incoming.url !== '/slow') return void response.end('done')
      finish = () => response.end('done')
    })
    const sockets = new WebSocketServer({ server: app.server })
    await using program = await Program.start(directory)
    await serve(program, 1, [target(app.port)])
    const agent = keepAlive()
    await visit(program.port, { agent })
    const ws = new WebSocket(`ws://127.0.0.1:${program.port}/`, { headers: { host: HOST } })
    await once(ws, 'open')
    const closed = once(ws, 'close')
    const slow = visit(program.port, { path: '/slow', agent: keepAlive() })
    await until(() => app.requests.some(({ url }) => url === '/slow'))
    const exit = program.stop()
    expect((await closed)[0]).toBe(1012)
    expect((await visit(program.port, { agent })).headers.connection).toBe('close')
    finish()
    expect((await slow).body).toBe('done')
    expect(await exit).toBe(0)
    await expect(stat(program.socket)).rejects.toThrow(/ENOENT/)
    sockets.close()
  })
})

test('a wrong environment and a port in use end the start with words', async () => {
  await expect(Program.start(directory, { PAAS_ROUTER_HTTP_PORT: 'http' })).rejects.toThrow(
    /exit 78: .*PAAS_ROUTER_HTTP_PORT/,
  )
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  await expect(Program.start(directory, { PAAS_ROUTER_HTTP_PORT: String(port) })).rejects.toThrow(
    /exit 75: .*EADDRINUSE/,
  )
  other.close()
})

test('160 MB go up and come back through a slow reader, and memory does not follow', async () => {
  await using app = await Origin.start((incoming, response) => void incoming.pipe(response))
  await using program = await Program.start(directory)
  await serve(program, 1, [target(app.port)])
  const chunk = Buffer.alloc(1_048_576, 'x')
  const before = program.rssMb
  let highest = 0
  let received = 0
  const headers = { host: HOST }
  const outgoing = request({ host: '127.0.0.1', port: program.port, method: 'POST', agent: false, headers })
  const feeding = (async () => {
    for (let count = 0; count < 160; count++) if (!outgoing.write(chunk)) await once(outgoing, 'drain')
    outgoing.end()
  })()
  const [response] = await once(outgoing, 'response')
  let parts = 0
  for await (const part of response) {
    received += part.length
    if (++parts % 20 > 0) continue
    await new Promise((resolve) => setTimeout(resolve, 1))
    highest = Math.max(highest, program.rssMb)
  }
  await feeding
  expect(received).toBe(160 * chunk.length)
  // What is left is garbage that the collector has not come round to: it stays the same for any size.
  expect(highest - before).toBeLessThan(110)
})
