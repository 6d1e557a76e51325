import { expect, test } from 'vitest'
import type { ServiceRules, ServiceSpec } from './contract/table.ts'
import { readTable } from './table.ts'
import { service, target } from './testing/rig.ts'

const table = (...services: unknown[]) => ({ version: 1, engineBootId: 'e', services })
const path = (prefix: string) => ({ host: 'app.test', prefix, strip: true })

test('a table is read whole', () => {
  const spec = service({ fallback: true, hosts: ['a.test', '*.b.test'], targets: [target(5000)] })
  expect(readTable(JSON.parse(JSON.stringify(table(spec)))).services[0]).toEqual(spec)
})

test.each([
  ['a host in upper case', table(service({ hosts: ['A.test'] })), 'services[0].hosts[0]'],
  ['a wildcard in the middle', table(service({ hosts: ['a.*.test'] })), 'services[0].hosts[0]'],
  ['a host with a line break', table(service({ hosts: ['a.test\r\nx: y'] })), 'services[0].hosts[0]'],
  ['a port out of range', table(service({ targets: [target(70_000)] })), 'services[0].targets[0].port'],
  [
    'a path that splits the request',
    table(service({ healthCheck: { path: '/ HTTP/1.1', host: null, timeoutMs: 1, successes: 1 } })),
    'healthCheck.path',
  ],
  ['a missing timeout', table({ ...service(), timeouts: {} }), 'timeouts.connectMs'],
  ['no services', { version: 1, engineBootId: 'e' }, 'table.services'],
  ['no table', null, 'an object'],
  ['one host for two services', table(service(), service({ name: 'b' })), '"app.test" appears twice: in app and in b'],
  ['two services of one name', table(service(), service({ hosts: [] })), '"app" appears twice'],
  [
    'one instance in two services',
    table(service({ targets: [target(1)] }), service({ name: 'b', hosts: [], targets: [target(1)] })),
    'appears twice',
  ],
  [
    'two fallbacks',
    table(service({ fallback: true }), service({ name: 'b', hosts: [], fallback: true })),
    'appears twice',
  ],
  [
    'a path route of two services',
    table(service({ paths: [path('/a')] }), service({ name: 'b', hosts: [], paths: [path('/a')] })),
    '"app.test/a" appears twice',
  ],
])('%s is refused with its place', (_name, value, place) => {
  expect(() => readTable(value)).toThrow(place)
})

const HASH = `scrypt$16384$8$1$${'a'.repeat(22)}$${'b'.repeat(43)}`

test('rules, paths and the edge are read whole', () => {
  const rules: ServiceRules = {
    sticky: true,
    concurrency: { perTarget: 50, queue: 0 },
    canonicalHost: 'app.test',
    basicAuth: { realm: 'Only us', users: [{ name: 'ann', hash: HASH }] },
    allow: ['10.0.0.0/8', '::1'],
    rateLimit: { perSecond: 0.5, burst: 10 },
    maxBodyBytes: 0,
    compress: true,
    responseHeaders: [{ name: 'X-Frame-Options', value: 'DENY' }],
    pages: { error: '<h1>Sorry</h1>', maintenance: '<h1>Back soon</h1>' },
    canary: { release: 7, percent: 2.5 },
    underscores: true,
  }
  const edge = { trustedProxies: ['10.0.0.0/8'], proxyProtocol: true }
  const spec = service({ rules, paths: [path('/a'), path('/a/b.c')] })
  const read = readTable(JSON.parse(JSON.stringify({ ...table(spec), edge })))
  expect(read.services[0]).toEqual({ fallback: false, ...spec })
  expect(read.edge).toEqual(edge)
})

