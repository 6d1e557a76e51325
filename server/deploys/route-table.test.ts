import { expect, test } from 'vitest'
import type { AppRecord } from '../apps/apps.ts'
import type { Instance } from '../engine/engine.ts'
import { healthCheckOf, PLATFORM_SERVICE, type RoutedApp, routeTable } from './route-table.ts'

const app: AppRecord = {
  id: 'a1',
  name: 'shop',
  ownerId: 'u1',
  maintenance: false,
  currentRelease: 2,
  createdAt: new Date(0),
}

function web(values: Partial<Instance>): Instance {
  const index = values.index ?? 1
  return {
    id: `i${values.release ?? 2}.${index}`,
    app: 'a1',
    release: 2,
    processType: 'web',
    index,
    state: 'running',
    endpoint: { host: '100.96.0.2', port: 5000 },
    startedAt: null,
    restarts: 0,
    lastExit: null,
    ...values,
  }
}

function targets(routed: Partial<RoutedApp>, leaving: string[] = []): string[] {
  const table = routeTable({
    version: 1,
    engineBootId: 'b1',
    apps: [{ app, hosts: ['shop.example.test'], quantity: 1, instances: [web({})], routing: {}, ...routed }],
    platform: null,
    leaving: new Set(leaving),
    paths: [],
  })
  return table.services[0]?.targets.map(({ id }) => id) ?? []
}

test('only running web instances of the release that serves get requests', () => {
  const instances = [
    web({}),
    web({ release: 1 }),
    web({ release: 3 }),
    web({ id: 'worker', processType: 'worker' }),
    web({ id: 'down', index: 2, state: 'exited', endpoint: null }),
  ]
  expect(targets({ quantity: 2, instances })).toEqual(['i2.1'])
})

test('an address that the engine has not confirmed is not routed to', () => {
  expect(targets({ instances: [web({ endpoint: null })] })).toEqual([])
})

test('instances beyond the wanted quantity, or about to be stopped, get no more requests', () => {
  const instances = [web({}), web({ index: 2 })]
  expect(targets({ quantity: 1, instances })).toEqual(['i2.1'])
  expect(targets({ quantity: 2, instances }, ['i2.1'])).toEqual(['i2.2'])
})

test('an instance of another app never stands in the table of this one', () => {
  expect(targets({ instances: [web({ app: 'a2' })] })).toEqual([])
})

test('the page for an app without targets follows from why there are none', () => {
  const empty = (routed: Partial<RoutedApp>) =>
    routeTable({
      version: 1,
      engineBootId: 'b1',
      apps: [{ app, hosts: [], quantity: 1, instances: [], routing: {}, ...routed }],
      platform: null,
      leaving: new Set(),
      paths: [],
    }).services[0]?.empty
  expect(empty({ app: { ...app, currentRelease: null } })).toBe('blank')
  expect(empty({ quantity: 0 })).toBe('stopped')
  expect(empty({})).toBe('crashed')
})

test('the platform itself is one more service', () => {
  const platform = { hosts: ['paas.example.test'], endpoint: { host: '127.0.0.1', port: 7600 } }
  const table = routeTable({ version: 7, engineBootId: 'b1', apps: [], platform, leaving: new Set(), paths: [] })
  expect(table.services).toMatchObject([
    { name: PLATFORM_SERVICE, hosts: ['paas.example.test'], targets: [{ port: 7600 }] },
  ])
})

test('a host stands in the table once, so that one claim cannot keep everybody else’s changes from going live', () => {
  const blog = { ...app, id: 'a2', name: 'blog' }
  const table = routeTable({
    version: 1,
    engineBootId: 'b1',
    apps: [
      {
        app,
        hosts: ['shop.example.test', 'blog.example.test', 'example.test', 'www.shop.test'],
        quantity: 1,
        instances: [],
        routing: {},
      },
      { app: blog, hosts: ['blog.example.test', 'www.shop.test'], quantity: 1, instances: [], routing: {} },
    ],
    platform: { hosts: ['example.test', 'example.test'], endpoint: { host: '127.0.0.1', port: 1 } },
    leaving: new Set(),
    paths: [],
  })
  expect(Object.fromEntries(table.services.map(({ name, hosts }) => [name, hosts]))).toEqual({
    shop: ['shop.example.test', 'www.shop.test'],
    blog: ['blog.example.test'],
    [PLATFORM_SERVICE]: ['example.test'],
  })
})

