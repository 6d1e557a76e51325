import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AppName } from '../contract/names.ts'
import { AppsKit } from './apps-kit.ts'

let kit: AppsKit
let access: AppsKit['access']
let apps: AppsKit['apps']
let ann: AppsKit['ann']
let bob: AppsKit['bob']
let shop: AppsKit['shop']
beforeEach(() => {
  kit = new AppsKit()
  ;({ access, apps, ann, bob, shop } = kit)
})
afterEach(() => kit[Symbol.dispose]())

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

  test('a user owns 100 at most, and is told before a first push begins', () => {
    for (let n = apps.list().length; n < 100; n += 1) apps.create(ann)
    for (const more of [() => apps.create(ann), () => apps.requireCreatable(ann, 'one-more')]) {
      expect(more).toThrow(failing('app.limit'))
      expect(more).toThrow('ann owns 100 apps, which is the limit for a user.')
    }
    expect(apps.create(bob, 'first').name).toBe('first')
    apps.delete(shop.id)
    expect(apps.create(ann, 'one-more').name).toBe('one-more')
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
