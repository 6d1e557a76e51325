import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PERMISSIONS, type Permission } from '../contract/route.ts'
import { TokenScope } from '../contract/user.ts'
import { Database } from '../db/database.ts'
import { Access } from './access.ts'
import { type Actor, SYSTEM, type UserRecord } from './actor.ts'
import { Users } from './users.ts'

/** yes: with every scope from the named one up. */
const EXPECTED: Record<Permission, { scope: TokenScope; who: string }> = {
  anyone: { scope: 'read', who: 'stranger viewer developer admin owner boxOwner' },
  user: { scope: 'read', who: 'stranger viewer developer admin owner boxOwner' },
  'user:create': { scope: 'deploy', who: 'stranger viewer developer admin owner boxOwner' },
  'user:own': { scope: 'admin', who: 'stranger viewer developer admin owner boxOwner' },
  'app:view': { scope: 'read', who: 'viewer developer admin owner boxOwner' },
  'app:deploy': { scope: 'deploy', who: 'developer admin owner boxOwner' },
  'app:config': { scope: 'admin', who: 'developer admin owner boxOwner' },
  'app:secrets': { scope: 'admin', who: 'admin owner boxOwner' },
  'app:run': { scope: 'admin', who: 'developer admin owner boxOwner' },
  'app:destroy': { scope: 'admin', who: 'admin owner boxOwner' },
  'box:view': { scope: 'read', who: 'stranger viewer developer admin owner boxOwner' },
  'box:own': { scope: 'admin', who: 'boxOwner' },
}
const PEOPLE = ['stranger', 'viewer', 'developer', 'admin', 'owner', 'boxOwner'] as const
const SCOPES = TokenScope.options
const TABLE = PERMISSIONS.flatMap((permission) =>
  PEOPLE.flatMap((person) =>
    SCOPES.map((scope) => {
      const { scope: least, who } = EXPECTED[permission]
      const enough = permission === 'anyone' || SCOPES.indexOf(scope) >= SCOPES.indexOf(least)
      return { permission, person, scope, allowed: enough && who.split(' ').includes(person) }
    }),
  ),
)

const app = { id: 'app_1', ownerId: '' }
const people = new Map<string, UserRecord>()
let directory: ReturnType<typeof mkdtempDisposableSync>
let db: Database
let access: Access

beforeAll(() => {
  directory = mkdtempDisposableSync(join(tmpdir(), 'paas-access-'))
  db = Database.open(join(directory.path, 'paas.db'))
  access = new Access(db)
  const users = new Users(db)
  for (const person of PEOPLE) {
    people.set(person, users.create(person.toLowerCase(), { boxOwner: person === 'boxOwner' }))
  }
  app.ownerId = people.get('owner')?.id ?? ''
  db.run("INSERT INTO apps (id, name, owner_id, created_at) VALUES ('app_1', 'shop', ?, 0)", app.ownerId)
  for (const role of ['viewer', 'developer', 'admin'] as const) access.setMember(app, role, role)
})
afterAll(() => {
  db[Symbol.dispose]()
  directory.remove()
})

function actor(person: string, scope: TokenScope = 'admin'): Actor {
  return { user: people.get(person) ?? null, scope, via: 'api' }
}

describe('who may do what', () => {
  test.each(TABLE)(
    '$permission as $person with a token of scope $scope: $allowed',
    ({ permission, person, scope, allowed }) => {
      expect(access.can(actor(person, scope), permission, app)).toBe(allowed)
    },
  )

  test('the platform itself may everything; nobody without a user may pass as it', () => {
    for (const permission of PERMISSIONS) expect(access.can(SYSTEM, permission, app)).toBe(true)
    expect(access.can({ user: null, scope: 'admin', via: 'api' }, 'box:own')).toBe(false)
    expect(access.can({ user: null, scope: 'admin', via: 'api' }, 'app:view', app)).toBe(false)
  })

  test('permissions in an app are not granted without an app, nor in another one', () => {
    expect(access.can(actor('boxOwner'), 'app:view')).toBe(false)
    expect(access.can(actor('admin'), 'app:view', { id: 'app_2', ownerId: app.ownerId })).toBe(false)
  })
})

test('a refusal says whether the token or the role falls short', () => {
  expect(() => access.require(actor('owner', 'read'), 'app:deploy', app)).toThrow(/scope deploy; yours has scope read/)
  expect(() => access.require(actor('viewer'), 'app:deploy', app)).toThrow(/role developer/)
  expect(() => access.require(actor('owner'), 'box:own')).toThrow(/owner of the box/)
  expect(() => access.require(actor('viewer'), 'app:deploy', app)).toThrow(
    expect.objectContaining({ kind: 'forbidden', code: 'access.denied' }),
  )
})

test('members are listed with the owner first; roles change and go', () => {
  access.setMember(app, 'stranger', 'viewer')
  access.setMember(app, 'stranger', 'admin')
  expect(access.members(app)).toEqual([
    { user: 'owner', role: 'owner' },
    { user: 'admin', role: 'admin' },
    { user: 'developer', role: 'developer' },
    { user: 'stranger', role: 'admin' },
    { user: 'viewer', role: 'viewer' },
  ])
  access.removeMember(app, 'stranger')
  expect(access.can(actor('stranger'), 'app:view', app)).toBe(false)
  expect(() => access.removeMember(app, 'stranger')).toThrow(expect.objectContaining({ code: 'member.not-found' }))
  expect(() => access.setMember(app, 'nobody', 'viewer')).toThrow(expect.objectContaining({ code: 'user.not-found' }))
  expect(() => access.setMember(app, 'owner', 'viewer')).toThrow(expect.objectContaining({ code: 'member.owner' }))
})

test('one sees the apps one owns or has a role in; a box owner sees all', () => {
  expect(access.visibleAppIds(actor('owner'))).toEqual(new Set(['app_1']))
  expect(access.visibleAppIds(actor('viewer', 'read'))).toEqual(new Set(['app_1']))
  expect(access.visibleAppIds(actor('stranger'))).toEqual(new Set())
  expect(access.visibleAppIds(actor('boxOwner'))).toBe('all')
  expect(access.visibleAppIds(SYSTEM)).toBe('all')
})
