import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from '../../log.ts'
import { isAlive } from '../../testing/program.ts'
import { CertificateStore } from '../store.ts'
import { Edge } from '../testing/edge.ts'
import { FakeIssuer } from '../testing/fake-issuer.ts'

const HOST = '127.0.0.1'
const MINUTE_MS = 60_000
const patient = { timeout: 30_000, interval: 10 }

let edge: Edge
let fake: FakeIssuer
beforeEach(async () => {
  edge = await Edge.start({ apart: true })
  fake = await FakeIssuer.start()
})
afterEach(async () => {
  await edge[Symbol.asyncDispose]()
  await fake[Symbol.asyncDispose]()
})

test('the process that orders is there while it is needed, and no longer', async () => {
  expect(edge.issuing?.pid).toBe(null)
  edge.serve([HOST], { issuers: [fake.issuer()] })
  await expect.poll(() => fake.count('newOrder'), patient).toBe(1)
  const pid = edge.issuing?.pid ?? 0
  expect(isAlive(pid)).toBe(true)
  await edge.until(HOST, 'issued')
  await expect.poll(() => [edge.issuing?.pid, isAlive(pid)], patient).toEqual([null, false])
})

test.each([
  ['newAccount', 1],
  ['newOrder', 2],
  ['authz', 1],
  ['challenge', 1],
  ['finalize', 1],
  ['order', 1],
  ['cert', 1],
])(
  'killed while the issuer is asked for %s, it is started again and goes on with the same order',
  async (endpoint, orders) => {
    fake.next(endpoint, () => {})
    edge.serve([HOST], { issuers: [fake.issuer()] })
    await expect.poll(() => fake.count(endpoint), patient).toBe(1)
    process.kill(edge.issuing?.pid ?? 0, 'SIGKILL')
    expect((await edge.until(HOST, 'failed')).reason).toMatch(/has ended \(SIGKILL\); the next try goes on from there/)
    expect(fakeFiles()).toBe(0)
    edge.clock.advance(MINUTE_MS)
    await edge.until(HOST, 'issued')
    // The first of two had its answer lost: no client can know of it.
    expect(fake.count('newOrder')).toBe(orders)
    const store = new CertificateStore(
      join(edge.directory, 'certificates'),
      createLog('error', () => {}),
    )
    expect((await store.load('auto', HOST))?.certificate.names).toEqual([HOST])
    await expect.poll(() => readdir(join(edge.directory, 'orders'))).toEqual([])
  },
)

test('what its issuer refuses arrives in the same words as it would without it', async () => {
  const { problem } = await import('../testing/fake-issuer.ts')
  fake.next('newOrder', problem(429, 'rateLimited', 'too many', { 'retry-after': '7200' }))
  edge.serve([HOST], { issuers: [fake.issuer()] })
  const { reason, nextTryAt } = await edge.until(HOST, 'failed')
  expect(reason).toBe('Fake asks us to slow down (rate limit): too many')
  expect((Date.parse(nextTryAt ?? '') - edge.clock.now()) / MINUTE_MS).toBeCloseTo(120, 0)
})

test('a router that stops takes it along, in the middle of an order', async () => {
  fake.next('authz', () => {})
  edge.serve([HOST], { issuers: [fake.issuer()] })
  await expect.poll(() => fake.count('authz'), patient).toBe(1)
  const pid = edge.issuing?.pid ?? 0
  const stopping = edge.tls[Symbol.asyncDispose]()
  await fake[Symbol.asyncDispose]()
  await stopping
  await expect.poll(() => isAlive(pid)).toBe(false)
})

function fakeFiles(): number {
  const path = '/.well-known/acme-challenge/token-0'
  const asked = { secure: false, method: 'GET', host: HOST, authority: HOST, path }
  return edge.tls.find(asked)?.status === 200 ? 1 : 0
}
