import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { AddonsKit } from '../../test/addons-kit.ts'
import { query } from '../../test/sql.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { AddonRecord } from './addon-records.ts'
import { toolsOf } from './tools.ts'

let kit: AddonsKit
let shop: AppRecord
let blog: AppRecord
let addon: AddonRecord
beforeAll(async () => {
  kit = await AddonsKit.start()
  shop = kit.app('shop')
  blog = kit.app('blog')
  addon = await kit.make(shop, 'postgres')
}, 120_000)
afterAll(() => kit[Symbol.asyncDispose](), 60_000)

const databaseUrl = (app: AppRecord) => kit.variables(app)['DATABASE_URL'] ?? ''

test('a database is made, attached under two names, and takes SQL', async () => {
  const variables = kit.variables(shop)
  expect(Object.keys(variables)).toEqual(['DATABASE_URL', 'POSTGRESQL_AMBER_URL'])
  await query(variables['DATABASE_URL'], 'CREATE TABLE todos (id serial PRIMARY KEY, what text)')
  await query(variables['POSTGRESQL_AMBER_URL'], `INSERT INTO todos (what) VALUES ('milk')`)
  expect(await query(variables['DATABASE_URL'], 'SELECT what FROM todos')).toEqual([{ what: 'milk' }])
  expect(await kit.addons.info(addon)).toContainEqual(['Tables', '1'])
  expect(kit.released[0]).toBe(
    `shop: Attach DATABASE, POSTGRESQL_AMBER (${addon.name}) [DATABASE_URL POSTGRESQL_AMBER_URL]`,
  )
})

test('it is as safe as a database should be', async () => {
  const [row] = await query(
    databaseUrl(shop),
    `SELECT current_setting('fsync') AS fsync, current_setting('data_checksums') AS checksums,
      current_setting('ssl') AS ssl, current_setting('password_encryption') AS passwords,
      (SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = session_user) AS mighty`,
  )
  expect(row).toEqual({ fsync: 'on', checksums: 'on', ssl: 'on', passwords: 'scram-sha-256', mighty: false })
})

test('an app that is attached later uses what the first one made, under a login of its own', async () => {
  await kit.addons.attach(kit.actor, addon, blog, 'REPORTS')
  const url = kit.variables(blog)['REPORTS_URL']
  expect(Object.keys(kit.variables(blog))).toEqual(['REPORTS_URL'])
  await query(url, `INSERT INTO todos (what) VALUES ('eggs')`)
  await query(url, 'ALTER TABLE todos ADD COLUMN done boolean')
  expect(await query(databaseUrl(shop), 'SELECT what, done FROM todos WHERE id = 2')).toEqual([
    { what: 'eggs', done: null },
  ])
  expect(new URL(url ?? '').username).not.toBe(new URL(databaseUrl(shop)).username)
})

test('a name that is in use is refused with words', async () => {
  await expect(kit.addons.attach(kit.actor, addon, blog, 'REPORTS')).rejects.toMatchObject({ code: 'attachment.taken' })
  kit.configVars.update(blog.id, { MINE_URL: 'x' })
  await expect(kit.addons.attach(kit.actor, addon, blog, 'MINE')).rejects.toMatchObject({ code: 'attachment.taken' })
})

test('a detached app cannot sign in any more, and what it made stays', async () => {
  const url = kit.variables(blog)['REPORTS_URL']
  await query(url, 'CREATE TABLE visits (at timestamptz)')
  kit.addons.detach(kit.actor, blog, 'REPORTS')
  expect(kit.variables(blog)).toEqual({})
  await kit.addons.look()
  await expect(query(url, 'SELECT 1')).rejects.toThrow(/authentication failed|not permitted/)
  expect(await query(databaseUrl(shop), 'SELECT count(*)::int AS n FROM visits')).toEqual([{ n: 0 }])
})

