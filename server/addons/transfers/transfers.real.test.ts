import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AddonsKit } from '../../../test/addons-kit.ts'
import { query } from '../../../test/sql.ts'
import type { AppRecord } from '../../apps/apps.ts'
import { createLog } from '../../log.ts'
import type { AddonRecord } from '../addon-records.ts'
import { AddonThings } from '../backups/addon-things.ts'
import { TransferRecords } from './transfer-records.ts'
import { Transfers } from './transfers.ts'

let kit: AddonsKit
let shop: AppRecord
let source: AddonRecord
let target: AddonRecord
let transfers: Transfers
/** Of which addons backups were made first. */
let kept: string[]
beforeAll(async () => {
  kit = await AddonsKit.start()
  shop = kit.app('shop')
  source = await kit.make(shop, 'postgres', { plan: 'shared', as: 'SOURCE' })
  target = await kit.make(shop, 'postgres', { plan: 'shared', as: 'TARGET' })
  transfers = opened()
  await query(
    url('SOURCE'),
    `CREATE TABLE todos (id serial PRIMARY KEY, what text); CREATE SCHEMA "odd name";
    INSERT INTO todos (what) SELECT 'todo ' || n FROM generate_series(1, 500) n;
    CREATE TABLE "odd name"."Lines" (line text); INSERT INTO "odd name"."Lines" VALUES (E'tab\\t back\\\\slash \\\\! echo');
    SELECT lo_from_bytea(0, '\\x6c6f');`,
  )
}, 180_000)
afterAll(async () => {
  await transfers?.[Symbol.asyncDispose]()
  await kit?.[Symbol.asyncDispose]()
}, 180_000)

function opened(allowedHosts = ['127.0.0.1']): Transfers {
  kept = []
  const records = new TransferRecords(kit.db)
  const { addons, apps, box } = kit
  const things = new AddonThings({ addons, apps, box, rows: kit.stores.addonRows })
  const before = async (_actor: unknown, _app: unknown, addon: string) => {
    kept.push(addon)
    return { name: 'f001' } as never
  }
  const rest = {
    activity: { record: () => undefined },
    now: () => new Date(),
    log: createLog('test', 'error', () => {}),
  }
  return new Transfers({ addons, things, records, backups: { before }, allowedHosts, ...rest })
}

const url = (name: string) => kit.variables(shop)[`${name}_URL`] ?? ''
const todos = async (name: string) =>
  (await query(url(name), `SELECT count(*)::int AS n, (SELECT line FROM "odd name"."Lines") AS line FROM todos`))[0]
const ALL = { n: 500, line: 'tab\t back\\slash \\! echo' }

/** As it has ended. */
async function ended({ name }: { name: string }) {
  await expect.poll(() => transfers.get(shop, name).state, { timeout: 60_000 }).not.toBe('running')
  return transfers.get(shop, name)
}

const { signal } = new AbortController()
const bytesOf = async (form: 'custom' | 'sql') => await buffer((await transfers.export(source, form, signal)).stream)
async function importing(content: Buffer, confirm?: string) {
  const wish = { content: Readable.from([content]), confirm, signal }
  const record = await ended(await transfers.importFile(kit.actor, shop, target, wish))
  if (record.state === 'failed') throw new Error(record.why ?? '')
  return record
}

test('a database goes out in both forms and comes in again, with its settings, its owner and its logins kept', async () => {
  const name = new URL(url('TARGET')).pathname.slice(1)
  await query(url('TARGET'), `ALTER DATABASE "${name}" SET statement_timeout = '44s'`)
  expect(await importing(await bytesOf('custom'))).toMatchObject({ name: 'c001', state: 'succeeded', source: 'a file' })
  expect(await todos('TARGET')).toEqual(ALL)
  await expect(importing(await bytesOf('sql'))).rejects.toMatchObject({ code: 'addon.not-empty' })
  expect(kept).toEqual([])
  expect(await importing(await bytesOf('sql'), target.name)).toMatchObject({ state: 'succeeded', backup: 'f001' })
  expect(kept).toEqual([target.name])
  expect(await todos('TARGET')).toEqual(ALL)
  await query(url('TARGET'), `INSERT INTO todos (what) VALUES ('one more')`)
  expect(await query(url('TARGET'), `SELECT current_setting('statement_timeout') AS t, current_user AS u`)).toEqual([
    { t: '44s', u: `${name}_owner` },
  ])
  expect(await query(url('TARGET'), `SELECT tableowner AS o FROM pg_tables WHERE tablename = 'todos'`)).toEqual([
    { o: `${name}_owner` },
  ])
}, 180_000)

