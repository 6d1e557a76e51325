import { once } from 'node:events'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { RouterClient } from '../client.ts'
import { DEFAULT_HEALTH_CHECK, type ServiceSpec } from '../contract/table.ts'
import { Origin } from '../testing/origin.ts'
import { isAlive, MAIN, Program } from '../testing/program.ts'
import { HOST, service, target, until } from '../testing/rig.ts'
import { Traffic } from '../testing/traffic.ts'
import { visit } from '../testing/visitor.ts'
import { certificateFor } from '../tls/testing/self-signed.ts'

const TLS = { mode: 'custom', redirect: false, hstsSeconds: 0 } as const
const RESTARTS = 16
/** Asks as a successor does, and ends when it has the answer. */
const DIES_LATE = `
  process.on('message', () => process.exit(3))
  process.send({ verb: 'takeOver', body: null, id: 1 })
`
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'router-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true, maxRetries: 5 })
})

/** A router with both ports in front of these apps. */
async function serving(
  ports: number[],
  changes: Partial<ServiceSpec> = {},
  environment: Record<string, string> = {},
  command?: [string, ...string[]],
): Promise<Program> {
  const program = await Program.start(directory, { PAAS_ROUTER_HTTPS_PORT: '0', ...environment }, command)
  const client = new RouterClient(program.socket)
  const targets = ports.map((port) => target(port))
  await client.probe({ service: 'app', targets, healthCheck: DEFAULT_HEALTH_CHECK, deadlineMs: 20_000 })
  await client.put({ version: 1, engineBootId: 'engine', services: [service({ targets, tls: TLS, ...changes })] })
  await client.putCertificate('app', { service: 'app', ...(await certificateFor([HOST])) })
  return program
}

function everyWay({ port, httpsPort }: Program): Traffic {
  return new Traffic(
    ...[true, false].flatMap((keepAlive) => [
      { port, keepAlive },
      { port: httpsPort, keepAlive, tls: true, at: 2 },
    ]),
    { port: httpsPort, keepAlive: true, http2: true },
  )
}

