import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AcmeIssuer } from '../contract/certificate.ts'
import { createLog } from '../log.ts'
import { CertificateStore } from './store.ts'
import { Edge } from './testing/edge.ts'
import { FakeIssuer, json, problem } from './testing/fake-issuer.ts'
import { certificateFor } from './testing/self-signed.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const NAME = '127-0-0-1.example.test'

let edge: Edge
let fake: FakeIssuer
beforeEach(async () => {
  edge = await Edge.start({ issuerLimitMs: 3_000 })
  fake = await FakeIssuer.start()
})
afterEach(async () => {
  await edge[Symbol.asyncDispose]()
  await fake[Symbol.asyncDispose]()
})

/** Hosts are addresses here, so that no DNS is asked. */
const HOST = '127.0.0.1'
const OTHER = '127.0.0.2'
const chainLength = async () => {
  const store = new CertificateStore(
    join(edge.directory, 'certificates'),
    createLog('error', () => {}),
  )
  return (await store.load('auto', HOST))?.certificate.chain.match(/-----BEGIN/g)?.length
}
const serve = (...issuers: AcmeIssuer[]) => edge.serve([HOST], { issuers: issuers.length ? issuers : [fake.issuer()] })
const minutesToNextTry = () => (Date.parse(edge.status(HOST)?.nextTryAt ?? '') - edge.clock.now()) / MINUTE_MS

