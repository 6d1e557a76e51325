import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AddonsKit } from '../../test/addons-kit.ts'
import { query } from '../../test/sql.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { AddonRecord } from './addon-records.ts'
import { FOLLOWING } from './postgres/following.ts'
import { makeRoom, stopWrites } from './postgres/upgrade.ts'
import { databaseOf } from './servers.ts'

/** The machine may have but one version of Postgres: to a server of the same one then, and all else is a real move. */
let kit: AddonsKit
let shop: AppRecord
let blog: AppRecord
let addon: AddonRecord
beforeAll(async () => {
  kit = await AddonsKit.start()
  shop = kit.app('shop')
  blog = kit.app('blog')
  addon = await kit.make(shop, 'postgres', { name: 'orders' })
  await kit.addons.attach(kit.actor, addon, blog, 'REPORTS')
  const { pathname } = new URL(url())
  await query(
    url(),
    `CREATE TABLE orders (id bigint PRIMARY KEY, by text DEFAULT session_user);
     CREATE TABLE filled AS SELECT n FROM generate_series(1, 20000) n; CREATE SEQUENCE numbers START 4711;
     ALTER DATABASE "${pathname.slice(1)}" SET statement_timeout = '44s';
     ALTER DATABASE "${pathname.slice(1)}" SET search_path = "odd, one", public`,
  )
}, 180_000)
afterAll(() => kit[Symbol.asyncDispose](), 60_000)

const WRITERS = 6
const version = () => kit.addons.server(addon).version
const former = () => kit.addons.named(`orders-v${version()}`) ?? expect.unreachable()
const url = (app = shop, name = 'DATABASE_URL') => kit.variables(app)[name] ?? ''
const room = (name: string) => kit.make(shop, 'postgres', { name, attach: false })

const addonNow = () => kit.addons.findById(addon.id) ?? expect.unreachable()
const NONE = { slots: 0, publications: 0, followers: 0, whole: 0 }

/** What an upgrade has for so long on the old server. */
async function traces(of: AddonRecord) {
  const { endpoint, password } = await kit.addons.servers.access(kit.addons.server(of))
  const sql = `SELECT (SELECT count(*)::int FROM pg_replication_slots) AS slots,
    (SELECT count(*)::int FROM pg_publication) + (SELECT count(*)::int FROM pg_subscription) AS publications,
    (SELECT count(*)::int FROM pg_roles WHERE rolname LIKE '%follower') AS followers,
    (SELECT count(*)::int FROM pg_class WHERE relreplident = 'f') AS whole`
  return (await query(`postgres://postgres:${password}@${endpoint.host}:${endpoint.port}/${of.database}`, sql))[0]
}

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
  const events: { at: number; failed: boolean }[] = []
  const all = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let n = 0; going; n += 1) {
      const id = writer * 1_000_000 + n
      try {
        await query(url(), `INSERT INTO orders (id) VALUES (${id})`)
        acknowledged.push(id)
        events.push({ at: performance.now(), failed: false })
      } catch {
        events.push({ at: performance.now(), failed: true })
        await pause(5)
      }
    }
  })
  return {
    acknowledged,
    /** From the last write that went through before some failed to the next one, in ms: for each such time. */
    gaps() {
      const gaps: number[] = []
      let since: number | undefined
      let failed = false
      for (const event of events) {
        if (event.failed) failed = true
        else {
          if (failed && since !== undefined) gaps.push(Math.round(event.at - since))
          since = event.at
          failed = false
        }
      }
      return gaps
    },
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
    /^rehearsed: 2 tables with 20000 rows were followed; apps could only read for about [\d.]+ s$/,
  )
  expect(now.serverId).toBe(addon.serverId)
  expect(kit.variables(shop)).toEqual(before)
  await query(url(), 'INSERT INTO orders (id) VALUES (-1)')
  expect(await traces(addon)).toEqual(NONE)
}, 180_000)

test('what cannot be followed is copied while writes stop, and a rehearsal says so', async () => {
  const to = kit.addons.named('orders-next') ?? expect.unreachable()
  const [{ lo } = {}] = await query(url(), `SELECT lo_from_bytea(0, 'x')::text AS lo`)
  kit.addons.upgrade(kit.actor, addon, to, { rehearse: true })
  expect((await settled()).reason).toMatch(/are the same; apps could only read .* because large objects/)
  await query(url(), `SELECT lo_unlink(${lo})`)
}, 180_000)