test('what is broken, cut off or would run programs changes nothing, and says why', async () => {
  const before = await todos('TARGET')
  const custom = await bytesOf('custom')
  const evil = Buffer.from("CREATE TABLE evil (id int);\n\\! touch /tmp/evil\n\\copy evil from program 'id'\n")
  for (const [content, why] of [
    [custom.subarray(0, custom.length - 300), /pg_restore ended/],
    [Buffer.from('CREATE TABLE a (id int);\nCREATE TABEL b (id int);\n'), /psql ended.*TABEL/s],
    [evil, /restricted/],
    [Buffer.from(`\\restrict abc\n\n\\unrestrict abc\n${evil}`), /restricted/],
    [Buffer.from('SELECT pg_read_file($$/etc/passwd$$);\n'), /permission denied/],
    [Buffer.alloc(0), /nothing in it/],
  ] as const) {
    await expect(importing(content, target.name)).rejects.toThrow(why)
  }
  expect(await todos('TARGET')).toEqual(before)
  const left = await query(url('TARGET'), `SELECT datname FROM pg_database WHERE datname ~ '_(next|former)$'`)
  expect(left).toEqual([])
  expect(transfers.list(shop)[0]).toMatchObject({ state: 'failed', why: expect.stringContaining('nothing in it') })
}, 180_000)

test('a database is fetched from its URL, without what only its own operator may make', async () => {
  const remote = await kit.make(shop, 'postgres', { as: 'REMOTE' })
  const way = await kit.addons.servers.access(kit.addons.server(remote))
  const admin = new URL(url('REMOTE'))
  Object.assign(admin, { username: 'postgres', password: way.password })
  await query(
    admin.href,
    `CREATE SCHEMA heroku_ext; CREATE EXTENSION pg_stat_statements SCHEMA heroku_ext; CREATE EXTENSION pg_trgm;
     CREATE SCHEMA _heroku; CREATE FUNCTION _heroku.noted() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
     CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION _heroku.noted();
     CREATE TABLE orders (id int PRIMARY KEY, what text); INSERT INTO orders VALUES (1, 'milk');
     CREATE INDEX alike ON orders USING gin (what gin_trgm_ops); SELECT lo_from_bytea(4711, '\\x6c6f');`,
  )
  const started = await transfers.importFrom(kit.actor, shop, target, admin.href, target.name)
  expect(started.source).toBe(`127.0.0.1${admin.pathname}`)
  expect(await ended(started)).toMatchObject({ state: 'succeeded', why: null, backup: 'f001' })
  expect(await query(url('TARGET'), 'SELECT what FROM orders')).toEqual([{ what: 'milk' }])
  expect(await query(url('TARGET'), 'SELECT lo_get(4711)::text AS l')).toEqual([{ l: '\\x6c6f' }])
  await expect(todos('TARGET')).rejects.toThrow(/does not exist/)
  const wrong = new URL(admin)
  wrong.password = 'wrong-password'
  const failed = await ended(await transfers.importFrom(kit.actor, shop, target, wrong.href, target.name))
  expect(failed).toMatchObject({ state: 'failed', why: expect.stringContaining('password authentication failed') })
  expect(failed.why).not.toContain('wrong-password')
  expect(await query(url('TARGET'), 'SELECT what FROM orders')).toEqual([{ what: 'milk' }])
}, 180_000)

