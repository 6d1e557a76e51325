import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AppName } from '../contract/names.ts'
import { Database } from '../db/database.ts'
import { SecretBox } from '../db/secret-box.ts'
import { Settings } from '../db/settings.ts'
import { Access } from '../people/access.ts'
import type { Actor } from '../people/actor.ts'
import { Users } from '../people/users.ts'
import { type AppRecord, Apps } from './apps.ts'
import { ConfigVarStore } from './config-vars.ts'
import { Domains } from './domains.ts'
import { Formation } from './formation.ts'

let directory: ReturnType<typeof mkdtempDisposableSync>
let db: Database
let access: Access
let apps: Apps
let ann: Actor
let bob: Actor
let shop: AppRecord
beforeEach(() => {
  directory = mkdtempDisposableSync(join(tmpdir(), 'paas-apps-'))
  db = Database.open(join(directory.path, 'paas.db'))
  const users = new Users(db)
  ann = { user: users.create('ann', { boxOwner: false }), scope: 'admin', via: 'api' }
  bob = { user: users.create('bob', { boxOwner: false }), scope: 'admin', via: 'ssh' }
  access = new Access(db)
  apps = new Apps(db, access)
  shop = apps.create(ann, 'shop')
})
afterEach(() => {
  db[Symbol.dispose]()
  directory.remove()
})

const failing = (code: string) => expect.objectContaining({ code })

describe('apps', () => {
  test('belong to who creates them and begin without a release', () => {
    expect(apps.find('shop')).toEqual(shop)
    expect(apps.findById(shop.id)).toEqual(shop)
    expect(shop).toMatchObject({ ownerId: ann.user?.id, maintenance: false, currentRelease: null })
  })

  test('get a name made of an adjective, a noun and a number when none is given', () => {
    const names = Array.from({ length: 50 }, () => apps.create(ann).name)
    expect(names.every((name) => /^[a-z]+-[a-z]+-\d{4}$/.test(name) && AppName.safeParse(name).success)).toBe(true)
  })

  test.each(['', 'Shop', 'a;reboot', '$(id)', 'a b', '../x', '-rf', '1st', 'a.b', 'a_b', 'x'.repeat(31), 'a-', "a'"])(
    '%j cannot be a name',
    (name) => {
      expect(() => apps.create(ann, name)).toThrow(failing('app.invalid-name'))
      expect(() => apps.rename(shop.id, name)).toThrow(failing('app.invalid-name'))
    },
  )

  test.each(['paas', 'www', 'api', 'console', 'admin', 'git', 'registry'])(
    'the name %s is kept for the platform',
    (name) => {
      expect(() => apps.create(ann, name)).toThrow(failing('app.reserved'))
      expect(() => apps.rename(shop.id, name)).toThrow(failing('app.reserved'))
    },
  )

  test('a name is given once, also in a rename', () => {
    const blog = apps.create(bob, 'blog')
    expect(() => apps.create(bob, 'shop')).toThrow(failing('app.taken'))
    expect(() => apps.rename(blog.id, 'shop')).toThrow(failing('app.taken'))
    apps.rename(blog.id, 'diary')
    expect(apps.find('blog')).toBeUndefined()
    expect(apps.find('diary')?.id).toBe(blog.id)
  })

  test('a read token cannot create one; a deploy token can, as a first push does', () => {
    expect(() => apps.create({ ...ann, scope: 'read' }, 'blog')).toThrow(failing('access.denied'))
    expect(apps.find('blog')).toBeUndefined()
    expect(apps.create({ ...ann, scope: 'deploy' }, 'blog').name).toBe('blog')
  })

  test("another user's app looks as if it did not exist; one that may be seen but not changed is forbidden", () => {
    const messageOf = (name: string) => {
      try {
        apps.getFor(bob, name, 'app:view')
      } catch (error) {
        return error instanceof Error ? error.message.replace(name, 'NAME') : ''
      }
      return ''
    }
    expect(() => apps.getFor(bob, 'shop', 'app:view')).toThrow(failing('app.not-found'))
    expect(() => apps.getFor(bob, 'shop', 'app:destroy')).toThrow(failing('app.not-found'))
    expect(messageOf('shop')).toBe(messageOf('none'))
    access.setMember(shop, 'bob', 'viewer')
    expect(apps.getFor(bob, 'shop', 'app:view')).toEqual(shop)
    expect(() => apps.getFor(bob, 'shop', 'app:deploy')).toThrow(failing('access.denied'))
  })

  test('one lists what one may see, by name', () => {
    apps.create(bob, 'blog')
    apps.create(ann, 'atlas')
    access.setMember(shop, 'bob', 'viewer')
    expect(apps.listFor(ann).map((app) => app.name)).toEqual(['atlas', 'shop'])
    expect(apps.listFor(bob).map((app) => app.name)).toEqual(['blog', 'shop'])
    expect(apps.list()).toHaveLength(3)
  })

  test('maintenance and the current release are kept; an app that is gone is an error', () => {
    apps.setMaintenance(shop.id, true)
    apps.setCurrentRelease(shop.id, 3)
    expect(apps.find('shop')).toMatchObject({ maintenance: true, currentRelease: 3 })
    apps.delete(shop.id)
    apps.delete(shop.id)
    expect(() => apps.setCurrentRelease(shop.id, 4)).toThrow(failing('app.not-found'))
  })
})