test('a login is replaced by another, and the old one works until nothing uses it', async () => {
  const old = databaseUrl(shop)
  await kit.addons.rotate(kit.actor, addon, shop)
  const fresh = databaseUrl(shop)
  expect(fresh).not.toBe(old)
  expect(await query(old, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(await query(fresh, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await kit.addons.look()
  await expect(query(old, 'SELECT 1')).rejects.toThrow(/authentication failed|not permitted/)
  expect(await query(fresh, 'SELECT count(*)::int AS n FROM todos')).toEqual([{ n: 2 }])
})

test('a login that is not there yet is told to nobody, and taken away when it never came about', async () => {
  const before = databaseUrl(shop)
  const { servers } = kit.addons
  const link = vi.spyOn(servers, 'link').mockImplementationOnce(async () => {
    expect(kit.addons.credentials.of(addon.id)).toHaveLength(2)
    expect(databaseUrl(shop), 'a release that is made now carries the old one').toBe(before)
    throw new Error('the engine is away')
  })
  await expect(kit.addons.rotate(kit.actor, addon, shop)).rejects.toThrow('the engine is away')
  link.mockRestore()
  expect(databaseUrl(shop)).toBe(before)
  await kit.addons.look()
  expect(kit.addons.credentials.of(addon.id)).toHaveLength(1)
  expect(await query(before, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('shared databases live in one server, and nobody gets into another one', async () => {
  const first = await kit.make(shop, 'postgres', { plan: 'shared', as: 'ONE' })
  const second = await kit.make(blog, 'postgres', { plan: 'shared', as: 'TWO' })
  expect(second.serverId).toBe(first.serverId)
  const mine = kit.variables(blog)['TWO_URL'] ?? ''
  const others = new URL(mine)
  others.pathname = new URL(kit.variables(shop)['ONE_URL'] ?? '').pathname
  await query(mine, 'CREATE TABLE mine (id int)')
  await expect(query(others.href, 'SELECT 1')).rejects.toThrow(/permission denied for database/)
  await expect(query(mine, 'CREATE ROLE evil SUPERUSER LOGIN')).rejects.toThrow(/permission denied|must be superuser/)
  await expect(query(mine, `COPY mine FROM PROGRAM 'id'`)).rejects.toThrow(/permission denied|must be superuser/)
  kit.addons.destroy(kit.actor, first)
  expect(await kit.addons.settled(first.id)).toBeUndefined()
  expect(kit.leaving).toContain(first.name)
  expect(await query(mine, 'SELECT count(*)::int AS n FROM mine')).toEqual([{ n: 0 }])
})

test('another database is promoted, and the former keeps a name', async () => {
  const better = await kit.make(shop, 'postgres', { plan: 'shared' })
  expect(kit.variables(shop)).toHaveProperty('POSTGRESQL_AQUA_URL')
  await kit.addons.promote(kit.actor, better, shop)
  expect(databaseUrl(shop)).toBe(kit.variables(shop)['POSTGRESQL_AQUA_URL'])
  expect(kit.variables(shop)['POSTGRESQL_AMBER_URL']).toContain(addon.database)
  await expect(kit.addons.promote(kit.actor, better, shop)).rejects.toMatchObject({ code: 'addon.promoted' })
})

test('a backup is brought back into another database, whole or not at all', async () => {
  const dump = await buffer(await kit.addons.backup(addon, AbortSignal.timeout(60_000)))
  const fresh = await kit.make(blog, 'postgres', { plan: 'shared', as: 'RESTORED' })
  const signal = AbortSignal.timeout(60_000)
  await expect(kit.addons.restore(fresh, Readable.from([dump.subarray(0, dump.length - 200)]), signal)).rejects.toThrow(
    'pg_restore',
  )
  await kit.addons.restore(fresh, Readable.from([dump]), signal)
  const url = kit.variables(blog)['RESTORED_URL']
  expect(await query(url, 'SELECT what FROM todos ORDER BY id')).toEqual([{ what: 'milk' }, { what: 'eggs' }])
  await query(url, 'DROP TABLE todos')
})

test('what a database brings along never runs as the account of the platform', async () => {
  const evil = await kit.make(blog, 'postgres', { plan: 'shared', as: 'EVIL' })
  const url = kit.variables(blog)['EVIL_URL']
  const steal = `BEGIN PERFORM set_config('role', 'none', false);
    EXECUTE 'CREATE ROLE stolen SUPERUSER'; RETURN true; EXCEPTION WHEN insufficient_privilege THEN RETURN true; END`
  await query(url, `CREATE FUNCTION steal(int) RETURNS bool LANGUAGE plpgsql AS $$ ${steal} $$`)
  await query(url, 'CREATE TABLE bait (id int CHECK (public.steal(id)))')
  await query(url, 'INSERT INTO bait VALUES (1)')
  await query(
    url,
    `CREATE FUNCTION pg_database_size(name) RETURNS bigint LANGUAGE plpgsql AS $$ DECLARE r bool; ${steal.replaceAll('RETURN true', 'RETURN 1')} $$`,
  )
  const name = new URL(url ?? '').pathname.slice(1)
  await query(url, `ALTER DATABASE "${name}" SET search_path = public, pg_catalog`)
  const dump = await buffer(await kit.addons.backup(evil, AbortSignal.timeout(60_000)))
  expect(await kit.addons.info(evil)).toContainEqual(['Tables', '1'])
  const fresh = await kit.make(blog, 'postgres', { plan: 'shared', as: 'BAIT' })
  await kit.addons.restore(fresh, Readable.from([dump]), AbortSignal.timeout(60_000))
  const restored = kit.variables(blog)['BAIT_URL']
  expect(await query(restored, 'SELECT id FROM bait')).toEqual([{ id: 1 }])
  expect(await query(restored, `SELECT 1 FROM pg_roles WHERE rolname = 'stolen'`)).toEqual([])
  expect(await query(restored, `SELECT 1 FROM pg_roles WHERE rolname LIKE '%guest'`)).toEqual([])
})

test('its information tells how full it is, what runs, and what is slow', async () => {
  const url = kit.variables(shop)['POSTGRESQL_AMBER_URL']
  const facts = async () => Object.fromEntries(await kit.addons.info(addon))
  await expect.poll(facts, { timeout: 60_000 }).toMatchObject({
    Connections: '0 of 20 by the busiest login, 0 in all',
    'Data size': expect.stringMatching(/^\d+\.\d MB, meant for 10 GB$/),
    Queries: 'none runs',
  })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const sleeping = client.query('SELECT pg_sleep(600)').catch(() => 'ended')
  await expect.poll(facts, { timeout: 60_000 }).toMatchObject({
    Connections: '1 of 20 by the busiest login, 1 in all',
    Queries: expect.stringMatching(/^1 running, the oldest for \d+\.\d s$/),
  })
  const { access, database, tools } = await toolsOf(kit.addons, addon)
  expect(await tools.endSessions(access, database, { force: false })).toBe(1)
  expect(await sleeping).toBe('ended')
  await client.query('SELECT pg_sleep(1.1)')
  await client.end()
  expect((await facts())['Slow queries']).toMatch(/^[1-9]\d* of 1 s and more on average: paas pg:outliers$/)
})

test('who has nearly all connections open is told once, in every app that uses the database, and that it is over', async () => {
  await kit.addons.attach(kit.actor, addon, blog, 'WATCHED')
  await kit.addons.look()
  const told = () => kit.told.filter((line) => line.includes('connections'))
  const url = kit.variables(blog)['WATCHED_URL'] ?? ''
  const clients = Array.from({ length: 18 }, () => new pg.Client({ connectionString: url }))
  await Promise.all(clients.map((client) => client.connect()))
  await kit.addons.look()
  await kit.addons.look()
  const words = `18 of the 20 connections that a login may have are open: use a smaller pool or a larger plan.`
  expect(told()).toEqual(['shop', 'blog'].map((app) => `${app}: condition.opened ${addon.name}: connections: ${words}`))
  expect(kit.addons.conditions.of(addon.id)).toMatchObject([{ code: 'connections', words }])
  await Promise.all(clients.map((client) => client.end()))
  await expect
    .poll(() => kit.addons.look().then(() => kit.addons.conditions.of(addon.id)), { timeout: 60_000 })
    .toEqual([])
  expect(told().slice(2)).toEqual(
    ['shop', 'blog'].map((app) => `${app}: condition.cleared ${addon.name}: connections is over.`),
  )
  kit.addons.detach(kit.actor, blog, 'WATCHED')
  await kit.addons.look()
})

test('exposed on the machine it takes anybody with a login; elsewhere only who is allowed, over TLS', async () => {
  const inner = kit.variables(shop)['POSTGRESQL_AMBER_URL'] ?? ''
  const at = (port: number | undefined) => {
    const url = new URL(inner)
    url.port = String(port)
    return url.href
  }
  const { exposures } = kit.addons
  const { exposed } = await exposures.expose(addon, { allow: [] })
  expect(exposed?.address).toBe('127.0.0.1')
  expect(await query(at(exposed?.port), 'SELECT 1 AS one')).toEqual([{ one: 1 }])

  await expect(exposures.expose(addon, { address: '0.0.0.0', allow: [] })).rejects.toMatchObject({
    code: 'addon.expose-open',
  })
  const strangers = await exposures.expose(addon, { address: '0.0.0.0', allow: ['192.0.2.0/24'] })
  await expect(query(at(strangers.exposed?.port), 'SELECT 1')).rejects.toThrow()
  const local = await exposures.expose(addon, { address: '0.0.0.0', allow: ['127.0.0.0/8'] })
  const port = local.exposed?.port
  await expect(query(at(port), 'SELECT 1')).rejects.toThrow()
  expect(await query(`${at(port)}?sslmode=no-verify`, 'SELECT 1 AS one')).toEqual([{ one: 1 }])

  const again = await exposures.expose(addon, { port, allow: [] })
  expect(again.exposed).toEqual({ address: '127.0.0.1', port, allow: [] })
  const taken = Number(new URL(inner).port)
  await expect(exposures.expose(addon, { port: taken, allow: [] })).rejects.toMatchObject({ code: 'addon.expose-port' })
  expect(kit.addons.findById(addon.id)?.exposed).toBeNull()

  await exposures.expose(addon, { port, allow: [] })
  expect(exposures.unexpose(addon).exposed).toBeNull()
  await expect(query(at(port), 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
})

test('a larger plan gives it more, with the data and the URL as they were', async () => {
  const before = kit.variables(shop)['POSTGRESQL_AMBER_URL']
  kit.addons.resize(kit.actor, addon, 'small')
  expect(await kit.addons.settled(addon.id)).toMatchObject({ state: 'available', plan: 'small' })
  expect(kit.variables(shop)['POSTGRESQL_AMBER_URL']).toBe(before)
  const [row] = await query(
    before,
    `SELECT current_setting('shared_buffers') AS buffers, count(*)::int AS n FROM todos`,
  )
  expect(row).toEqual({ buffers: '64MB', n: 2 })
})

test('a restarted server of the platform finds it running, and goes on with what was begun', async () => {
  const { id } = await kit.addons.create(kit.actor, blog, {
    service: 'postgres',
    plan: 'shared',
    as: 'LATE',
    attach: true,
  })
  await kit.restartServer()
  expect(await kit.addons.settled(id)).toMatchObject({ state: 'available' })
  expect(await query(kit.variables(blog)['LATE_URL'], 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(await query(kit.variables(shop)['POSTGRESQL_AMBER_URL'], 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('with its app goes what nobody else uses', async () => {
  await kit.addons.attach(kit.actor, addon, blog, 'LEGACY')
  await kit.addons.appDestroyed(kit.actor, shop)
  expect(kit.addons.findById(addon.id)?.appId).toBe(blog.id)
  expect(kit.addons.list(shop)).toEqual([])
  expect(await query(kit.variables(blog)['LEGACY_URL'], 'SELECT count(*)::int AS n FROM todos')).toEqual([{ n: 2 }])
})
