import { describe, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { Accounts } from './issuer/account.ts'
import { certificateId, renewalInfo } from './issuer/renewal-info.ts'
import { CertificateStore } from './store.ts'
import { Edge } from './testing/edge.ts'
import { Pebble, type PebbleOptions } from './testing/pebble.ts'
import { newerPebblePrograms, pebblePrograms } from './testing/pebble-programs.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const HOST = 'shop.example.test'
/** Pebble has its clients wait for eight seconds in between. */
const PATIENT = { timeout: 60_000 }
const newer = await newerPebblePrograms()
if (!newer) process.stderr.write('SKIPPED: ARI against a real issuer, for Debian’s newer suite cannot be reached.\n')

async function withIssuer(options: Partial<PebbleOptions>, use: (edge: Edge, pebble: Pebble) => Promise<void>) {
  await using edge = await Edge.start({ apart: true })
  await using pebble = await Pebble.start({ httpPort: edge.httpPort, tlsPort: edge.httpsPort, ...options })
  await use(edge, pebble)
}

/** Lets time pass wherever the next try is waited for. Resolves with how often that was. */
async function untilIssued(edge: Edge): Promise<number> {
  for (let failures = 0; ; ) {
    const status = edge.status(HOST)
    if (status?.state === 'issued') return failures
    if (status?.state === 'failed' && status.nextTryAt) {
      expect(status.reason).toMatch(/badNonce/)
      failures += 1
      edge.clock.advance(Date.parse(status.nextTryAt) - edge.clock.now())
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe.skipIf(!(await pebblePrograms()))('a real issuer', () => {
  test.each([5, 90])('that refuses %s of 100 good nonces is asked until it has issued', async (badNoncePercent) => {
    await withIssuer({ badNoncePercent }, async (edge, pebble) => {
      edge.serve([HOST], { issuers: [pebble.issuer], resolvers: [pebble.resolver] })
      const failures = await untilIssued(edge)
      if (badNoncePercent === 5) expect(failures).toBe(0)
      expect((await edge.shakeHands(HOST, { ca: await pebble.root() })).certificate.subjectaltname).toBe(`DNS:${HOST}`)
    })
  })

  test('that takes its time, and names it in Retry-After, is waited for', async () => {
    await withIssuer({ lookSeconds: 2, retryAfterSeconds: 1 }, async (edge, pebble) => {
      edge.serve([HOST], { issuers: [pebble.issuer], resolvers: [pebble.resolver] })
      // Up to two seconds by chance, and the answer that it is not ready yet asks for another one.
      await edge.until(HOST, 'issued')
    })
  })

  test('that wants accounts to be bound says so to a stranger, and issues to one that it knows', async () => {
    const hmacKey = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA'
    await withIssuer({ boundAccounts: { 'kid-1': hmacKey } }, async (edge, pebble) => {
      const resolvers = [pebble.resolver]
      edge.serve([HOST], { issuers: [pebble.issuer], resolvers })
      expect((await edge.until(HOST, 'failed')).reason).toMatch(/asks for an external account binding/)
      edge.serve([HOST], { issuers: [{ ...pebble.issuer, eab: { keyId: 'kid-1', hmacKey } }], resolvers })
      await edge.until(HOST, 'issued')
    })
  })

  test('with two intermediates and other roots to choose from gets its whole chain served', async () => {
    await withIssuer({ chainLength: 2, alternateRoots: 2 }, async (edge, pebble) => {
      edge.serve([HOST], { issuers: [pebble.issuer], resolvers: [pebble.resolver] })
      await edge.until(HOST, 'issued')
      expect((await edge.shakeHands(HOST, { ca: await pebble.root() })).certificate.subjectaltname).toBe(`DNS:${HOST}`)
    })
  })
})

describe.skipIf(!newer)('a real issuer that says when to renew (RFC 9773)', () => {
  test('has its window kept, and hears which certificate the new one follows', async () => {
    await withIssuer({ programs: newer as string }, async (edge, pebble) => {
      edge.serve([HOST], { issuers: [pebble.issuer], resolvers: [pebble.resolver] })
      await edge.until(HOST, 'issued')
      const log = createLog('error', () => {})
      const store = new CertificateStore(`${edge.directory}/certificates`, log)
      const first = (await store.load('auto', HOST))?.certificate
      if (!first) throw new Error('no certificate')
      const accounts = new Accounts(`${edge.directory}/issuers`, log)
      const session = await accounts.session(pebble.issuer, null)
      const info = await renewalInfo(session, first.chain)
      if (!info) throw new Error('the issuer has no opinion')
      expect(info.window.start).toBeGreaterThan(Date.now() + 30 * DAY_MS)
      expect(info.window.end).toBeLessThan(first.notAfter)
      edge.clock.advance(MINUTE_MS)
      await expect.poll(() => dueAt(edge)).toBeGreaterThanOrEqual(info.window.start)
      expect(dueAt(edge)).toBeLessThanOrEqual(info.window.end)
      edge.clock.advance(info.window.end - edge.clock.now())
      await expect.poll(async () => (await store.load('auto', HOST))?.certificate.chain, PATIENT).not.toBe(first.chain)
      // By refusing a second one it shows that it heard of the first.
      const another = { identifiers: [{ type: 'dns', value: HOST }], replaces: certificateId(first.leaf) }
      const { newOrder } = await session.directory()
      await expect(session.post(newOrder, another, [201])).rejects.toThrow(/already has a replacement order/)
      await accounts.close()
    })
  })
})

function dueAt(edge: Edge): number {
  return Date.parse(edge.status(HOST)?.nextTryAt ?? '')
}