test('what an app asks of the router stands in its service, and nothing where it asks for nothing', () => {
  const service = (routing: RoutedApp['routing'], acme = false) =>
    routeTable({
      version: 1,
      engineBootId: 'b1',
      apps: [{ app, hosts: ['shop.example.test', 'www.shop.test'], quantity: 1, instances: [], routing }],
      platform: null,
      leaving: new Set(),
      paths: [],
      ...(acme && { acme: { issuers: [], email: null, wildcards: [], dns: [], addresses: [], resolvers: [] } }),
    }).services[0]
  expect(service({})).not.toHaveProperty('rules')
  expect(service({}, true)?.tls).toEqual({ mode: 'auto', redirect: true, hstsSeconds: 0 })
  const asked = service(
    {
      sticky: true,
      concurrency: { perInstance: 4, queue: 8 },
      canonicalHost: 'www.shop.test',
      auth: [{ name: 'ada', hash: 'scrypt$1$1$1$a$b' }],
      allow: ['10.0.0.0/8'],
      headers: { 'x-a': 'b' },
      maintenancePage: '<p>',
      firstByteTimeout: 90,
      tls: 'custom',
      hsts: 60,
    },
    true,
  )
  expect(asked?.rules).toEqual({
    sticky: true,
    concurrency: { perTarget: 4, queue: 8 },
    canonicalHost: 'www.shop.test',
    basicAuth: { realm: 'shop', users: [{ name: 'ada', hash: 'scrypt$1$1$1$a$b' }] },
    allow: ['10.0.0.0/8'],
    responseHeaders: [{ name: 'x-a', value: 'b' }],
    pages: { maintenance: '<p>' },
  })
  expect(asked).toMatchObject({
    timeouts: { connectMs: 5_000, firstByteMs: 90_000 },
    tls: { mode: 'custom', redirect: true, hstsSeconds: 60 },
  })
})

test('a canonical host that the app has no more is asked of nobody', () => {
  const routing = { canonicalHost: 'gone.shop.test' }
  const apps = [{ app, hosts: ['shop.example.test'], quantity: 1, instances: [], routing }]
  const input = { version: 1, engineBootId: 'b1', apps, platform: null, leaving: new Set<string>(), paths: [] }
  expect(routeTable(input).services[0]).not.toHaveProperty('rules')
})

test('a path stands with the app that serves it, as long as its host is where it was', () => {
  const blog = { ...app, id: 'a2', name: 'blog' }
  const path = { appId: 'a2', hostAppId: 'a1', prefix: '/blog', strip: true }
  const paths = (hosts: string[], platform: string[] = []) =>
    routeTable({
      version: 1,
      engineBootId: 'b1',
      apps: [
        { app, hosts, quantity: 1, instances: [], routing: {} },
        { app: blog, hosts: ['blog.example.test'], quantity: 1, instances: [], routing: {} },
      ],
      platform: { hosts: platform, endpoint: { host: '127.0.0.1', port: 1 } },
      leaving: new Set(),
      paths: [
        { ...path, domain: null },
        { ...path, domain: 'www.shop.test' },
      ],
    }).services.map(({ paths }) => paths?.map(({ host }) => host))
  expect(paths(['shop.example.test', 'www.shop.test'])).toEqual([
    undefined,
    ['shop.example.test', 'www.shop.test'],
    undefined,
  ])
  expect(paths(['store.example.test'])[1]).toEqual(['store.example.test'])
  expect(paths(['shop.example.test', 'www.shop.test'], ['www.shop.test'])[1]).toEqual(['shop.example.test'])
})

test('the health check of app.json is asked at the first host, and is the default where there is none', () => {
  const check = { path: '/up', timeoutMs: 2_000, deadlineMs: null, uptimeMs: null }
  expect(healthCheckOf({ web: check }, 'shop.example.test')).toEqual({
    path: '/up',
    host: 'shop.example.test',
    timeoutMs: 2_000,
    successes: 2,
  })
  expect(healthCheckOf({ worker: check }, null)).toEqual({ path: null, host: null, timeoutMs: 5_000, successes: 2 })
})
