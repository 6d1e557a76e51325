import { expect, test } from 'vitest'
import type { AppRecord } from '../apps/apps.ts'
import type { Instance } from '../engine/engine.ts'
import { PLATFORM_SERVICE, type RoutedApp, routeTable } from './route-table.ts'

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
    apps: [{ app, hosts: ['shop.example.test'], quantity: 1, instances: [web({})], ...routed }],
    platform: null,
    leaving: new Set(leaving),
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
      apps: [{ app, hosts: [], quantity: 1, instances: [], ...routed }],
      platform: null,
      leaving: new Set(),
    }).services[0]?.empty
  expect(empty({ app: { ...app, currentRelease: null } })).toBe('blank')
  expect(empty({ quantity: 0 })).toBe('stopped')
  expect(empty({})).toBe('crashed')
})

test('the platform itself is one more service', () => {
  const platform = { hosts: ['paas.example.test'], endpoint: { host: '127.0.0.1', port: 7600 } }
  const table = routeTable({ version: 7, engineBootId: 'b1', apps: [], platform, leaving: new Set() })
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
      },
      { app: blog, hosts: ['blog.example.test', 'www.shop.test'], quantity: 1, instances: [] },
    ],
    platform: { hosts: ['example.test', 'example.test'], endpoint: { host: '127.0.0.1', port: 1 } },
    leaving: new Set(),
  })
  expect(Object.fromEntries(table.services.map(({ name, hosts }) => [name, hosts]))).toEqual({
    shop: ['shop.example.test', 'www.shop.test'],
    blog: ['blog.example.test'],
    [PLATFORM_SERVICE]: ['example.test'],
  })
})
