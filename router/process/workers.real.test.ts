import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RouterClient } from '../client.ts'
import { DEFAULT_HEALTH_CHECK, type ServiceSpec } from '../contract/table.ts'
import { Origin } from '../testing/origin.ts'
import { isAlive, Program } from '../testing/program.ts'
import { HOST, service, target, until } from '../testing/rig.ts'
import { Traffic } from '../testing/traffic.ts'
import { visit } from '../testing/visitor.ts'
import { certificateFor } from '../tls/testing/self-signed.ts'

const TLS = { mode: 'custom', redirect: false, hstsSeconds: 0 } as const
const TWO = { PAAS_ROUTER_WORKERS: '2', PAAS_ROUTER_HTTPS_PORT: '0' }
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'router-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true, maxRetries: 5 })
})

async function serving(ports: number[], changes: Partial<ServiceSpec> = {}, environment = TWO): Promise<Program> {
  const program = await Program.start(directory, environment)
  const client = new RouterClient(program.socket)
  const targets = ports.map((port) => target(port))
  await client.probe({ service: 'app', targets, healthCheck: DEFAULT_HEALTH_CHECK, deadlineMs: 20_000 })
  await client.put({ version: 1, engineBootId: 'engine', services: [service({ targets, tls: TLS, ...changes })] })
  await client.putCertificate('app', { service: 'app', ...(await certificateFor([HOST])) })
  return program
}

async function workersOf(client: RouterClient): Promise<number[]> {
  const { processes } = await client.status()
  return processes.filter(({ role }) => role === 'worker').map(({ pid }) => pid)
}

