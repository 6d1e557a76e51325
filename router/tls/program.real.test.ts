import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RouterClient } from '../client.ts'
import type { RouterTable } from '../contract/table.ts'
import { Origin } from '../testing/origin.ts'
import { Program } from '../testing/program.ts'
import { service, target } from '../testing/rig.ts'
import { closed, visit } from '../testing/visitor.ts'
import { AUTO } from './testing/edge.ts'
import { FakeIssuer } from './testing/fake-issuer.ts'
import { certificateFor } from './testing/self-signed.ts'
import { NO_ACME } from './upkeep.ts'

const HOST = 'shop.example.test'
const HTTPS = { PAAS_ROUTER_HTTPS_PORT: '0' }
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'router-'))
})
afterEach(() => rm(directory, { recursive: true, maxRetries: 5 }))

/** One request over TLS, and everything that comes back. */
async function ask(port: number, servername: string, host = servername): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })
  let text = ''
  socket.setEncoding('latin1').on('data', (part) => {
    text += part
  })
  socket.write(`GET /path HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  await closed(socket)
  return text
}

test('requests over TLS reach the app, which hears that they were; names that differ get 421', async () => {
  await using app = await Origin.start()
  await using program = await Program.start(directory, HTTPS)
  const client = new RouterClient(program.socket)
  const tls = { mode: 'custom', redirect: true, hstsSeconds: 3_600 } as const
  const services = [service({ hosts: [HOST, 'other.example.test'], targets: [target(app.port)], tls })]
  await client.put({ version: 1, engineBootId: 'engine', services })
  expect((await visit(program.port, { host: HOST })).status).toBe(200)
  const pair = { service: 'app', ...(await certificateFor([HOST])) }
  expect(await client.putCertificate('shop', pair)).toMatchObject({ name: 'shop', names: [HOST] })
  const answer = await ask(program.httpsPort, HOST)
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(answer).toMatch(/\r\nStrict-Transport-Security: max-age=3600\r\n/)
  expect(app.requests.at(-1)?.headers).toMatchObject({ 'x-forwarded-proto': 'https', host: HOST })
  expect(await ask(program.httpsPort, HOST, 'other.example.test')).toMatch(/^HTTP\/1\.1 421 /)
  const plain = await visit(program.port, { host: HOST, path: '/path', method: 'POST' })
  expect([plain.status, plain.headers.location]).toEqual([308, `https://${HOST}:${program.httpsPort}/path`])
  expect(plain.headers['strict-transport-security']).toBeUndefined()
  expect((await client.certificates()).certificates).toMatchObject([
    { name: 'shop', source: 'custom', state: 'issued' },
  ])
  await expect(client.putCertificate('bad', { ...pair, key: 'x' })).rejects.toThrow('The key cannot be read')
  await client.removeCertificate('shop')
  await expect(client.removeCertificate('shop')).rejects.toThrow('no certificate "shop"')
})

test.each(['newOrder', 'authz', 'finalize', 'cert'])(
  'a router that is killed while the issuer is asked for %s goes on with that order, and no server is needed',
  async (endpoint) => {
    await using issuer = await FakeIssuer.start()
    issuer.always(endpoint, () => {})
    const services = [service({ hosts: ['127.0.0.1'], tls: AUTO })]
    const table: RouterTable = {
      version: 1,
      engineBootId: 'engine',
      services,
      acme: { ...NO_ACME, issuers: [issuer.issuer()] },
    }
    const first = await Program.start(directory, HTTPS)
    await new RouterClient(first.socket).put(table)
    await expect.poll(() => issuer.count(endpoint), { timeout: 30_000, interval: 10 }).toBeGreaterThan(0)
    await first.stop('SIGKILL')
    issuer.always(endpoint, null)
    await using second = await Program.start(directory, HTTPS)
    const client = new RouterClient(second.socket)
    const state = async () => (await client.certificates()).certificates[0]?.state
    await expect.poll(state, { timeout: 60_000 }).toBe('issued')
    // Of an order whose answer was lost no client can know.
    expect([issuer.count('newAccount'), issuer.count('newOrder')]).toEqual([1, endpoint === 'newOrder' ? 2 : 1])
    const served = () => ask(second.httpsPort, '', '127.0.0.1').catch(() => '')
    await expect.poll(served).toMatch(/^HTTP\/1\.1 503 /)
  },
)

test('a router without a TLS port says so', async () => {
  await using program = await Program.start(directory)
  const client = new RouterClient(program.socket)
  expect((await client.certificates()).certificates).toEqual([])
  await expect(client.checkDomains([HOST])).rejects.toThrow('serves plain HTTP alone')
})
