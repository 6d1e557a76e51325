import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AddonsKit } from '../../test/addons-kit.ts'
import { query } from '../../test/sql.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { AddonRecord } from './addon-records.ts'

/** The machine may have but one version of Postgres, which serves under both numbers here: all else is a real move. */
let kit: AddonsKit
let shop: AppRecord
let blog: AppRecord
let addon: AddonRecord
beforeAll(async () => {
  kit = await AddonsKit.start()
  shop = kit.app('shop')
  blog = kit.app('blog')
  addon = await kit.make(shop, 'postgres', { name: 'orders', version: '15' })
  await kit.addons.attach(kit.actor, addon, blog, 'REPORTS')
  const { pathname } = new URL(url())
  await query(
    url(),
    `CREATE TABLE orders (id bigint PRIMARY KEY, by text DEFAULT session_user);
     CREATE TABLE filled AS SELECT n FROM generate_series(1, 20000) n; CREATE SEQUENCE numbers START 4711;
     ALTER DATABASE "${pathname.slice(1)}" SET statement_timeout = '44s'`,
  )
}, 180_000)
afterAll(() => kit[Symbol.asyncDispose](), 60_000)

const WRITERS = 6
const url = (app = shop, name = 'DATABASE_URL') => kit.variables(app)[name] ?? ''
const room = (name: string) => kit.make(shop, 'postgres', { name, version: '17', attach: false })

/** When nothing is being done with it, whoever carries it out. */
async function settled(id = addon.id): Promise<AddonRecord> {
  const now = () => kit.addons.findById(id) ?? expect.unreachable()
  await expect.poll(() => now().state, { timeout: 60_000 }).toBe('available')
  return now()
}

/** Apps that write as fast as they can, sign in anew when they are cut off, and remember what was acknowledged. */
function writers() {
  let going = true
  const acknowledged: number[] = []
  const failures: number[] = []
  const all = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let n = 0; going; n += 1) {
      const id = writer * 1_000_000 + n
      try {
        await query(url(), `INSERT INTO orders (id) VALUES (${id})`)
        acknowledged.push(id)
      } catch {
        failures.push(performance.now())
        await pause(5)
      }
    }
  })
  return {
    acknowledged,
    failures,
    async stop() {
      going = false
      await Promise.all(all)
    },
  }
}

test('a rehearsal copies, compares and tells for how long apps will only read, and changes nothing', async () => {
  const to = await room('orders-next')
  const before = { ...kit.variables(shop) }
  kit.addons.upgrade(kit.actor, addon, to, { rehearse: true })
  const now = await settled()
  expect(now.reason).toMatch(
    /^rehearsed: 2 tables with 20000 rows are the same; apps could only read for about [\d.]+ s$/,
  )
  expect(now.serverId).toBe(addon.serverId)
  expect(kit.variables(shop)).toEqual(before)
  await query(url(), 'INSERT INTO orders (id) VALUES (-1)')
}, 180_000)

