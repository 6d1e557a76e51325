import { rootCertificates } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import type { Client } from '../contract/client.ts'

let kit: ApiKit
let client: Client
beforeEach(async () => {
  kit = await ApiKit.start()
  client = kit.client()
})
afterEach(() => kit[Symbol.asyncDispose]())

const update = (body: object) => client.call('box.update', { body })
const DEFAULTS = {
  baseDomain: 'paas.test',
  platformHost: 'paas.paas.test',
  bootTimeout: 60,
  monitor: 10,
  trustedProxies: [],
  proxyProtocol: false,
  httpProxy: null,
  httpsProxy: null,
  noProxy: [],
  certificates: null,
}

test('what nobody has set is the default', async () => {
  expect(await client.call('box.settings')).toEqual({ settings: DEFAULTS, defaults: DEFAULTS })
})

test('what is named changes and is published, the rest stays, and null goes back', async () => {
  await update({ baseDomain: 'Apps.example.org', bootTimeout: 120 })
  const { settings } = await update({ trustedProxies: ['10.0.0.0/8'], proxyProtocol: true, monitor: 30 })
  expect(settings).toEqual({
    baseDomain: 'apps.example.org',
    platformHost: 'paas.apps.example.org',
    bootTimeout: 120,
    monitor: 30,
    trustedProxies: ['10.0.0.0/8'],
    proxyProtocol: true,
    httpProxy: null,
    httpsProxy: null,
    noProxy: [],
    certificates: null,
  })
  expect(kit.boxSettings.bootTimeoutMs).toBe(120_000)
  expect(kit.boxSettings.edge()).toEqual({ trustedProxies: ['10.0.0.0/8'], proxyProtocol: true })
  const back = { baseDomain: null, bootTimeout: null, monitor: null, trustedProxies: null, proxyProtocol: null }
  expect((await update(back)).settings).toEqual(DEFAULTS)
  expect(kit.boxSettings.edge()).toBeUndefined()
  expect(kit.deploys.calls).toEqual(['routesChanged', 'routesChanged', 'routesChanged'])
  const rows = kit.db.all<{ action: string; detail: string }>("SELECT * FROM activity WHERE action = 'box.update'")
  expect(rows.map(({ detail }) => detail)[1]).toBe('monitor=30, trustedProxies=["10.0.0.0/8"], proxyProtocol=true')
})

test('what was written by hand before is read', async () => {
  kit.settings.set('monitor_ms', '500')
  kit.settings.set('platform_host', 'console.example.org')
  expect((await client.call('box.settings')).settings).toMatchObject({
    monitor: 0.5,
    platformHost: 'console.example.org',
  })
})

test('the PROXY protocol without anybody to trust is refused, and nothing is changed', async () => {
  const refused = update({ proxyProtocol: true, bootTimeout: 5 })
  await expect(refused).rejects.toMatchObject({
    problem: { code: 'box.invalid', command: expect.stringContaining('trusted-proxies=') },
  })
  expect((await client.call('box.settings')).settings).toEqual(DEFAULTS)
})

test('names that an app has claimed are not taken from it', async () => {
  await client.call('apps.create', { body: { name: 'shop' } })
  await client.call('domains.add', { params: { app: 'shop' }, body: { host: 'www.example.org' } })
  for (const changes of [{ baseDomain: 'example.org' }, { platformHost: 'www.example.org' }]) {
    await expect(update(changes)).rejects.toMatchObject({
      problem: { status: 409, code: 'box.host-taken', command: 'paas domains:remove www.example.org -a shop' },
    })
  }
  expect((await update({ platformHost: 'console.example.org' })).settings.platformHost).toBe('console.example.org')
})

test.each([
  { baseDomain: 'https://example.org' },
  { baseDomain: '*.example.org' },
  { platformHost: '203.0.113.7' },
  { bootTimeout: 0 },
  { bootTimeout: 901 },
  { monitor: 0.5 },
  { trustedProxies: ['10.0.0.0/40'] },
  { box_id: 'other' },
])('%j is refused with a way out', async (body) => {
  await expect(update(body)).rejects.toMatchObject({
    problem: { status: 422, command: 'paas box:set --help', fix: expect.any(String) },
  })
})

test('certificates: what a provider is told is in no answer, no log and no row', async () => {
  const params = { zone: 'example.org' }
  const body = { provider: 'cloudflare', settings: { token: 'SECRETTOKEN' } } as const
  const acme = await client.call('acme.putZone', { params, body })
  expect(acme.dns).toEqual([{ zone: 'example.org', provider: 'cloudflare', settings: ['token'] }])
  await client.call('acme.update', { body: { wildcards: ['*.paas.example.org'], email: 'ops@example.org' } })
  const everything = [kit.db.all('SELECT * FROM settings'), kit.db.all('SELECT * FROM activity'), kit.logged]
  expect(JSON.stringify([acme, await client.call('acme.settings'), everything])).not.toContain('SECRETTOKEN')
  expect(kit.acme.forRouter().dns[0]?.settings).toEqual({ token: 'SECRETTOKEN' })
  await client.call('acme.update', { body: { wildcards: [] } })
  await client.call('acme.removeZone', { params })
  expect(kit.deploys.calls).toHaveLength(4)
})

test.each([
  [{ provider: 'cloudflare', settings: {} }, 'body.settings.token'],
  [{ provider: 'route53', settings: { secretAccessKey: 's', hostedZoneId: 'Z' } }, 'body.settings.accessKeyId'],
  [{ provider: 'cloudflare', settings: { token: 't', api: 'https://evil.test' } }, 'body.settings.api'],
  [{ provider: 'exec', settings: { command: '/bin/sh' } }, 'body.provider'],
])('the DNS provider %j is refused', async (body, path) => {
  const response = await kit.fetch('PUT', '/box/acme/dns/example.org', { token: kit.token(), body })
  expect(response.status).toBe(422)
  expect(await response.json()).toMatchObject({ errors: [{ path }], command: 'paas certs:dns:add --help' })
})

test('a user who does not own the box sees and changes none of it', async () => {
  kit.users.create('bob', { boxOwner: false })
  for (const id of ['box.settings', 'acme.settings'] as const) {
    await expect(kit.client('bob').call(id)).rejects.toMatchObject({ problem: { status: 403 } })
  }
})

test('proxies and authorities of builds are kept, but no password and nothing that is no certificate', async () => {
  const pem = rootCertificates[0] as string
  const given = { httpsProxy: 'http://proxy.test:3128', noProxy: ['.test', '10.0.0.0/8'], certificates: pem }
  expect((await update(given)).settings).toMatchObject({ ...given, httpProxy: null })
  const wrong = [
    { httpProxy: 'http://ada:secret@proxy.test:3128' },
    { httpProxy: 'proxy.test:3128' },
    { noProxy: ['a b'] },
    { certificates: 'no certificate' },
    { certificates: `${`${pem}\n`.repeat(100)}# no certificate` },
    { certificates: `${pem}\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----` },
    { certificates: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
  ]
  for (const changes of wrong) await expect(update(changes)).rejects.toMatchObject({ problem: { status: 422 } })
  expect((await client.call('box.settings')).settings).toMatchObject(given)
  const rows = kit.db.all<{ detail: string }>("SELECT * FROM activity WHERE action = 'box.update'")
  expect(rows.map(({ detail }) => detail)).toEqual([
    'httpsProxy="http://proxy.test:3128", noProxy=[".test","10.0.0.0/8"], certificates',
  ])
  expect((await update({ httpsProxy: null, noProxy: null, certificates: null })).settings).toEqual(DEFAULTS)
})
