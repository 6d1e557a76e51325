import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Settings } from '../db/settings.ts'
import { AppsKit } from './apps-kit.ts'
import { Domains } from './domains.ts'

let kit: AppsKit
let db: AppsKit['db']
let apps: AppsKit['apps']
let ann: AppsKit['ann']
let bob: AppsKit['bob']
let shop: AppsKit['shop']
beforeEach(() => {
  kit = new AppsKit()
  ;({ db, apps, ann, bob, shop } = kit)
})
afterEach(() => kit[Symbol.dispose]())

const failing = (code: string) => expect.objectContaining({ code })

describe('domains', () => {
  let domains: Domains
  let settings: Settings
  beforeEach(() => {
    settings = new Settings(db)
    settings.set('base_domain', 'apps.example.org')
    settings.set('platform_host', 'box.example.net')
    domains = new Domains(db, settings)
  })

  test('an app has its default first, which follows a rename, then its own', () => {
    domains.add(shop, 'www.example.com')
    domains.add(shop, '*.example.com')
    expect(domains.hosts(shop)).toEqual(['shop.apps.example.org', 'www.example.com', '*.example.com'])
    expect(domains.list(shop)[0]).toEqual({ host: 'shop.apps.example.org', kind: 'default', createdAt: null })
    apps.rename(shop.id, 'store')
    expect(domains.hosts(apps.findById(shop.id) ?? shop)[0]).toBe('store.apps.example.org')
  })

  test.each([
    ['WWW.Example.COM', 'www.example.com'],
    ['www.example.com.', 'www.example.com'],
    [' www.example.com ', 'www.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*.BÜCHER.example.', '*.xn--bcher-kva.example'],
    ['www。example。com', 'www.example.com'],
  ])('%j is kept as %s', (typed, host) => {
    expect(domains.add(shop, typed).host).toBe(host)
  })

  test.each([
    '203.0.113.7',
    '127.1',
    '0x7f.1',
    '2130706433',
    '[::1]',
    '::1',
    'intranet',
    'a..b',
    '-a.example.com',
    'a_b.example.com',
    'https://www.example.com',
    'www.example.com/x',
    'www.example.com:80',
    'a b.example.com',
    '*',
    '*.com',
    'www.*.com',
    '**.a.com',
    '',
    `${'a'.repeat(64)}.example.com`,
    'user@example.com',
  ])('%j is refused as a domain', (typed) => {
    expect(() => domains.add(shop, typed)).toThrow(failing('domain.invalid'))
    expect(domains.hosts(shop)).toHaveLength(1)
  })

  test.each([
    'apps.example.org',
    'blog.apps.example.org',
    'a.b.apps.example.org',
    '*.apps.example.org',
    '*.example.org',
    'box.example.net',
    'BOX.example.net.',
    '*.example.net',
    'app.localhost',
    '*.app.localhost',
  ])('%s is reserved', (host) => {
    expect(() => domains.add(shop, host)).toThrow(failing('domain.reserved'))
  })

  test("the parent of the box's own names is free to use", () => {
    expect(domains.add(shop, 'example.org').host).toBe('example.org')
    expect(domains.add(shop, 'example.net').host).toBe('example.net')
  })

  test('a host belongs to one app, even of the same owner', () => {
    const blog = apps.create(ann, 'blog')
    domains.add(shop, 'www.example.com')
    expect(domains.add(shop, 'www.example.com').host).toBe('www.example.com')
    expect(() => domains.add(blog, 'WWW.example.com.')).toThrow(failing('domain.taken'))
    expect(domains.add(blog, '*.example.com').host).toBe('*.example.com')
  })

  test.each([
    ['www.example.com', 'example.com'],
    ['example.com', 'www.example.com'],
    ['example.com', '*.example.com'],
    ['*.example.com', 'shop.example.com'],
    ['shop.example.com', '*.example.com'],
    ['*.example.com', 'example.com'],
  ])('with %s claimed by one owner, %s is refused to another', (mine, theirs) => {
    domains.add(shop, mine)
    expect(() => domains.add(apps.create(bob, 'blog'), theirs)).toThrow(failing('domain.taken'))
  })

  test('names that only end alike do not stand in each other’s way', () => {
    domains.add(shop, 'example.com')
    const blog = apps.create(bob, 'blog')
    expect(domains.add(blog, 'myexample.com').host).toBe('myexample.com')
    expect(domains.add(blog, 'example.com.br').host).toBe('example.com.br')
  })

  test('a domain is given up by its app only; the default stays', () => {
    domains.add(shop, 'bücher.example')
    expect(() => domains.remove(apps.create(bob, 'blog'), 'bücher.example')).toThrow(failing('domain.not-found'))
    domains.remove(shop, 'bücher.example')
    expect(domains.hosts(shop)).toHaveLength(1)
    expect(() => domains.remove(shop, 'shop.apps.example.org')).toThrow(failing('domain.default'))
  })

  test('an app has a hundred at most', () => {
    db.transaction(() => {
      for (let n = 0; n < 100; n += 1) domains.add(shop, `n${n}.example.com`)
    })
    expect(() => domains.add(shop, 'one-more.example.com')).toThrow(failing('domain.limit'))
  })
})