test('whatever was acknowledged while it moves is in the new server, and nothing else', async ({ annotate }) => {
  const to = kit.addons.named('orders-next') ?? expect.unreachable()
  const login = new URL(url())
  const writing = writers()
  await expect.poll(() => writing.acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(50)
  kit.addons.upgrade(kit.actor, addon, to, { rehearse: false })
  const moved = await settled()
  const since = writing.acknowledged.length
  await expect.poll(() => writing.acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(since + 50)
  await writing.stop()
  await annotate(`no write went through for ${writing.gaps().join(', ')} ms`)
  expect(moved).toMatchObject({ name: 'orders', serverId: to.serverId, reason: null })
  const rows = await query(url(), 'SELECT id::float AS id FROM orders WHERE id >= 0')
  const found = new Set(rows.map(({ id }) => id))
  expect(writing.acknowledged.filter((id) => !found.has(id))).toEqual([])
  expect(await query(url(), `SELECT count(*)::int AS n, nextval('numbers')::int AS next FROM filled`)).toEqual([
    { n: 20_000, next: 4711 },
  ])
  const set = `SELECT current_setting('statement_timeout') AS t, current_setting('search_path') AS path`
  expect(await query(url(), set)).toEqual([{ t: '44s', path: '"odd, one", public' }])
  expect(await query(url(blog, 'REPORTS_URL'), 'SELECT count(*)::int AS n FROM filled')).toEqual([{ n: 20_000 }])
  expect([await traces(moved), await traces(former())]).toEqual([NONE, NONE])
  const now = new URL(url())
  expect([now.username, now.password, now.pathname]).toEqual([login.username, login.password, login.pathname])
  expect(kit.released.slice(-2)).toEqual([
    `blog: Move orders to PostgreSQL ${version()} [REPORTS_URL]`,
    `shop: Move orders to PostgreSQL ${version()} [DATABASE_URL POSTGRESQL_AMBER_URL]`,
  ])
}, 180_000)

test('the old server stays with all that was in it, and the logins of then can only read there', async () => {
  const old = former()
  expect(old).toMatchObject({ serverId: addon.serverId, state: 'available' })
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

test('a slot that nobody reads is not kept for long', async () => {
  const { endpoint, password } = await kit.addons.servers.access(kit.addons.server(addonNow()))
  const admin = `postgres://postgres:${password}@${endpoint.host}:${endpoint.port}/${addon.database}`
  await query(admin, `SELECT pg_create_logical_replication_slot('left_behind', 'pgoutput')`)
  await kit.addons.look()
  expect(await traces(addonNow())).toEqual(NONE)
})

/** What is there when our server is killed while it follows and has just stopped writers. */
async function killedInTheMiddle(to: AddonRecord): Promise<void> {
  const access = async (of: AddonRecord) => await kit.addons.servers.access(kit.addons.server(of))
  const [outside, inside] = [await access(addonNow()), await access(to)]
  const database = databaseOf(addonNow())
  await makeRoom(outside, inside, database)
  await FOLLOWING.begin(outside, inside, database, outside.endpoint, new AbortController().signal)
  const users = kit.addons.credentials.of(addon.id).map(({ user }) => user)
  await stopWrites(outside, database, users)
}

test('a server that is killed and stopped in the middle goes on with it, and nothing is lost', async () => {
  const to = kit.addons.named('orders-third') ?? expect.unreachable()
  await killedInTheMiddle(to)
  await expect(query(url(), 'INSERT INTO orders (id) VALUES (-4)')).rejects.toThrow(/read-only|permission denied/)
  kit.addons.upgrade(kit.actor, addonNow(), to, { rehearse: true })
  expect((await settled()).reason).toMatch(/^rehearsed: /)
  const writing = writers()
  await expect.poll(() => writing.acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(10)
  kit.addons.upgrade(kit.actor, addonNow(), to, { rehearse: false })
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
  const old = former()
  const shared = await kit.make(shop, 'postgres', { plan: 'shared', attach: false })
  const used = kit.addons.list(shop).find(({ name }) => /^orders-v\d+-/.test(name)) ?? expect.unreachable()
  await kit.addons.attach(kit.actor, used, shop, 'USED')
  const { version: was } = kit.addons.server(old)
  const isNow = (version: string, { serverId }: AddonRecord) =>
    kit.db.run('UPDATE addon_servers SET version = ? WHERE id = ?', version, serverId)
  isNow('15', old)
  for (const each of [now, used]) isNow('17', each)
  for (const [to, why] of [
    [used, 'used by an app'],
    [old, 'older version'],
    [shared, 'shared server'],
    [now, 'the same one'],
  ] as const) {
    expect(() => kit.addons.upgrade(kit.actor, now, to, { rehearse: false })).toThrow(why)
  }
  for (const each of [old, now, used]) isNow(was, each)
}, 180_000)
