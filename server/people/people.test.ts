import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Database } from '../db/database.ts'
import { type ActivityFilter, ActivityLog } from './activity.ts'
import { actorName, SYSTEM } from './actor.ts'
import { Claims } from './claims.ts'
import { Tokens } from './tokens.ts'
import { Users } from './users.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

let directory: ReturnType<typeof mkdtempDisposableSync>
let db: Database
let users: Users
let now: number
let tokens: Tokens
beforeEach(() => {
  directory = mkdtempDisposableSync(join(tmpdir(), 'paas-people-'))
  db = Database.open(join(directory.path, 'paas.db'))
  now = Date.parse('2026-01-01T00:00:00Z')
  users = new Users(db)
  tokens = new Tokens(db, () => now)
})
afterEach(() => {
  db[Symbol.dispose]()
  directory.remove()
})

const failing = (code: string) => expect.objectContaining({ code })

describe('users', () => {
  test('are found by name and id, and listed by name', () => {
    const zoe = users.create('zoe', { boxOwner: false })
    users.create('ann', { boxOwner: true })
    expect(users.get('zoe')).toEqual(zoe)
    expect(users.findById(zoe.id)).toEqual(zoe)
    expect(users.list().map((user) => user.name)).toEqual(['ann', 'zoe'])
    expect(users.find('bob')).toBeUndefined()
    expect(() => users.get('bob')).toThrow(failing('user.not-found'))
  })

  test.each(['', 'Ann', '1st', 'a b', 'a;b', '../a', 'paas', 'a'.repeat(41)])('%j cannot be a user name', (name) => {
    expect(() => users.create(name, { boxOwner: false })).toThrow(failing('user.invalid-name'))
  })

  test('a name belongs to one user', () => {
    users.create('ann', { boxOwner: false })
    expect(() => users.create('ann', { boxOwner: true })).toThrow(failing('user.taken'))
    expect(users.get('ann').boxOwner).toBe(false)
  })

  test('the last box owner and owners of apps stay; others go with their tokens', () => {
    const ann = users.create('ann', { boxOwner: true })
    const bob = users.create('bob', { boxOwner: false })
    const { secret } = tokens.create(bob.id, { description: 'ci', scope: 'deploy', days: 1 })
    expect(() => users.remove('ann')).toThrow(failing('user.last-owner'))
    db.run("INSERT INTO apps (id, name, owner_id, created_at) VALUES ('app_1', 'shop', ?, 0)", bob.id)
    expect(() => users.remove('bob')).toThrow(/owns shop/)
    db.run('DELETE FROM apps')
    users.remove('bob')
    expect(tokens.authenticate(secret, 'api')).toBeUndefined()
    users.create('eve', { boxOwner: true })
    users.remove('ann')
    expect(users.findById(ann.id)).toBeUndefined()
  })
})

