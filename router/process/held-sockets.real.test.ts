import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RouterClient } from '../client.ts'
import { DEFAULT_HEALTH_CHECK } from '../contract/table.ts'
import { Origin } from '../testing/origin.ts'
import { MAIN, Program } from '../testing/program.ts'
import { HOST, service, target, until } from '../testing/rig.ts'
import { Traffic } from '../testing/traffic.ts'
import { visit } from '../testing/visitor.ts'
import { certificateFor } from '../tls/testing/self-signed.ts'
import { bindSocket } from './bound-socket.ts'

const TLS = { mode: 'custom', redirect: false, hstsSeconds: 0 } as const
const ANYWHERE = { host: '127.0.0.1', port: 0 }
/** What systemd does between fork and exec. */
const AS_SYSTEMD = ['sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh', process.execPath, MAIN] as const
const SOCKETS = { LISTEN_FDS: '2', LISTEN_FDNAMES: 'http:https', PAAS_ROUTER_HTTPS_PORT: '0' }
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'router-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true, maxRetries: 5 })
})

describe('with sockets that somebody else holds', () => {
  test.each(['1', '2'])(
    'a router that ends before the next one starts loses nobody, workers: %s',
    { timeout: 120_000 },
    async (workers) => {
      await using app = await Origin.start(
        (request, response) => void request.resume().on('end', () => response.end('hello')),
      )
      const sockets = [bindSocket(ANYWHERE), bindSocket(ANYWHERE)]
      const start = () => Program.start(directory, { ...SOCKETS, PAAS_ROUTER_WORKERS: workers }, AS_SYSTEMD, sockets)
      let program = await start()
      const client = new RouterClient(program.socket)
      const targets = [target(app.port)]
      await client.probe({ service: 'app', targets, healthCheck: DEFAULT_HEALTH_CHECK, deadlineMs: 20_000 })
      await client.put({ version: 1, engineBootId: 'engine', services: [service({ targets, tls: TLS })] })
      await client.putCertificate('app', { service: 'app', ...(await certificateFor([HOST])) })
      const { port, httpsPort } = program
      await using traffic = new Traffic(
        { port, keepAlive: true },
        { port, keepAlive: false },
        { port: httpsPort, keepAlive: true, tls: true, at: 2 },
        { port: httpsPort, keepAlive: false, tls: true, at: 2 },
      )
      for (let count = 0; count < 3; count++) {
        const { succeeded } = traffic
        await until(() => traffic.succeeded > succeeded + 50, 60_000)
        expect(await program.stop()).toBe(0)
        program = await start()
        expect([program.port, program.httpsPort]).toEqual([port, httpsPort])
      }
      const { succeeded } = traffic
      await until(() => traffic.succeeded > succeeded + 50, 60_000)
      await traffic.stop()
      await program[Symbol.asyncDispose]()
      expect(traffic.failures).toEqual([])
    },
  )
})

describe('a router starts and serves', () => {
  test('with 256 descriptors, and goes on when visitors have taken them all', { timeout: 60_000 }, async () => {
    await using app = await Origin.start()
    const limited = ['sh', '-c', 'ulimit -n 256; exec "$@"', 'sh', process.execPath, MAIN] as const
    await using program = await Program.start(directory, {}, limited)
    const client = new RouterClient(program.socket)
    const targets = [target(app.port)]
    await client.put({ version: 1, engineBootId: 'engine', services: [service({ targets })] })
    expect((await visit(program.port)).status).toBe(200)
    const many = Array.from({ length: 300 }, () => connect(program.port, '127.0.0.1').on('error', () => {}))
    await new Promise((resolve) => setTimeout(resolve, 500))
    for (const socket of many) socket.destroy()
    await expect.poll(() => visit(program.port).then(({ status }) => status, String), { timeout: 60_000 }).toBe(200)
    expect((await client.status()).version).toBe(1)
  })

  test('with a certificate that has lost its key, which is left out; the others are served', async () => {
    await using app = await Origin.start()
    const names = [HOST, 'other.test']
    const first = await Program.start(directory, { PAAS_ROUTER_HTTPS_PORT: '0' })
    const client = new RouterClient(first.socket)
    const services = [service({ hosts: names, targets: [target(app.port)], tls: TLS })]
    await client.put({ version: 1, engineBootId: 'engine', services })
    for (const name of names) await client.putCertificate(name, { service: 'app', ...(await certificateFor([name])) })
    await first.stop()
    const broken = join(directory, 'certificates', 'custom', 'other.test.json')
    await chmod(broken, 0o600)
    await writeFile(
      broken,
      '{"schema":1,"name":"other.test","source":"custom","service":"app","issuer":null,"chain":""}',
    )
    await using program = await Program.start(directory, { PAAS_ROUTER_HTTPS_PORT: '0' })
    await using traffic = new Traffic({ port: program.httpsPort, tls: true, keepAlive: false, at: 1 })
    await until(() => traffic.succeeded > 0, 60_000)
    await traffic.stop()
    expect(traffic.failures).toEqual([])
    const { certificates } = await new RouterClient(program.socket).certificates()
    expect(certificates.map(({ name }) => name)).toEqual([HOST])
  })
})

test('a port in use is told as one is used to, with workers too', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  const environment = { PAAS_ROUTER_HTTP_PORT: String(port), PAAS_ROUTER_WORKERS: '2' }
  await expect(Program.start(directory, environment)).rejects.toThrow(/exit 75: .*EADDRINUSE/)
  other.close()
})

test('two workers count as one process does', { timeout: 60_000 }, async () => {
  await using app = await Origin.start((request, response) => {
    response.statusCode = request.url === '/missing' ? 404 : 200
    response.end('12345')
  })
  const counted = []
  for (const workers of ['1', '2']) {
    const own = join(directory, workers)
    await using program = await Program.start(own, { PAAS_ROUTER_WORKERS: workers, PAAS_ROUTER_METRICS_PORT: '0' })
    const client = new RouterClient(program.socket)
    const targets = [target(app.port)]
    await client.probe({ service: 'app', targets, healthCheck: DEFAULT_HEALTH_CHECK, deadlineMs: 20_000 })
    await client.put({ version: 1, engineBootId: 'engine', services: [service({ targets })] })
    await Promise.all(
      Array.from({ length: 30 }, (_, count) => visit(program.port, { path: count % 3 ? '/' : '/missing' })),
    )
    await client.restart()
    await Promise.all(Array.from({ length: 30 }, () => visit(program.port)))
    // Counted when it is over for the router, which may be after its answer has come.
    await expect.poll(async () => answeredIn(await requestsIn(program.metricsPort))).toBe(60)
    counted.push(await requestsIn(program.metricsPort))
  }
  expect(counted[1]).toEqual(counted[0])
})

function answeredIn(lines: string[]): number {
  return lines
    .filter((line) => line.includes('requests_total{'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** Lines of counters that do not depend on time. */
async function requestsIn(port: number): Promise<string[]> {
  const { body } = await visit(port, { path: '/metrics' })
  return body
    .split('\n')
    .filter((line) => /^[a-z_]*(requests|bytes|retries)[a-z_]*\{/.test(line) && !/bucket|seconds/.test(line))
    .sort()
}