test.each<[string, unknown, string]>([
  ['a prefix without a slash', { paths: [path('a')] }, 'paths[0].prefix'],
  ['the root as a prefix', { paths: [path('/')] }, 'paths[0].prefix'],
  ['a prefix with a slash at its end', { paths: [path('/a/')] }, 'paths[0].prefix'],
  ['a prefix with an empty segment', { paths: [path('/a//b')] }, 'paths[0].prefix'],
  ['a prefix with a query', { paths: [path('/a?b')] }, 'paths[0].prefix'],
  ['a prefix with an escape', { paths: [path('/%61')] }, 'paths[0].prefix'],
  ['a prefix with steps', { paths: [path('/a/../b')] }, 'paths[0].prefix'],
  ['a prefix that splits the request', { paths: [path('/a HTTP/1.1\r\nx: y')] }, 'paths[0].prefix'],
  ['a prefix on no host', { paths: [{ ...path('/a'), host: 'A.test' }] }, 'paths[0].host'],
  ['a canonical host of somebody else', { rules: { canonicalHost: 'b.test' } }, 'rules.canonicalHost'],
  ['a canonical wildcard', { hosts: ['*.app.test'], rules: { canonicalHost: '*.app.test' } }, 'rules.canonicalHost'],
  ['a realm with a quote', { rules: { basicAuth: { realm: 'a"', users: [] } } }, 'basicAuth.realm'],
  ['a user with a colon', { rules: auth('a:b', HASH) }, 'users[0].name'],
  ['a password in clear', { rules: auth('ann', 'secret') }, 'users[0].hash'],
  ['a hash that takes a gigabyte', { rules: auth('ann', HASH.replace('16384', '1048576')) }, 'users[0].hash'],
  ['a hash with an odd cost', { rules: auth('ann', HASH.replace('16384', '16385')) }, 'users[0].hash'],
  ['a range beyond its family', { rules: { allow: ['10.0.0.0/33'] } }, 'allow[0]'],
  ['a host name as a range', { rules: { allow: ['app.test'] } }, 'allow[0]'],
  ['a rate of nothing', { rules: { rateLimit: { perSecond: 0, burst: 1 } } }, 'rateLimit.perSecond'],
  ['a burst of nothing', { rules: { rateLimit: { perSecond: 1, burst: 0 } } }, 'rateLimit.burst'],
  ['a negative body', { rules: { maxBodyBytes: -1 } }, 'maxBodyBytes'],
  ['no target at a time', { rules: { concurrency: { perTarget: 0, queue: 1 } } }, 'concurrency.perTarget'],
  ['a header with a blank', { rules: header('X Y', 'z') }, 'responseHeaders[0].name'],
  ['a header of framing', { rules: header('Content-length', '3') }, 'responseHeaders[0].name'],
  ['a header of one hop', { rules: header('Connection', 'close') }, 'responseHeaders[0].name'],
  ['a header value with a line break', { rules: header('X-Y', 'a\r\nb: c') }, 'responseHeaders[0].value'],
  ['a header value beyond ASCII', { rules: header('X-Y', '\u010d') }, 'responseHeaders[0].value'],
  ['a header value of 9 KB', { rules: header('X-Y', 'x'.repeat(9_000)) }, 'responseHeaders[0].value'],
  ['a page of 65 KB', { rules: { pages: { error: 'x'.repeat(65_537) } } }, 'pages.error'],
  ['a canary of more than all', { rules: { canary: { release: 1, percent: 101 } } }, 'canary.percent'],
])('%s is refused with its place', (_name, changes, place) => {
  expect(() => readTable(table(service(changes as Partial<ServiceSpec>)))).toThrow(place)
})

test('a trusted proxy that is no address is refused with its place', () => {
  const edge = { trustedProxies: ['lb.test'], proxyProtocol: false }
  expect(() => readTable({ ...table(), edge })).toThrow('edge.trustedProxies[0]')
})

function auth(name: string, hash: string): ServiceRules {
  return { basicAuth: { realm: 'r', users: [{ name, hash }] } }
}

function header(name: string, value: string): ServiceRules {
  return { responseHeaders: [{ name, value }] }
}
