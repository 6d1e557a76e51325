import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AcmeSettings } from '../contract/certificate.ts'
import { visit } from '../testing/visitor.ts'
import { dnsProgram } from './testing/dns-program.ts'
import { Edge } from './testing/edge.ts'
import { Pebble } from './testing/pebble.ts'
import { pebblePrograms } from './testing/pebble-programs.ts'

const DAY_MS = 86_400_000

describe.skipIf(!(await pebblePrograms()))('with a real issuer that refuses every fifth nonce', () => {
  let edge: Edge
  let pebble: Pebble
  let settings: Partial<AcmeSettings>

  beforeAll(async () => {
    edge = await Edge.start({ apart: true })
    pebble = await Pebble.start({ httpPort: edge.httpPort, tlsPort: edge.httpsPort, refused: ['refused.example.test'] })
    settings = { issuers: [pebble.issuer], resolvers: [pebble.resolver], email: 'box@example.test' }
  })
  afterAll(async () => {
    await pebble[Symbol.asyncDispose]()
    await edge[Symbol.asyncDispose]()
  })

  test('a host gets a certificate by http-01, and plain requests go to https from then on', async () => {
    edge.serve(['shop.example.test'], settings)
    expect((await visit(edge.httpPort, { host: 'shop.example.test' })).body).toBe('plain')
    const { notAfter, alarm, reason } = await edge.until('shop.example.test', 'issued')
    expect(Date.parse(notAfter ?? '') - Date.now()).toBeGreaterThan(89 * DAY_MS)
    expect([alarm, reason]).toEqual([null, ''])
    const seen = await edge.shakeHands('shop.example.test', { ca: await pebble.root() })
    expect(seen).toMatchObject({ protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' })
    expect(seen.certificate.asn1Curve).toBe('prime256v1')
    const plain = await visit(edge.httpPort, { host: 'shop.example.test', path: '/a?b=c' })
    expect([plain.status, plain.headers.location]).toEqual([301, 'https://shop.example.test/a?b=c'])
    const states = edge.events.map((event) => (event.type === 'certificate' ? event.state : event.type))
    expect(states).toEqual(['checking', 'ordering', 'issued'])
  })

  test('a host gets a certificate by tls-alpn-01, while visitors of another one are served', async () => {
    const issuers = [{ ...pebble.issuer, challenge: 'tls-alpn-01' as const }]
    edge.serve(['shop.example.test', 'alpn.example.test'], { ...settings, issuers })
    await edge.until('alpn.example.test', 'issued')
    const seen = await edge.shakeHands('alpn.example.test', { ca: await pebble.root() })
    expect(seen.certificate.subjectaltname).toBe('DNS:alpn.example.test')
    expect((await edge.shakeHands('shop.example.test')).certificate.subjectaltname).toBe('DNS:shop.example.test')
  })

  test('a wildcard is proved through a program that writes DNS records, and serves hosts below it', async () => {
    const command = await dnsProgram(edge.directory, pebble.dnsControl)
    const dns = [{ zone: 'example.test', provider: 'exec' as const, settings: { command } }]
    edge.serve(['a.apps.example.test'], { ...settings, dns, wildcards: ['*.apps.example.test'] })
    await edge.until('*.apps.example.test', 'issued')
    expect(edge.tls.statuses().map(({ name }) => name)).toEqual(['*.apps.example.test'])
    const seen = await edge.shakeHands('a.apps.example.test', { ca: await pebble.root() })
    expect(seen.certificate.subjectaltname).toBe('DNS:*.apps.example.test')
  })

  test('an address gets a certificate of its own, for visitors who name no host', async () => {
    edge.serve(['127.0.0.1'], settings)
    await edge.until('127.0.0.1', 'issued')
    const ca = await pebble.root()
    const seen = () => edge.shakeHands('', { ca }).catch(() => undefined)
    await expect.poll(async () => (await seen())?.certificate.subjectaltname).toBe('IP Address:127.0.0.1')
  })

  test('a certificate is renewed at two thirds of its life, and serves until then', async () => {
    edge.serve(['renewed.example.test'], settings)
    await edge.until('renewed.example.test', 'issued')
    const { certificate: before } = await edge.shakeHands('renewed.example.test')
    edge.clock.advance(56 * DAY_MS)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect((await edge.shakeHands('renewed.example.test')).certificate.serialNumber).toBe(before.serialNumber)
    edge.events.length = 0
    edge.clock.advance(4 * DAY_MS)
    await expect.poll(() => edge.events.at(-1), { timeout: 60_000 }).toMatchObject({ state: 'issued' })
    const { certificate: after } = await edge.shakeHands('renewed.example.test', { ca: await pebble.root() })
    expect(after.serialNumber).not.toBe(before.serialNumber)
    const states = edge.events.map((event) => (event.type === 'certificate' ? event.state : event.type))
    expect(states).toEqual(['checking', 'renewing', 'issued'])
  })

  test('a name that the issuer refuses says so, and is tried again in a minute, then ten', async () => {
    edge.serve(['refused.example.test'], settings)
    const first = await edge.until('refused.example.test', 'failed')
    expect(first.reason).toMatch(/^Pebble refused: it does not issue for this name: .*refused\.example\.test/)
    const waitsMs = () => Date.parse(edge.status('refused.example.test')?.nextTryAt ?? '') - edge.clock.now()
    expect(waitsMs()).toBeLessThan(60_000)
    edge.events.length = 0
    edge.clock.advance(60_000)
    await expect.poll(() => edge.events.length, { timeout: 60_000 }).toBe(3)
    expect(waitsMs() / 60_000).toBeCloseTo(8, 0)
  })

  test('a router that was killed goes on with the same order', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'router-tls-'))
    await cp(join(edge.directory, 'issuers'), join(directory, 'issuers'), { recursive: true })
    await using killed = await Edge.start({ directory })
    const command = join(directory, 'hangs')
    await writeFile(command, '#!/bin/sh\nexec sleep 60\n', { mode: 0o700 })
    const dns = [{ zone: 'example.test', provider: 'exec' as const, settings: { command } }]
    killed.serve(['killed.example.test'], { ...settings, dns })
    const orders = join(killed.directory, 'orders')
    await expect.poll(() => readdir(orders).catch(() => []), { interval: 1 }).toEqual(['killed.example.test.json'])
    const order = await readFile(join(orders, 'killed.example.test.json'), 'utf8')
    await killed.tls[Symbol.asyncDispose]()
    expect(JSON.parse(order)).toMatchObject({
      url: expect.stringMatching(/^https:/),
      key: expect.stringMatching(/PRIVATE KEY/),
    })
    await cp(orders, join(edge.directory, 'orders'), { recursive: true })
    edge.serve(['killed.example.test'], settings)
    await edge.until('killed.example.test', 'issued')
    const stored = JSON.parse(
      await readFile(join(edge.directory, 'certificates/auto/killed.example.test.json'), 'utf8'),
    )
    expect(stored.key).toBe(JSON.parse(order).key)
    await expect.poll(() => readdir(join(edge.directory, 'orders'))).toEqual([])
  })
})