describe('an issuer at fault', () => {
  test.each<[string, Parameters<FakeIssuer['next']>[1], RegExp]>([
    [
      'answers 500',
      problem(500, 'serverInternal', 'database down'),
      /Fake answered 500 \(serverInternal\): database down/,
    ],
    [
      'answers 503 in HTML',
      (response) => response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>oops'),
      /Fake answered 503 \(no ACME answer\)/,
    ],
    ['answers 201 with nonsense', (response) => response.writeHead(201).end('[]'), /an order without an address/],
    ['hangs up', (response) => response.destroy(), /cannot be reached: socket hang up/],
    ['does not answer', () => {}, /no whole answer within 3 s/],
    ['drips', (response) => void setInterval(() => response.write(' '), 50).unref(), /no whole answer within 3 s/],
  ])('that %s is named, and asked again in a minute', async (_what, misdeed, reason) => {
    fake.next('newOrder', misdeed)
    serve()
    expect((await edge.until(HOST, 'failed')).reason).toMatch(reason)
    expect(minutesToNextTry()).toBeCloseTo(0.8, 1)
    edge.clock.advance(MINUTE_MS)
    await edge.until(HOST, 'issued')
    expect(fake.count('newAccount')).toBe(1)
  })

  test('with a rate limit gets the time that it asks for', async () => {
    fake.next(
      'newOrder',
      problem(429, 'rateLimited', 'too many certificates already issued', { 'retry-after': '7200' }),
    )
    serve()
    const { reason } = await edge.until(HOST, 'failed')
    expect(reason).toBe('Fake asks us to slow down (rate limit): too many certificates already issued')
    expect(minutesToNextTry()).toBeCloseTo(120, 0)
    edge.clock.advance(119 * MINUTE_MS)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(fake.count('newOrder')).toBe(1)
    edge.clock.advance(2 * MINUTE_MS)
    await edge.until(HOST, 'issued')
  })

  test('three times gives way to the next one', async () => {
    await using other = await FakeIssuer.start()
    fake.always('newOrder', problem(500, 'serverInternal', 'down'))
    serve(fake.issuer(), other.issuer({ name: 'Other' }))
    for (const [at, minutes] of [1, 10].entries()) {
      await expect.poll(() => [edge.status(HOST)?.state, fake.count('newOrder')]).toEqual(['failed', at + 1])
      edge.clock.advance(minutes * MINUTE_MS)
    }
    await expect.poll(() => edge.status(HOST)?.reason).toMatch(/Other is asked next/)
    edge.clock.advance(MINUTE_MS)
    expect((await edge.until(HOST, 'issued')).issuer).toBe('Other')
    expect([fake.count('newOrder'), other.count('newOrder')]).toEqual([3, 1])
  })

  test('waits 1, 10, 100 minutes, then a day', async () => {
    fake.always('newOrder', problem(500, 'serverInternal', 'down'))
    serve()
    const waits: number[] = []
    for (let tries = 1; tries <= 5; tries++) {
      await expect.poll(() => [edge.status(HOST)?.state, fake.count('newOrder')]).toEqual(['failed', tries])
      waits.push(Math.round(minutesToNextTry() / 0.8))
      edge.clock.advance(minutesToNextTry() * MINUTE_MS + 1)
    }
    expect(waits).toEqual([1, 10, 100, 1440, 1440])
  })

  test('that refuses every nonce is asked ten times more, and no further', async () => {
    fake.always('newOrder', problem(400, 'badNonce', 'what nonce?'))
    serve()
    expect((await edge.until(HOST, 'failed')).reason).toMatch(/badNonce/)
    expect(fake.count('newOrder')).toBe(11)
  })

  test('does not hold up other names', async () => {
    // Which of the two comes first is not said.
    fake.next('newOrder', () => {})
    edge.serve([HOST, OTHER], { issuers: [fake.issuer()] })
    const states = () => [HOST, OTHER].map((name) => edge.status(name)?.state).sort()
    await expect.poll(states).toEqual(['failed', 'issued'])
    const told = edge.events.flatMap((event) => (event.type === 'certificate' ? event.state : []))
    expect(told.indexOf('issued')).toBeLessThan(told.indexOf('failed'))
    edge.clock.advance(MINUTE_MS)
    await expect.poll(states).toEqual(['issued', 'issued'])
  })

  test('whose endpoints have moved is asked for its directory again', async () => {
    serve()
    await edge.until(HOST, 'issued')
    fake.next('newOrder', problem(404, 'malformed', 'no such endpoint'))
    edge.clock.advance(61 * DAY_MS)
    await expect.poll(() => edge.status(HOST)?.state).toBe('failed')
    const directories = fake.count('directory')
    edge.clock.advance(DAY_MS)
    await edge.until(HOST, 'issued')
    expect(fake.count('directory')).toBe(directories + 1)
  })

  test.each([
    ['no JSON', (response: ServerResponse) => void response.end('<html>maintenance</html>')],
    ['another kind of JSON', (response: ServerResponse) => json(response, 200, { hello: 'world' })],
  ])('has %s for a directory, which is said', async (_what, misdeed) => {
    fake.next('directory', misdeed)
    serve()
    expect((await edge.until(HOST, 'failed')).reason).toMatch(/directory is not the directory of an ACME issuer/)
    edge.clock.advance(MINUTE_MS)
    await edge.until(HOST, 'issued')
  })

  test('that leaves out the chain, or adds what does not belong to it, is taken for its part of use', async () => {
    const stranger = await certificateFor(['Stranger'], { isCa: true })
    fake.dress = (chain) => chain + stranger.chain
    serve()
    await edge.until(HOST, 'issued')
    expect(await chainLength()).toBe(2)
    fake.dress = (chain) => chain.slice(0, chain.indexOf('-----BEGIN', 10))
    edge.clock.advance(61 * DAY_MS)
    await expect.poll(() => fake.count('cert')).toBe(2)
    await edge.until(HOST, 'issued')
    await expect.poll(chainLength).toBe(1)
  })

  test('that sends a certificate for another key is not believed, and the next order is a new one', async () => {
    const { chain } = await certificateFor([HOST])
    fake.next('cert', (response) => response.end(chain))
    serve()
    expect((await edge.until(HOST, 'failed')).reason).toMatch(/of no use: The key does not belong to the certificate/)
    edge.clock.advance(MINUTE_MS)
    await edge.until(HOST, 'issued')
    expect(fake.count('newOrder')).toBe(2)
  })
})

