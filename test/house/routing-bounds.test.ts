import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { readTable } from '../../router/table.ts'
import { passwordHash } from '../../server/apps/password-hash.ts'
import { ROUTING_DEFAULTS, type StoredRouting } from '../../server/apps/routing.ts'
import { UpdateAcme } from '../../server/contract/acme.ts'
import { UpdateBoxSettings } from '../../server/contract/box-settings.ts'
import { AddPathRoute, PAGE_MAX_BYTES, UpdateRouting } from '../../server/contract/routing.ts'
import { type RouteTableInput, routeTable } from '../../server/deploys/route-table.ts'
import { ApiKit } from '../api-kit.ts'

const HOSTS = ['shop.example.test', 'www.example.com']
const CA = { name: 'Own', directoryUrl: 'https://ca.example.test/dir', profile: null } as const
const INPUT: RouteTableInput = {
  version: 1,
  engineBootId: 'b1',
  apps: [],
  platform: null,
  leaving: new Set(),
  paths: [],
  acme: { issuers: [], email: null, wildcards: [], dns: [], addresses: [], resolvers: [] },
}

/** What the router makes of an app's routing. Throws where it would refuse the table, and everybody's changes with it. */
function served(routing: StoredRouting, paths: { host: string; prefix: string; strip: boolean }[] = []) {
  const app = { id: 'a1', name: 'shop', ownerId: 'u1', maintenance: false, currentRelease: 1, createdAt: new Date(0) }
  const records = paths.map(({ host, ...path }) => ({ appId: 'a1', hostAppId: 'a1', domain: host, ...path }))
  const apps = [{ app, hosts: HOSTS, quantity: 1, instances: [], routing }]
  return readTable(JSON.parse(JSON.stringify(routeTable({ ...INPUT, apps, paths: records })))).services[0]
}

describe('whatever the API takes, the router takes too', () => {
  test.each<UpdateRouting>([
    { sticky: true, compress: true, underscores: true, httpsRedirect: false, canonicalHost: 'www.example.com' },
    { concurrency: { perInstance: 1, queue: 0 }, rateLimit: { perSecond: 1, burst: 1 }, maxBody: 1, hsts: 0 },
    { concurrency: { perInstance: 10_000, queue: 10_000 }, rateLimit: { perSecond: 100_000, burst: 100_000 } },
    { maxBody: 2 ** 40, hsts: 63_072_000, tls: 'custom' },
    { connectTimeout: 1, firstByteTimeout: 1, idleTimeout: 1, websocketIdleTimeout: 1, drainTimeout: 0, tls: 'off' },
    {
      connectTimeout: 75,
      firstByteTimeout: 3_600,
      idleTimeout: 86_400,
      websocketIdleTimeout: 86_400,
      drainTimeout: 600,
    },
    { allow: ['0.0.0.0/0', '192.0.2.1', '10.1.2.3/8', '::/0', '2001:DB8::1', '::ffff:192.0.2.1', 'fe80::/10'] },
    { errorPage: 'ä'.repeat(PAGE_MAX_BYTES / 2), maintenancePage: '<p>' },
    { headers: { "!#$%&'*+.^_`|~-": '', 'x-a': ' a  b ', 'X-B': '~'.repeat(4_096), server: 'x' } },
  ])('settings %#', (changes) => {
    const { auth: _, ...values } = UpdateRouting.parse(changes)
    expect(() => served(values as StoredRouting)).not.toThrow()
  })

  test('names and passwords', async () => {
    const auth = [{ name: '!~'.padEnd(64, 'x'), hash: await passwordHash('ä'.repeat(128)) }]
    expect(UpdateRouting.safeParse({ auth: { [auth[0]?.name ?? '']: 'ä'.repeat(128) } }).success).toBe(true)
    expect(served({ auth, authRealm: ' !#[]~' })?.rules?.basicAuth).toEqual({ realm: ' !#[]~', users: auth })
  })

  test.each(['/api', '/a/b.c/~d', `/${'x'.repeat(199)}`, "/a!$&'()*+,;=:@-_", '/...', '/.well'])(
    'the path %s',
    (prefix) => {
      const host = 'www.example.com'
      const path = AddPathRoute.parse({ host, prefix, strip: true })
      expect(served({}, [path])?.paths).toEqual([{ host, prefix, strip: true }])
    },
  )

  test.each<z.input<typeof UpdateAcme>>([
    {
      issuers: [
        'letsencrypt',
        'staging',
        { ...CA, challenge: 'tls-alpn-01', trustedCa: '-----BEGIN CERTIFICATE-----' },
      ],
    },
    { issuers: [{ ...CA, profile: 'shortlived', eab: { keyId: 'k', hmacKey: 'aZ_-09==' } }], wildcards: [] },
    { email: 'a+b@example.com', addresses: ['192.0.2.1', '2001:db8::1'] },
    { resolvers: ['192.0.2.1', '192.0.2.1:53', '2001:db8::1', '[2001:db8::1]:53'] },
  ])('how certificates are ordered: %j', async (changes) => {
    await using kit = await ApiKit.start()
    kit.acme.update(UpdateAcme.parse(changes))
    kit.acme.putZone('example.com', { provider: 'cloudflare', settings: { token: '~ x' } })
    kit.acme.update({ wildcards: ['*.a-b.example.com'] })
    expect(() => readTable({ ...routeTable(INPUT), acme: kit.acme.forRouter() })).not.toThrow()
  })

  test('who stands in front of it', async () => {
    await using kit = await ApiKit.start()
    const trustedProxies = ['0.0.0.0/0', '192.0.2.1', '2001:DB8::/32']
    kit.boxSettings.update(UpdateBoxSettings.parse({ trustedProxies, proxyProtocol: true }))
    const edge = kit.boxSettings.edge()
    expect(readTable({ ...routeTable({ ...INPUT, ...(edge && { edge }) }) }).edge).toEqual(edge)
    expect(edge).toEqual({ trustedProxies, proxyProtocol: true })
  })

  test('nothing at all', () => {
    const { auth: _, ...defaults } = ROUTING_DEFAULTS
    expect(() => served(defaults)).not.toThrow()
  })
})

test.each(['/', 'api', '//a', '/a//b', '/a/../b', '/.', '/a/..', '/a b', '/%41', '/a?b', '/a#b', '/ä', ''])(
  'the path %j is refused',
  (prefix) => {
    expect(AddPathRoute.safeParse({ host: 'www.example.com', prefix }).success).toBe(false)
  },
)

test.each(['Content-Length', 'date', 'Proxy-Authenticate', 'Set-Cookie', 'upgrade', 'Strict-Transport-Security'])(
  'the header %s is refused by the API, before the router would',
  (name) => expect(UpdateRouting.safeParse({ headers: { [name]: 'x' } }).success).toBe(false),
)