test('a sender that goes in the middle leaves the database as it was', async () => {
  const before = await query(url('TARGET'), 'SELECT what FROM orders')
  const gone = new AbortController()
  async function* half() {
    yield Buffer.from('CREATE TABLE half (id int);\n')
    gone.abort(new Error('the client is gone'))
    await new Promise(() => {})
  }
  const wish = { content: half(), confirm: target.name, signal: gone.signal }
  await expect(transfers.importFile(kit.actor, shop, target, wish)).rejects.toThrow()
  expect(await query(url('TARGET'), 'SELECT what FROM orders')).toEqual(before)
})

test('a URL that leads to a private address, or is none, is refused without being told', async () => {
  const closed = opened([])
  for (const [address, code] of [
    ['postgres://u:secret@127.0.0.1/x', 'transfer.private-address'],
    ['postgres://u:secret@localhost/x', 'transfer.private-address'],
    ['postgres://u:secret@[::ffff:10.0.0.1]/x', 'transfer.private-address'],
    ['postgres://u:secret@169.254.169.254/x', 'transfer.private-address'],
    ['postgres://u:secret@a,b/x', 'transfer.url'],
    ['postgres://u:secret@8.8.8.8/host=10.0.0.1%0Ax', 'transfer.url'],
    ['postgres://u:secret@8.8.8.8/x?sslmode=maybe', 'transfer.url'],
    ['mysql://u:secret@8.8.8.8/x', 'transfer.url'],
  ] as const) {
    const refused = await closed
      .importFrom(kit.actor, shop, target, address, target.name)
      .catch((error: unknown) => error)
    expect(refused, address).toMatchObject({ code })
    expect(String(refused)).not.toContain('secret')
  }
})

test('a database is copied into another one while it is written to, consistent at one moment', async () => {
  await query(url('SOURCE'), 'CREATE TABLE pairs (a int, b int)')
  let going = true
  const writing = (async () => {
    for (let n = 0; going; n += 1)
      await query(url('SOURCE'), `INSERT INTO pairs VALUES (${n}, ${n}); INSERT INTO pairs VALUES (${n}, ${n})`)
  })()
  await expect(transfers.copy(kit.actor, shop, source, target, undefined)).rejects.toMatchObject({
    code: 'addon.not-empty',
  })
  const started = await transfers.copy(kit.actor, shop, source, target, target.name)
  await expect(transfers.copy(kit.actor, shop, source, target, target.name)).rejects.toMatchObject({
    code: 'transfer.busy',
  })
  expect(await ended(started)).toMatchObject({
    kind: 'copy',
    source: source.name,
    target: target.name,
    state: 'succeeded',
    why: null,
  })
  going = false
  await writing
  const odd = 'SELECT count(*)::int AS n FROM (SELECT a FROM pairs GROUP BY a HAVING count(*) <> 2) x'
  expect(await query(url('TARGET'), odd)).toEqual([{ n: 0 }])
  expect(await todos('TARGET')).toEqual(ALL)
}, 180_000)

test('a fork is a new addon with the same data, attached to nothing', async () => {
  const forked = await ended(transfers.fork(kit.actor, shop, source, { name: 'shop-fork', plan: 'shared' }))
  expect(forked).toMatchObject({ kind: 'fork', state: 'succeeded', target: 'shop-fork', why: null })
  const addon = kit.addons.named('shop-fork') ?? expect.unreachable()
  expect([addon.plan, kit.addons.attachments.ofAddon(addon.id)]).toEqual(['shared', []])
  await kit.addons.attach(kit.actor, addon, shop, 'FORK')
  expect(await todos('FORK')).toEqual(ALL)
  const failed = await ended(transfers.fork(kit.actor, shop, source, { name: 'shop-fork' }))
  expect(failed).toMatchObject({ state: 'failed', why: expect.stringContaining('taken') })
}, 180_000)

test('what a server that was killed has left is written off, and in nobody’s way', async () => {
  new TransferRecords(kit.db).begun(
    { appId: shop.id, kind: 'copy', source: 'x', target: target.name, userId: null },
    new Date(),
  )
  const again = opened()
  again.start()
  expect(again.list(shop)[0]).toMatchObject({ state: 'failed', why: expect.stringContaining('nothing was changed') })
  expect(await importing(await bytesOf('custom'), target.name)).toMatchObject({ state: 'succeeded' })
})