describe('an order', () => {
  test('that takes its time is waited for', async () => {
    fake.looksUntilValid = 2
    serve()
    await edge.until(HOST, 'issued')
    expect(fake.count('newOrder')).toBe(1)
  })

  test('is not looked at again before the time that the issuer names in Retry-After', async () => {
    fake.retryAfterSeconds = 300
    fake.looksUntilValid = 1
    serve()
    await expect.poll(() => [fake.signed, fake.calls.at(-1)]).toEqual([1, 'order'])
    const looks = fake.count('order')
    // By itself it would look again after a quarter of a second.
    await new Promise((resolve) => setTimeout(resolve, 600))
    edge.clock.advance(290_000)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect([fake.count('order'), edge.status(HOST)?.state]).toEqual([looks, 'ordering'])
    edge.clock.advance(10_000)
    await edge.until(HOST, 'issued')
    expect([fake.count('order'), fake.count('newOrder')]).toEqual([looks + 1, 1])
  })

  test('that is processed for longer than ten minutes is left to the next try, which goes on with it', async () => {
    fake.looksUntilValid = Number.POSITIVE_INFINITY
    serve()
    await expect.poll(() => fake.count('finalize')).toBe(1)
    for (let minutes = 0; edge.status(HOST)?.state !== 'failed'; minutes++) {
      expect(minutes).toBeLessThan(100)
      edge.clock.advance(MINUTE_MS)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(edge.status(HOST)?.reason).toBe('Fake is still at work on the order')
    fake.looksUntilValid = 0
    edge.clock.advance(MINUTE_MS)
    await edge.until(HOST, 'issued')
    expect(fake.count('newOrder')).toBe(1)
  })

  test('whose finalization was answered by nobody goes on', async () => {
    fake.next('finalize', (response) => response.destroy())
    serve()
    await edge.until(HOST, 'failed')
    edge.clock.advance(MINUTE_MS)
    await edge.until(HOST, 'issued')
    expect(fake.count('newOrder')).toBe(1)
  })

  test('is proved until it is settled, for an issuer that was asked twice looks twice', async () => {
    const path = '/.well-known/acme-challenge/token-0'
    const proof = () => edge.tls.find({ secure: false, method: 'GET', host: HOST, authority: HOST, path })?.status
    const proofs: (number | undefined)[] = []
    fake.next('finalize', (response) => {
      proofs.push(proof())
      response.destroy()
    })
    serve()
    await edge.until(HOST, 'failed')
    proofs.push(proof())
    expect(proofs).toEqual([200, undefined])
  })

  test('goes on when the issuer has looked just before it is asked to, as it was before a restart', async () => {
    fake.next('challenge', (response) => {
      fake.find(0)
      problem(400, 'malformed', 'Cannot update challenge with status valid, only status pending')(response)
    })
    serve()
    await edge.until(HOST, 'issued')
    expect(fake.count('newOrder')).toBe(1)
  })

  test('whose challenge is refused and not looked at is over', async () => {
    fake.next('challenge', problem(400, 'malformed', 'what is this'))
    serve()
    expect((await edge.until(HOST, 'failed')).reason).toContain('what is this')
  })

  test('that is invalid tells what the issuer found', async () => {
    const error = { type: 'urn:ietf:params:acme:error:connection', detail: 'Timeout during connect (likely firewall)' }
    const challenges = [{ type: 'http-01', url: fake.issuer().directoryUrl, token: 't', status: 'invalid', error }]
    fake.next('authz', (response) => json(response, 200, { status: 'invalid', identifier: {}, challenges }))
    serve()
    const { reason } = await edge.until(HOST, 'failed')
    expect(reason).toBe('Fake refused: it could not connect to this box: Timeout during connect (likely firewall)')
  })
})

test('names that nobody serves are never ordered, whoever asks for them', async () => {
  serve()
  await edge.until(HOST, 'issued')
  for (let at = 0; at < 100; at++) await expect(edge.shakeHands(`${at}.${NAME}`)).rejects.toThrow()
  for (let at = 0; at < 10_000; at++) {
    const host = `${at}.random.example.test`
    expect(edge.tls.find({ secure: false, method: 'GET', host, authority: host, path: '/' })).toBeUndefined()
  }
  await expect(edge.shakeHands(NAME)).rejects.toThrow()
  edge.clock.advance(MINUTE_MS)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect([fake.count('newOrder'), edge.tls.statuses().length]).toEqual([1, 1])
})