describe('a hot restart', () => {
  test('16 times in a row loses no request, on fresh and kept connections, plain and over TLS, and over HTTP/2', {
    timeout: 180_000,
  }, async () => {
    await using app = await Origin.start(
      (request, response) => void request.resume().on('end', () => response.end('hello')),
    )
    await using program = await serving([app.port])
    const client = new RouterClient(program.socket)
    await using traffic = everyWay(program)
    for (let count = 0; count < RESTARTS; count++) {
      const { pid } = await client.restart()
      expect((await client.status()).processes[0]).toMatchObject({ pid, role: 'primary' })
    }
    const left = async () => (await client.status()).processes.length
    // What each generation leaves behind is gone 2.5 s after it was followed.
    await expect.poll(left).toBeLessThan(RESTARTS)
    await until(() => program.generations.length === RESTARTS + 1)
    await traffic.stop()
    expect(traffic.failures).toEqual([])
    expect(traffic.succeeded).toBeGreaterThan(RESTARTS * 10)
    expect(traffic.goneAway).toBeGreaterThanOrEqual(RESTARTS / 2)
    await expect.poll(left).toBe(1)
    await until(() => program.generations.slice(0, -1).every(({ pid }) => !isAlive(pid)))
  })

  test('hands on the table, the health of targets, what is paused, what was probed, and session tickets', async () => {
    await using app = await Origin.start()
    await using other = await Origin.start()
    await using program = await serving([app.port])
    const client = new RouterClient(program.socket)
    const probed = {
      service: 'app',
      targets: [target(other.port)],
      healthCheck: DEFAULT_HEALTH_CHECK,
      deadlineMs: 20_000,
    }
    expect((await client.probe(probed)).healthy).toBe(true)
    await client.pause('app', 20_000)
    const held = visit(program.port)
    await client.restart()
    const [state] = (await client.status()).services
    expect(state).toMatchObject({ paused: true, targets: [{ id: `i-${app.port}`, state: 'healthy' }] })
    const heldToo = visit(program.port)
    await client.resume('app')
    expect([(await held).status, (await heldToo).status]).toEqual([200, 200])
    const targets = [target(other.port)]
    await client.put({ version: 2, engineBootId: 'engine', services: [service({ targets })] })
    expect((await client.status()).services[0]?.targets[0]?.state).toBe('healthy')
  })

  test('lets WebSockets and requests under way go on in the process they came to, which the next one asks about', async () => {
    let finish = () => {}
    await using app = await Origin.start((request, response) => {
      if (request.url !== '/slow') return void response.end('hello')
      response.write('begun')
      finish = () => response.end('-done')
    })
    const sockets = new WebSocketServer({ server: app.server })
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${data}`)))
    await using program = await serving([app.port])
    const client = new RouterClient(program.socket)
    const ws = new WebSocket(`ws://127.0.0.1:${program.port}/`, { headers: { host: HOST } })
    await once(ws, 'open')
    const slow = visit(program.port, { path: '/slow' })
    await until(() => app.requests.some(({ url }) => url === '/slow'))
    const first = program.pid
    await client.restart()
    await client.restart()
    ws.send('still there')
    expect(String((await once(ws, 'message'))[0])).toBe('echo still there')
    const id = `i-${app.port}`
    const { services, processes } = await client.status()
    expect(services[0]?.targets).toMatchObject([{ id, inFlight: 2 }])
    expect(processes.find(({ pid }) => pid === first)).toMatchObject({ role: 'leaving', connections: 2 })
    await client.put({ version: 2, engineBootId: 'engine', services: [service()] })
    const drained = client.drained({ targets: [id] })
    expect(await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, 200, 'waits'))])).toBe('waits')
    finish()
    expect((await slow).body).toBe('begun-done')
    ws.close()
    expect(await drained).toEqual({ targets: [{ id, cut: 0 }] })
    sockets.close()
  })

  test('is not seen by readers of events: each request is there once', async () => {
    await using app = await Origin.start()
    await using program = await serving([app.port])
    const client = new RouterClient(program.socket)
    const stop = new AbortController()
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of client.events(stop.signal)) if (event.type === 'request') seen.push(event.path)
    })()
    const numbered = () => seen.filter((path) => path !== '/')
    await expect
      .poll(async () => {
        await visit(program.port)
        return seen.length
      })
      .toBeGreaterThan(0)
    let asked = 0
    let done = false
    const asking = (async () => {
      for (; !done; asked++) await visit(program.port, { path: `/${asked}` })
    })()
    for (let count = 0; count < 3; count++) await client.restart()
    done = true
    await asking
    await until(() => numbered().length >= asked)
    const wanted = Array.from({ length: asked }, (_, index) => `/${index}`)
    expect(numbered().sort()).toEqual(wanted.sort())
    stop.abort()
    await reading
  })

  test.each([
    ['cannot be read', 'this is no program', /it ended with 1 at its start/],
    ['refuses its environment', "process.send({ verb: 'failed', body: 'no such port' })", /no such port/],
    ['dies after it was told how things stand', DIES_LATE, /it ended with 3 at its start/],
  ])('to code that %s leaves the old process serving, and says why', async (_what, code, why) => {
    await cp(dirname(MAIN), join(directory, 'router'), { recursive: true })
    await writeFile(join(directory, 'package.json'), '{"type":"module"}')
    const main = join(directory, 'router', 'main.ts')
    await using app = await Origin.start()
    await using program = await serving([app.port], {}, {}, [process.execPath, main])
    const client = new RouterClient(program.socket)
    await using traffic = everyWay(program)
    await writeFile(main, code)
    const refused = await client.restart().catch((error: unknown) => error)
    expect(refused).toMatchObject({
      problem: { status: 500, code: 'restart.failed', detail: expect.stringMatching(why) },
    })
    await expect.poll(() => program.log).toMatch(/router.not-followed/)
    expect((await client.status()).processes).toMatchObject([{ pid: program.pid, role: 'primary' }])
    const targets = [target(app.port)]
    await client.put({ version: 2, engineBootId: 'engine', services: [service({ targets, tls: TLS })] })
    await traffic.stop()
    expect(traffic.failures).toEqual([])
    await cp(MAIN, main)
    await client.restart()
    expect((await visit(program.port)).status).toBe(200)
  })

  test('is refused while another one is under way; SIGUSR2 does the same as the call', async () => {
    await using app = await Origin.start()
    await using program = await serving([app.port])
    const client = new RouterClient(program.socket)
    const both = await Promise.allSettled([client.restart(), client.restart()])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { problem: { status: 409, code: 'restart.under-way' } },
    })
    await until(() => program.generations.length === 2)
    const { pid } = program
    process.kill(pid, 'SIGUSR2')
    await until(() => program.generations.length === 3)
    await expect.poll(async () => (await client.status()).processes[0]?.pid).toBe(program.pid)
    expect(program.pid).not.toBe(pid)
  })
})