describe('tokens', () => {
  test('of a user are 100 at most, expired and revoked ones left out', () => {
    const [ann, bob] = ['ann', 'bob'].map((name) => users.create(name, { boxOwner: false }))
    if (!ann || !bob) throw new Error('no users')
    const create = (days: number) => tokens.create(ann.id, { description: 'ci', scope: 'read', days })
    const [first] = Array.from({ length: 99 }, () => create(2))
    create(1)
    expect(() => create(1)).toThrow(failing('token.limit'))
    expect(tokens.create(bob.id, { description: 'ci', scope: 'read', days: 1 }).secret).toBeDefined()
    now += DAY
    create(2)
    expect(() => create(2)).toThrow(failing('token.limit'))
    tokens.revoke(ann.id, first?.id ?? '')
    expect(create(2).secret).toBeDefined()
  })

  test('sign their user in with their scope until they expire', () => {
    const ann = users.create('ann', { boxOwner: false })
    const { secret, id } = tokens.create(ann.id, { description: 'laptop', scope: 'deploy', days: 2 })
    expect(secret.startsWith(`paas_${id}_`)).toBe(true)
    expect(tokens.authenticate(secret, 'http')).toEqual({ user: ann, scope: 'deploy', via: 'http' })
    now += 2 * DAY - 1
    expect(tokens.authenticate(secret, 'api')?.user?.name).toBe('ann')
    now += 1
    expect(() => tokens.authenticate(secret, 'api')).toThrow(/"laptop" expired on 2026-01-03/)
    expect(() => tokens.authenticate(secret, 'api')).toThrow(failing('token.expired'))
  })

  test('another secret for the same id, other texts and revoked tokens sign nobody in', () => {
    const ann = users.create('ann', { boxOwner: true })
    const { secret, id } = tokens.create(ann.id, { description: 'laptop', scope: 'admin', days: 1 })
    const wrong = secret.slice(0, -1) + (secret.endsWith('0') ? '1' : '0')
    for (const text of [wrong, '', 'paas_', id, `paas_${id}_`, `${secret}x`, ` ${secret}`, secret.toUpperCase()]) {
      expect(tokens.authenticate(text, 'api')).toBeUndefined()
    }
    now += DAY
    expect(tokens.authenticate(wrong, 'api')).toBeUndefined()
    now -= DAY
    tokens.revoke(ann.id, id)
    expect(tokens.authenticate(secret, 'api')).toBeUndefined()
    expect(() => tokens.revoke(ann.id, id)).toThrow(failing('token.not-found'))
  })

  test('the secret is not in the database', () => {
    const ann = users.create('ann', { boxOwner: true })
    const { secret } = tokens.create(ann.id, { description: 'laptop', scope: 'admin', days: 1 })
    const stored = db.all<Record<string, unknown>>('SELECT * FROM tokens').flatMap((row) => Object.values(row))
    const text = stored.map((value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value),
    )
    expect(text.join(' ')).not.toContain(secret.split('_').at(-1))
    expect(JSON.stringify(tokens.list(ann.id))).not.toContain(secret.split('_').at(-1))
  })

  test("one cannot revoke another user's token", () => {
    const ann = users.create('ann', { boxOwner: true })
    const bob = users.create('bob', { boxOwner: true })
    const { id, secret } = tokens.create(ann.id, { description: 'laptop', scope: 'admin', days: 1 })
    expect(() => tokens.revoke(bob.id, id)).toThrow(failing('token.not-found'))
    expect(tokens.authenticate(secret, 'api')?.user?.name).toBe('ann')
  })

  test('the last use is written down at most once a minute', () => {
    const ann = users.create('ann', { boxOwner: true })
    const { secret } = tokens.create(ann.id, { description: 'laptop', scope: 'admin', days: 1 })
    const lastUse = () => tokens.list(ann.id)[0]?.lastUsedAt
    expect(lastUse()).toBeNull()
    tokens.authenticate(secret, 'api')
    now += 59_000
    tokens.authenticate(secret, 'api')
    expect(lastUse()).toBe('2026-01-01T00:00:00.000Z')
    now += 1_000
    tokens.authenticate(secret, 'api')
    expect(lastUse()).toBe('2026-01-01T00:01:00.000Z')
  })

  test.each([0, -1, 1.5, 366, Number.NaN])('%d days are refused', (days) => {
    const ann = users.create('ann', { boxOwner: true })
    expect(() => tokens.create(ann.id, { description: 'x', scope: 'read', days })).toThrow(failing('token.days'))
  })
})

describe('claiming the box', () => {
  let claims: Claims
  beforeEach(() => {
    claims = new Claims(db, users, tokens, () => now)
  })

  test('the secret makes the first user once', () => {
    const secret = claims.issue()
    expect(claims.claimed()).toBe(false)
    const { user, token } = claims.claim(secret, 'ann', 'laptop', '192.0.2.1')
    expect(user.boxOwner).toBe(true)
    expect(tokens.authenticate(token.secret, 'api')).toMatchObject({ user: { name: 'ann' }, scope: 'admin' })
    expect(claims.claimed()).toBe(true)
    expect(() => claims.claim(secret, 'eve', 'laptop', '192.0.2.1')).toThrow(failing('claim.taken'))
    expect(() => claims.issue()).toThrow(failing('claim.taken'))
    expect(users.list()).toHaveLength(1)
  })

  test('a bad user name does not use the secret up', () => {
    const secret = claims.issue()
    expect(() => claims.claim(secret, 'not a name', 'laptop', '192.0.2.1')).toThrow(failing('user.invalid-name'))
    expect(claims.claimed()).toBe(false)
    expect(claims.claim(secret, 'ann', 'laptop', '192.0.2.1').user.name).toBe('ann')
  })

  test('a hundred wrong secrets are stopped after ten, and another address is not locked out', () => {
    const secret = claims.issue()
    const answers = Array.from({ length: 100 }, () => codeOf(() => claims.claim('guess', 'eve', 'x', '192.0.2.66')))
    expect(answers.filter((code) => code === 'claim.wrong')).toHaveLength(10)
    expect(answers.filter((code) => code === 'claim.limited')).toHaveLength(90)
    expect(codeOf(() => claims.claim(secret, 'eve', 'x', '192.0.2.66'))).toBe('claim.limited')
    expect(users.list()).toEqual([])
    expect(claims.claim(secret, 'ann', 'laptop', '192.0.2.1').user.name).toBe('ann')
  })

  test('after an hour one may try again', () => {
    const secret = claims.issue()
    for (let n = 0; n < 11; n += 1) codeOf(() => claims.claim('guess', 'ann', 'x', '192.0.2.1'))
    expect(() => claims.claim(secret, 'ann', 'x', '192.0.2.1')).toThrow(failing('claim.limited'))
    now += HOUR
    expect(claims.claim(secret, 'ann', 'x', '192.0.2.1').user.name).toBe('ann')
  })

  test('a secret ends after a day, and when a new one is issued', () => {
    const first = claims.issue()
    const second = claims.issue()
    expect(() => claims.claim(first, 'ann', 'x', '192.0.2.1')).toThrow(failing('claim.wrong'))
    now += DAY
    expect(() => claims.claim(second, 'ann', 'x', '192.0.2.1')).toThrow(failing('claim.expired'))
    expect(claims.claim(claims.issue(), 'ann', 'x', '192.0.2.1').user.name).toBe('ann')
  })

  test('without an issued secret nothing can claim', () => {
    expect(() => claims.claim('', 'ann', 'x', '192.0.2.1')).toThrow(failing('claim.wrong'))
  })
})