test('whatever was acknowledged while it moves is in the new server, and nothing else', async () => {
  const to = kit.addons.named('orders-next') ?? expect.unreachable()
  const login = new URL(url())
  const writing = writers()
  await expect.poll(() => writing.acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(50)
  kit.addons.upgrade(kit.actor, addon, to, { rehearse: false })
  const moved = await settled()
  const since = writing.acknowledged.length
  await expect.poll(() => writing.acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(since + 50)
  await writing.stop()
  expect(moved).toMatchObject({ name: 'orders', serverId: to.serverId, reason: null })
  const rows = await query(url(), 'SELECT id::float AS id FROM orders WHERE id >= 0')
  const found = new Set(rows.map(({ id }) => id))
  expect(writing.acknowledged.filter((id) => !found.has(id))).toEqual([])
  expect(await query(url(), `SELECT count(*)::int AS n, nextval('numbers')::int AS next FROM filled`)).toEqual([
    { n: 20_000, next: 4711 },
  ])
  expect(await query(url(), `SELECT current_setting('statement_timeout') AS t`)).toEqual([{ t: '44s' }])
  expect(await query(url(blog, 'REPORTS_URL'), 'SELECT count(*)::int AS n FROM filled')).toEqual([{ n: 20_000 }])
  const now = new URL(url())
  expect([now.username, now.password, now.pathname]).toEqual([login.username, login.password, login.pathname])
  expect(kit.released.slice(-2)).toEqual([
    'blog: Move orders to PostgreSQL 17 [REPORTS_URL]',
    'shop: Move orders to PostgreSQL 17 [DATABASE_URL POSTGRESQL_AMBER_URL]',
  ])
}, 180_000)

test('the old server stays with all that was in it, and the logins of then can only read there', async () => {
  const old = kit.addons.named('orders-v15') ?? expect.unreachable()
  expect(old).toMatchObject({ id: kit.addons.named('orders-v15')?.id, serverId: addon.serverId, state: 'available' })
  const { endpoint } = await kit.addons.servers.access(kit.addons.server(old))
  const login = new URL(url())
  Object.assign(login, { port: String(endpoint.port) })
  const numbers = 'SELECT count(*)::int AS n FROM filled'
  expect(await query(login.href, numbers)).toEqual([{ n: 20_000 }])
  for (const trick of ['', 'SET default_transaction_read_only = off; ', `SET role = "${old.database}_owner"; `]) {
    await expect(query(login.href, `${trick}INSERT INTO orders (id) VALUES (-2)`), trick).rejects.toThrow(
      /read-only|permission denied/,
    )
  }
  await kit.addons.attach(kit.actor, old, shop, 'OLD')
  await query(url(shop, 'OLD_URL'), 'DELETE FROM filled WHERE n = 1')
  expect(await query(url(), numbers)).toEqual([{ n: 20_000 }])
}, 180_000)

test('one that cannot be copied stays where it is, and is written to again', async () => {
  const to = await room('orders-third')
  const before = kit.addons.findById(addon.id) ?? expect.unreachable()
  const way = await kit.addons.servers.access(kit.addons.server(before))
  const admin = new URL(url())
  Object.assign(admin, { username: 'postgres', password: way.password })
  const there = await kit.addons.servers.access(kit.addons.server(to))
  const inTo = Object.assign(new URL(admin), {
    password: there.password,
    port: String(there.endpoint.port),
    pathname: to.database,
  })
  await query(inTo.href, 'CREATE TABLE mine (id int)')
  kit.addons.upgrade(kit.actor, before, to, { rehearse: false })
  expect((await settled()).reason).toContain('There is something in orders-third')
  expect(await query(inTo.href, 'TABLE mine')).toEqual([])
  await query(inTo.href, 'DROP TABLE mine')
  await query(admin.href, 'CREATE EXTENSION file_fdw')
  kit.addons.upgrade(kit.actor, before, to, { rehearse: false })
  const now = await settled()
  expect(now).toMatchObject({
    serverId: before.serverId,
    reason: expect.stringContaining('permission denied to create extension'),
  })
  await query(url(), 'INSERT INTO orders (id) VALUES (-3)')
  await query(admin.href, 'DROP EXTENSION file_fdw')
}, 180_000)

test('a server that is stopped in the middle goes on with it, and nothing is lost', async () => {
  const to = kit.addons.named('orders-third') ?? expect.unreachable()
  const writing = writers()
  await expect.poll(() => writing.acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(10)
  kit.addons.upgrade(kit.actor, kit.addons.findById(addon.id) ?? expect.unreachable(), to, { rehearse: false })
  await expect.poll(() => kit.addons.findById(addon.id)?.step, { timeout: 60_000, interval: 1 }).not.toBeNull()
  await kit.restartServer()
  expect(await settled()).toMatchObject({ serverId: to.serverId })
  const since = writing.acknowledged.length
  await expect.poll(() => writing.acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(since + 10)
  await writing.stop()
  const found = new Set((await query(url(), 'SELECT id::float AS id FROM orders')).map(({ id }) => id))
  expect(writing.acknowledged.filter((id) => !found.has(id))).toEqual([])
}, 180_000)

test('what is used, shared or of another kind is no place to move to', async () => {
  const now = kit.addons.findById(addon.id) ?? expect.unreachable()
  const old = kit.addons.named('orders-v15') ?? expect.unreachable()
  const shared = await kit.make(shop, 'postgres', { plan: 'shared', attach: false })
  const used = kit.addons.named('orders-v17') ?? expect.unreachable()
  await kit.addons.attach(kit.actor, used, shop, 'USED')
  for (const [to, why] of [
    [used, 'used by an app'],
    [old, 'older version'],
    [shared, 'shared server'],
    [now, 'the same one'],
  ] as const) {
    expect(() => kit.addons.upgrade(kit.actor, now, to, { rehearse: false })).toThrow(why)
  }
}, 180_000)