describe('config vars', () => {
  let store: ConfigVarStore
  beforeEach(() => {
    const keyFile = join(directory.path, 'secret.key')
    SecretBox.create(keyFile)
    store = new ConfigVarStore(db, SecretBox.open(keyFile))
  })

  test('are set, changed and unset together, and say what is different', () => {
    expect(store.update(shop.id, { B: '2', A: '1' })).toEqual({ changed: ['A', 'B'] })
    expect(store.update(shop.id, { A: '1', B: null, C: '', NONE: null })).toEqual({ changed: ['B', 'C'] })
    expect(store.all(shop.id)).toEqual({ A: '1', C: '' })
    expect(store.update(shop.id, { A: '1', constructor: null })).toEqual({ changed: [] })
  })

  test('values are unreadable in the database and do not open in another place', () => {
    store.update(shop.id, { SECRET: 'hunter2-canary' })
    const row = db.get<{ sealed_value: Uint8Array }>('SELECT sealed_value FROM config_vars')
    expect(Buffer.from(row?.sealed_value ?? []).toString()).not.toContain('hunter2-canary')
    const blog = apps.create(ann, 'blog')
    db.run('UPDATE config_vars SET app_id = ?', blog.id)
    expect(() => store.all(blog.id)).toThrow(failing('secret.unreadable'))
  })

  test.each(['A=B', '', '1A', '__A', 'A-B', 'A B', 'Ä', 'A\n'])('%j cannot be a name', (name) => {
    expect(() => store.update(shop.id, { GOOD: 'x', [name]: 'x' })).toThrow(failing('config.invalid-name'))
    expect(store.all(shop.id)).toEqual({})
  })

  test.each(['PORT', 'DYNO', 'PAAS_APP', 'PAAS_'])('%s is set by the platform', (name) => {
    expect(() => store.update(shop.id, { [name]: 'x' })).toThrow(failing('config.reserved'))
  })

  test('names that only look like reserved ones are fine, and so is any text', () => {
    const vars = { PORT_RANGE: '1', port: '2', constructor: '3', TEXT: 'line 1\nline 2 = "ü" \u{1f600}' }
    store.update(shop.id, vars)
    expect(store.all(shop.id)).toEqual(vars)
    expect(() => store.update(shop.id, { A: 'x\0y' })).toThrow(failing('config.invalid-value'))
  })

  test('all together take 64 KB at most; going smaller is always allowed', () => {
    store.update(shop.id, { A: 'x'.repeat(40_000), B: 'y'.repeat(25_000) })
    expect(() => store.update(shop.id, { C: 'ü'.repeat(300) })).toThrow(failing('config.too-large'))
    expect(store.update(shop.id, { A: null }).changed).toEqual(['A'])
    expect(store.update(shop.id, { C: 'z'.repeat(40_000) }).changed).toEqual(['C'])
  })

  test('replace makes them exactly these, for one app only', () => {
    const blog = apps.create(ann, 'blog')
    store.update(shop.id, { A: '1', B: '2' })
    store.update(blog.id, { A: 'other' })
    store.replace(shop.id, { B: '3' })
    expect(store.all(shop.id)).toEqual({ B: '3' })
    expect(store.all(blog.id)).toEqual({ A: 'other' })
    apps.delete(shop.id)
    expect(store.all(shop.id)).toEqual({})
  })
})

describe('formation', () => {
  test('new process types begin with one web and none of the others; release is never scaled', () => {
    const formation = new Formation(db)
    formation.ensure(shop.id, ['worker', 'release', 'web', 'clock'])
    const all = formation.list(shop.id)
    expect(all.map((row) => [row.processType, row.quantity])).toEqual([
      ['web', 1],
      ['clock', 0],
      ['worker', 0],
    ])
    expect(all[0]).toMatchObject({ memoryMb: 512, cpus: 1 })
    formation.set(shop.id, 'worker', 3)
    formation.set(shop.id, 'web', 0)
    formation.ensure(shop.id, ['web'])
    expect(formation.get(shop.id, 'web')?.quantity).toBe(0)
    expect(formation.get(shop.id, 'worker')?.quantity).toBe(3)
    expect(formation.get(shop.id, 'release')).toBeUndefined()
  })

  test('a type that was never declared cannot be scaled, and the error names those there are', () => {
    const formation = new Formation(db)
    expect(() => formation.set(shop.id, 'web', 2)).toThrow(failing('process.not-found'))
    formation.ensure(shop.id, ['web', 'worker'])
    expect(() => formation.set(shop.id, 'wokrer', 2)).toThrow(
      expect.objectContaining({ help: { fix: expect.stringContaining('web, worker') } }),
    )
  })
})

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