describe('activity', () => {
  test('is listed newest first, per app, page by page', () => {
    const activity = new ActivityLog(db)
    const user = users.create('ann', { boxOwner: true })
    const app = { id: 'app_1', name: 'shop' }
    for (const detail of ['one', 'two', 'three'])
      activity.record({ user, scope: 'admin', via: 'ssh' }, 'push', detail, app)
    activity.record(SYSTEM, 'restart', 'other app', { id: 'app_2', name: 'blog' })
    activity.record(SYSTEM, 'start', 'no app')
    const page = activity.list('app_1', { limit: 2 })
    expect(page.map((entry) => entry.detail)).toEqual(['three', 'two'])
    expect(page[0]).toMatchObject({ by: 'ann', via: 'ssh', app: 'shop', action: 'push' })
    expect(activity.list('app_1', { limit: 2, before: page[1]?.id ?? 0 }).map((entry) => entry.detail)).toEqual(['one'])
    expect(activity.list('app_2', { limit: 9 })[0]?.by).toBe(actorName(SYSTEM))
  })

  test('is filtered by who did it, by kind and by time', () => {
    const activity = new ActivityLog(db)
    const app = { id: 'app_1', name: 'shop' }
    const ann = { user: users.create('ann', { boxOwner: true }), scope: 'admin', via: 'api' } as const
    activity.record(ann, 'build.set', '1', app)
    activity.record(SYSTEM, 'build.set', '2', app)
    activity.record(ann, 'builds.cancel', '3', app)
    const found = (filter: Partial<ActivityFilter>) =>
      activity.list('app_1', { limit: 9, ...filter }).map(({ detail }) => detail)
    expect(found({ by: 'ann' })).toEqual(['3', '1'])
    expect(found({ kind: 'build' })).toEqual(['2', '1'])
    expect(found({ by: 'ann', kind: 'build' })).toEqual(['1'])
    expect(found({ since: new Date(Date.now() - 60_000), until: new Date(Date.now() + 60_000) })).toHaveLength(3)
    expect(found({ until: new Date(Date.now() - 60_000) })).toEqual([])
    expect(found({ since: new Date(Date.now() + 60_000) })).toEqual([])
  })

  test('cannot be changed or deleted, and outlives its user', () => {
    const activity = new ActivityLog(db)
    const user = users.create('bob', { boxOwner: false })
    activity.record({ user, scope: 'admin', via: 'api' }, 'push', 'x', { id: 'app_1', name: 'shop' })
    users.remove('bob')
    expect(() => db.run("UPDATE activity SET detail = 'y'")).toThrow(/append-only/)
    expect(() => db.run('DELETE FROM activity')).toThrow(/append-only/)
    expect(activity.list('app_1', { limit: 9 })[0]?.by).toBe('bob')
  })
})

function codeOf(fn: () => unknown): unknown {
  try {
    fn()
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : undefined
  }
  return undefined
}
