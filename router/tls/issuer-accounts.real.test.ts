import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AcmeIssuer } from '../contract/certificate.ts'
import { Edge } from './testing/edge.ts'
import { FakeIssuer, problem } from './testing/fake-issuer.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

let edge: Edge
let fake: FakeIssuer
beforeEach(async () => {
  edge = await Edge.start()
  fake = await FakeIssuer.start()
})
afterEach(async () => {
  await edge[Symbol.asyncDispose]()
  await fake[Symbol.asyncDispose]()
})

/** Hosts are addresses here, so that no DNS is asked. */
const HOST = '127.0.0.1'
const serve = (...issuers: AcmeIssuer[]) => edge.serve([HOST], { issuers: issuers.length ? issuers : [fake.issuer()] })

describe('the account', () => {
  test('is bound to the one that the issuer knows, by its key id', async () => {
    serve(fake.issuer({ eab: { keyId: 'kid-1', hmacKey: 'c2VjcmV0' } }))
    await edge.until(HOST, 'issued')
    const [binding] = fake.payloads.flatMap(
      (payload) => (payload['externalAccountBinding'] as { protected: string }) ?? [],
    )
    expect(JSON.parse(String(Buffer.from(binding?.protected ?? '', 'base64url')))).toMatchObject({
      alg: 'HS256',
      kid: 'kid-1',
    })
  })

  test('that the issuer has lost is registered again with the same key', async () => {
    fake.next('newOrder', problem(400, 'accountDoesNotExist', 'who?'))
    serve()
    expect((await edge.until(HOST, 'failed')).reason).toBe('Fake refused: it does not know our account: who?')
    const path = join(edge.directory, 'issuers', `${encodeURIComponent(fake.issuer().directoryUrl)}.json`)
    const { key } = JSON.parse(await readFile(path, 'utf8'))
    edge.clock.advance(MINUTE_MS)
    await edge.until(HOST, 'issued')
    expect(JSON.parse(await readFile(path, 'utf8')).key).toBe(key)
    expect(fake.count('newAccount')).toBe(2)
  })

  test('that has been deactivated says so, and is not replaced behind anyone’s back', async () => {
    fake.always('newOrder', problem(401, 'unauthorized', 'account is deactivated'))
    serve()
    expect((await edge.until(HOST, 'failed')).reason).toMatch(/our account may not order \(deactivated\?\): account is/)
    for (let hours = 0; hours < 24; hours++) {
      edge.clock.advance(60 * MINUTE_MS)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(fake.count('newOrder')).toBeLessThanOrEqual(5)
    expect(fake.count('newAccount')).toBe(1)
  })

  test('whose key file is damaged is made anew, once', async () => {
    serve()
    await edge.until(HOST, 'issued')
    const path = join(edge.directory, 'issuers', `${encodeURIComponent(fake.issuer().directoryUrl)}.json`)
    await writeFile(path, '{"key":')
    await edge.stop()
    edge = await Edge.start({ directory: edge.directory })
    serve()
    await edge.until(HOST, 'issued')
    edge.clock.advance(61 * DAY_MS)
    await expect.poll(() => fake.count('cert')).toBe(2)
    await edge.until(HOST, 'issued')
    expect(fake.count('newAccount')).toBe(2)
    expect(JSON.parse(await readFile(path, 'utf8')).key).toMatch(/PRIVATE KEY/)
  })

  test('at another issuer is another one: the old certificate serves until its renewal, which goes there', async () => {
    await using next = await FakeIssuer.start()
    serve()
    await edge.until(HOST, 'issued')
    serve(next.issuer({ name: 'Next' }))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect([edge.status(HOST)?.issuer, next.count('newOrder')]).toEqual(['Fake', 0])
    edge.clock.advance(61 * DAY_MS)
    await expect.poll(() => edge.status(HOST)?.issuer).toBe('Next')
    expect([fake.count('newOrder'), next.count('newAccount'), next.count('newOrder')]).toEqual([1, 1, 1])
    expect(next.payloads.find((payload) => 'identifiers' in payload)).not.toHaveProperty('replaces')
  })

  test('whose terms have changed says so once a day at most', async () => {
    fake.always('newOrder', problem(403, 'userActionRequired', 'agree to the new terms'))
    serve()
    expect((await edge.until(HOST, 'failed')).reason).toMatch(
      /terms have changed and must be agreed to by hand: agree to/,
    )
    for (let minutes = 0; minutes < 1_440; minutes += 30) {
      edge.clock.advance(30 * MINUTE_MS)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(fake.count('newOrder')).toBeLessThanOrEqual(5)
  })
})

describe('renewal', () => {
  test('comes within the window that the issuer suggests, and names the certificate that it follows, unless it may not', async () => {
    const start = Date.now() + 10 * DAY_MS
    fake.window = { start: new Date(start).toISOString(), end: new Date(start + DAY_MS).toISOString() }
    serve()
    await edge.until(HOST, 'issued')
    edge.clock.advance(9 * DAY_MS)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(fake.count('newOrder')).toBe(1)
    fake.next('newOrder', problem(409, 'malformed', 'it already has a replacement order'))
    edge.clock.advance(2 * DAY_MS)
    await expect.poll(() => fake.count('cert')).toBe(2)
    const [following, without] = fake.payloads.filter((payload) => 'identifiers' in payload).slice(-2)
    expect(following?.['replaces']).toMatch(/^[\w-]+\.[\w-]+$/)
    expect(without).not.toHaveProperty('replaces')
  })

  test('that fails for 40 days serves the old certificate, raises alarms, and heals by itself', async () => {
    fake.validityDays = 45
    serve()
    await edge.until(HOST, 'issued')
    fake.always('directory', (response) => response.destroy())
    fake.always('newNonce', (response) => response.destroy())
    const alarms = new Set<string | null>()
    for (let half = 0; half < 92; half++) {
      edge.clock.advance(DAY_MS / 2)
      await new Promise((resolve) => setTimeout(resolve, 15))
      alarms.add(edge.status(HOST)?.alarm ?? null)
    }
    expect([...alarms].map((alarm) => alarm?.replace(/ on .*;/, ';'))).toEqual([
      undefined,
      'expires within 15 days',
      'expires within 8 days',
      'expires within 3 days',
      'expires within 24 hours',
      'expired; visitors see a warning',
    ])
    expect((await edge.shakeHands('')).certificate.subjectaltname).toBe(`IP Address:${HOST}`)
    fake.always('directory', null)
    fake.always('newNonce', null)
    edge.clock.advance(2 * DAY_MS)
    await expect.poll(() => edge.status(HOST)?.alarm).toBe(null)
    await edge.until(HOST, 'issued')
  })
})
