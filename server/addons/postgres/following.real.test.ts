import { afterAll, beforeAll, expect, test } from 'vitest'
import { AddonsKit } from '../../../test/addons-kit.ts'
import { query, unhurried } from '../../../test/sql.ts'
import type { AppRecord } from '../../apps/apps.ts'
import type { AddonRecord } from '../addon-records.ts'
import type { Database, ServerAccess } from '../addon-service.ts'
import { databaseOf } from '../servers.ts'
import { FOLLOWING } from './following.ts'
import { makeRoom } from './upgrade.ts'

let kit: AddonsKit
let addon: AddonRecord
let shop: AppRecord
let from: ServerAccess
let to: ServerAccess
let database: Database
beforeAll(async () => {
  kit = await AddonsKit.start()
  shop = kit.app('shop')
  addon = await kit.make(shop, 'postgres')
  const next = await kit.make(shop, 'postgres', { attach: false })
  const access = (of: AddonRecord) => kit.addons.servers.access(kit.addons.server(of))
  ;[from, to, database] = [await access(addon), await access(next), databaseOf(addon)]
  await query(
    url(),
    `CREATE SCHEMA "Odd"; CREATE TABLE "Odd"."no ""key" (n int, what text); INSERT INTO "Odd"."no ""key" VALUES (1, 'a'), (2, 'b'), (2, 'b');
     CREATE FUNCTION harmless(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
       IF (SELECT bool_or(rolsuper) FROM pg_roles WHERE rolname IN (current_user, session_user)) THEN RAISE 'a superuser'; END IF;
       RETURN true; END $$;
     CREATE TABLE checked (id serial PRIMARY KEY, n int CHECK (harmless(n)), twice int GENERATED ALWAYS AS (n * 2) STORED);
     INSERT INTO checked (n) SELECT generate_series(1, 1000);
     CREATE TABLE refers (id int PRIMARY KEY REFERENCES checked); INSERT INTO refers VALUES (7);
     CREATE TABLE parts (day int PRIMARY KEY) PARTITION BY RANGE (day); CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (9);
     INSERT INTO parts VALUES (3); CREATE MATERIALIZED VIEW seen AS SELECT count(*)::int AS n FROM checked;
     ALTER TABLE refers ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON refers USING (id < 5)`,
  )
}, 180_000)
afterAll(() => kit[Symbol.asyncDispose](), 60_000)

const url = () => kit.variables(shop)['DATABASE_URL'] ?? ''
const admin = ({ endpoint, password }: ServerAccess) =>
  `postgres://postgres:${password}@${endpoint.host}:${endpoint.port}/${database.name}`
const { signal } = new AbortController()

test('the shape of a database is another one when more than rows was changed, and only then', async () => {
  const shape = () => FOLLOWING.shape(from, database)
  let before = await shape()
  for (const sql of [
    'TRUNCATE refers; INSERT INTO refers VALUES (7)',
    'ANALYZE',
    'VACUUM checked',
    'CREATE TEMP TABLE mine (n int)',
    `SELECT nextval('checked_id_seq')`,
  ]) {
    await query(url(), sql)
    expect(await shape(), sql).toBe(before)
  }
  for (const sql of [
    'CREATE TABLE more (n int)',
    'ALTER TABLE more ADD COLUMN m int DEFAULT 1',
    'CREATE INDEX ON more (n)',
    'CREATE OR REPLACE FUNCTION nothing() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'CREATE OR REPLACE FUNCTION nothing() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$',
    'DROP TABLE more',
  ]) {
    await query(url(), sql)
    const now = await shape()
    expect(now, sql).not.toBe(before)
    before = now
  }
}, 60_000)

test('it gets all rows and changes, whatever limits the owner has set, runs nothing as a superuser, and leaves nothing behind', async () => {
  expect(await FOLLOWING.obstacle(from, to, database)).toBeUndefined()
  await query(admin(from), `ALTER DATABASE "${database.name}" SET statement_timeout = 1`)
  await makeRoom(from, to, database)
  await FOLLOWING.begin(from, to, database, from.endpoint, signal)
  await expect
    .poll(async () => (await FOLLOWING.look(from, to, database)).tablesLeft, { timeout: 60_000, interval: 100 })
    .toBe(0)
  await query(unhurried(admin(from)), `ALTER DATABASE "${database.name}" RESET statement_timeout`)
  await query(
    url(),
    `UPDATE "Odd"."no ""key" SET what = 'c' WHERE n = 1; DELETE FROM checked WHERE id > 900; INSERT INTO checked (n) VALUES (4711);
     INSERT INTO parts VALUES (4); TRUNCATE refers; INSERT INTO refers VALUES (8)`,
  )
  await FOLLOWING.settle(from, to, database, signal)
  await FOLLOWING.catchUp(from, database, signal)
  const { before, after } = await FOLLOWING.finish(from, to, database)
  expect(after).toEqual(before)
  expect(before).toMatchObject({ 'rows in public.checked': 901, 'rows in Odd.no "key': 3 })
  await FOLLOWING.leave(to, database)
  await expect(FOLLOWING.look(from, to, database)).rejects.toThrow('follows the old one no more')
  await query(url(), 'INSERT INTO checked (n) VALUES (1)')
  const there = `SELECT (SELECT string_agg(what, '' ORDER BY n) FROM "Odd"."no ""key") AS odd, (SELECT sum(day)::int FROM parts) AS days,
    (SELECT max(twice) FROM checked) AS twice, (SELECT n FROM seen) AS seen, (SELECT id FROM refers) AS refers,
    nextval('checked_id_seq')::int AS next, (SELECT count(*)::int FROM pg_subscription) AS left`
  expect(await query(unhurried(admin(to)), there)).toEqual([
    { odd: 'cbb', days: 7, twice: 9422, seen: 901, refers: 8, next: 1003, left: 0 },
  ])
  for (const access of [to, from, from]) await FOLLOWING.tidy(access, database)
  const marks = `SELECT relreplident AS mark FROM pg_class WHERE relname IN ('no "key', 'checked') ORDER BY 1`
  expect(await query(url(), marks)).toEqual([{ mark: 'd' }, { mark: 'd' }])
}, 180_000)

test.for<[string, string]>([
  ['CREATE UNLOGGED TABLE odd (n int)', 'UNLOGGED'],
  ['CREATE TABLE odd (what json)', 'no primary key'],
  ['CREATE TABLE odd (n int PRIMARY KEY); ALTER TABLE odd FORCE ROW LEVEL SECURITY', 'FORCE ROW LEVEL SECURITY'],
])('%s cannot be followed', async ([sql, why]) => {
  await query(url(), sql)
  expect(await FOLLOWING.obstacle(from, to, database)).toContain(why)
  await query(url(), 'DROP TABLE odd')
})