describe('a router with two workers', () => {
  test('serves plain and over TLS by both, and says so', async () => {
    await using app = await Origin.start()
    await using program = await serving([app.port])
    const client = new RouterClient(program.socket)
    const { processes } = await client.status()
    expect(processes.map(({ role }) => role).sort()).toEqual(['primary', 'worker', 'worker'])
    await using traffic = new Traffic(
      { port: program.port, keepAlive: false, at: 8 },
      { port: program.httpsPort, keepAlive: false, tls: true },
    )
    await until(() => traffic.succeeded > 200, 60_000)
    await traffic.stop()
    expect(traffic.failures).toEqual([])
  })

  test('answers a table only when no worker leads to the old targets any more', async () => {
    const named = (name: string) => Origin.start((_request, response) => response.end(name))
    await using one = await named('one')
    await using other = await named('other')
    await using program = await serving([one.port])
    const client = new RouterClient(program.socket)
    let version = 1
    for (let round = 0; round < 20; round++) {
      const [to, from, body] = round % 2 === 0 ? [other, one, 'other'] : [one, other, 'one']
      const targets = [target(to.port)]
      await client.probe({ service: 'app', targets, healthCheck: DEFAULT_HEALTH_CHECK, deadlineMs: 20_000 })
      await client.put({ version: ++version, engineBootId: 'engine', services: [service({ targets, tls: TLS })] })
      const answers = await Promise.all(Array.from({ length: 12 }, () => visit(program.port)))
      expect(new Set(answers.map((answer) => answer.body))).toEqual(new Set([body]))
      expect(await client.drained({ targets: [`i-${from.port}`] })).toMatchObject({ targets: [{ cut: 0 }] })
    }
  })

  test('replaces a worker that is killed: nobody is refused, and only what it was at is lost', async () => {
    await using app = await Origin.start((_request, response) => setTimeout(() => response.end('hello'), 20))
    await using program = await serving([app.port])
    const client = new RouterClient(program.socket)
    const [killed = 0] = await workersOf(client)
    await using traffic = new Traffic({ port: program.port, keepAlive: false, at: 8 })
    await until(() => traffic.succeeded > 50, 60_000)
    process.kill(killed, 'SIGKILL')
    const others = async () => (await workersOf(client)).filter((pid) => pid !== killed).length
    await expect.poll(others, { timeout: 30_000 }).toBe(2)
    const succeeded = traffic.succeeded
    await until(() => traffic.succeeded > succeeded + 50, 60_000)
    await traffic.stop()
    expect(traffic.failures.length).toBeLessThanOrEqual(8)
    for (const failure of traffic.failures) expect(failure).toMatch(/ECONNRESET|EPIPE|socket hang up/)
    expect(await workersOf(client)).not.toContain(killed)
  })

  test('kills one that hangs, so that a table is in force in bounded time', async () => {
    await using app = await Origin.start()
    await using program = await serving([app.port])
    const client = new RouterClient(program.socket)
    const [hung = 0] = await workersOf(client)
    process.kill(hung, 'SIGSTOP')
    const answer = await client.put({ version: 2, engineBootId: 'engine', services: [service({ maintenance: true })] })
    expect(answer.appliedMs).toBeLessThan(5_000)
    await expect.poll(() => isAlive(hung)).toBe(false)
    await expect.poll(async () => (await workersOf(client)).length, { timeout: 30_000 }).toBe(2)
    for (let count = 0; count < 10; count++) expect((await visit(program.port)).status).toBe(503)
  })

  test('pauses, resumes and counts in all of them', async () => {
    await using app = await Origin.start()
    await using program = await serving([app.port])
    const client = new RouterClient(program.socket)
    await client.pause('app', 20_000)
    const held = Array.from({ length: 12 }, () => visit(program.port))
    await expect.poll(() => new Set(held).size).toBe(12)
    expect(app.requests.length).toBe(0)
    await client.resume('app')
    for (const answer of await Promise.all(held)) expect(answer.status).toBe(200)
  })

  test('learns from one what all should know: a target that is gone, and that it is back', async () => {
    await using app = await Origin.start()
    const gone = await Origin.start()
    await using program = await serving([app.port, gone.port])
    const client = new RouterClient(program.socket)
    await gone[Symbol.asyncDispose]()
    for (let count = 0; count < 10; count++) expect((await visit(program.port)).status).toBe(200)
    const state = async () => (await client.status()).services[0]?.targets.map(({ state }) => state)
    await expect.poll(state).toEqual(['healthy', 'unhealthy'])
  })

  test('resumes a session at the other worker, and after a restart', async () => {
    await using app = await Origin.start()
    await using program = await serving([app.port])
    const client = new RouterClient(program.socket)
    const first = await shakeHands(program.httpsPort)
    for (let count = 0; count < 8; count++) {
      expect(await shakeHands(program.httpsPort, first.ticket)).toMatchObject({ resumed: true })
    }
    await client.restart()
    for (let count = 0; count < 4; count++) {
      expect(await shakeHands(program.httpsPort, first.ticket)).toMatchObject({ resumed: true })
    }
  })

  test('is restarted under load without a failed request, and ends with its workers', {
    timeout: 120_000,
  }, async () => {
    await using app = await Origin.start(
      (request, response) => void request.resume().on('end', () => response.end('hello')),
    )
    await using program = await serving([app.port])
    const client = new RouterClient(program.socket)
    await using traffic = new Traffic(
      { port: program.port, keepAlive: true },
      { port: program.port, keepAlive: false },
      { port: program.httpsPort, keepAlive: true, tls: true, at: 2 },
    )
    for (let count = 0; count < 4; count++) await client.restart()
    await traffic.stop()
    expect(traffic.failures).toEqual([])
    await expect.poll(async () => (await client.status()).processes.length, { timeout: 30_000 }).toBe(3)
    const workers = await workersOf(client)
    expect(await program.stop()).toBe(0)
    await until(() => workers.every((pid) => !isAlive(pid)))
  })

  test('goes with its primary, so that the next one finds the ports free', async () => {
    await using app = await Origin.start()
    const program = await serving([app.port])
    const { port } = program
    const workers = await workersOf(new RouterClient(program.socket))
    await program.stop('SIGKILL')
    await until(() => workers.every((pid) => !isAlive(pid)))
    await using next = await Program.start(directory, { ...TWO, PAAS_ROUTER_HTTP_PORT: String(port) })
    expect(next.port).toBe(port)
    expect((await visit(port)).status).toBe(200)
  })
})

async function shakeHands(port: number, session?: Buffer): Promise<{ resumed: boolean; ticket: Buffer | undefined }> {
  const options = { host: '127.0.0.1', port, servername: HOST, rejectUnauthorized: false }
  const socket = connect({ ...options, ...(session ? { session } : {}) })
  let ticket: Buffer | undefined
  let resumed = false
  socket.on('secureConnect', () => {
    resumed = socket.isSessionReused()
  })
  socket.on('session', (news) => {
    ticket = news
  })
  socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`)
  socket.on('error', () => {}).resume()
  await new Promise((resolve) => socket.once('close', resolve))
  return { resumed, ticket }
}
