import { afterEach, beforeEach, expect, test } from 'vitest'
import { Settings } from '../db/settings.ts'
import type { Actor } from '../people/actor.ts'
import type { AppRecord } from './apps.ts'
import { AppsKit } from './apps-kit.ts'
import { Domains } from './domains.ts'
import { PathRoutes } from './path-routes.ts'

let kit: AppsKit
let ann: Actor
let bob: Actor
let shop: AppRecord
let blog: AppRecord
let domains: Domains
let paths: PathRoutes
beforeEach(() => {
  kit = new AppsKit()
  ;({ ann, bob, shop } = kit)
  const settings = new Settings(kit.db)
  settings.set('base_domain', 'apps.example.org')
  domains = new Domains(kit.db, settings)
  paths = new PathRoutes(kit.db, kit.apps, domains, kit.access)
  blog = kit.apps.create(ann, 'blog')
  domains.add(shop, 'www.example.com')
})
afterEach(() => kit[Symbol.dispose]())

const failing = (code: string) => expect.objectContaining({ code })
const add = (actor: Actor, app: AppRecord, host: string, prefix = '/api') =>
  paths.add(actor, app, { host, prefix, strip: false })

test('a host and prefix belong to one app; claiming one’s own again sets whether it is taken off', () => {
  add(ann, blog, 'www.example.com')
  expect(() => add(ann, shop, 'www.example.com')).toThrow(failing('path.taken'))
  expect(paths.add(ann, blog, { host: 'www.example.com', prefix: '/api', strip: true }).strip).toBe(true)
  add(ann, shop, 'www.example.com', '/api/v2')
  expect(paths.list(shop).map(({ prefix, app }) => `${prefix} ${app}`)).toEqual(['/api blog', '/api/v2 shop'])
})

test('the host must be of an app that the same user owns and the actor may deploy', () => {
  const theirs = kit.apps.create(bob, 'theirs')
  domains.add(theirs, 'theirs.example')
  expect(() => add(ann, shop, 'nobody.example')).toThrow(failing('domain.not-found'))
  expect(() => add(ann, shop, 'theirs.example')).toThrow(failing('domain.not-found'))
  kit.access.setMember(theirs, 'ann', 'developer')
  expect(() => add(ann, shop, 'theirs.example')).toThrow(failing('path.owner'))
  kit.access.setMember(blog, 'bob', 'developer')
  expect(() => add(bob, blog, 'www.example.com')).toThrow(failing('domain.not-found'))
  kit.access.setMember(shop, 'bob', 'viewer')
  expect(() => add(bob, blog, 'www.example.com')).toThrow(failing('domain.not-found'))
  kit.access.setMember(shop, 'bob', 'developer')
  expect(add(bob, blog, 'www.example.com').hostApp).toBe('shop')
})

test('a wildcard is not the hosts below it', () => {
  domains.add(shop, '*.example.com')
  expect(() => add(ann, blog, 'a.example.com')).toThrow(failing('domain.not-found'))
})

test('a path goes with its domain, its app, or the app whose host it is', () => {
  add(ann, blog, 'www.example.com')
  domains.remove(shop, 'www.example.com')
  expect(paths.all()).toEqual([])
  add(ann, blog, 'shop.apps.example.org')
  kit.apps.delete(shop.id)
  expect(paths.all()).toEqual([])
  add(ann, blog, 'blog.apps.example.org')
  kit.apps.delete(blog.id)
  expect(paths.all()).toEqual([])
})

test('a path on the host that the box gave follows a rename', () => {
  add(ann, blog, 'shop.apps.example.org')
  kit.apps.rename(shop.id, 'store')
  expect(paths.list(blog).map(({ host, hostApp }) => `${host} ${hostApp}`)).toEqual(['store.apps.example.org store'])
  paths.remove(blog, 'store.apps.example.org/api')
  expect(paths.all()).toEqual([])
})

test('an app has fifty at most', () => {
  kit.db.transaction(() => {
    for (let n = 0; n < 50; n += 1) add(ann, blog, 'blog.apps.example.org', `/n${n}`)
  })
  expect(() => add(ann, blog, 'blog.apps.example.org', '/one-more')).toThrow(failing('path.limit'))
})
