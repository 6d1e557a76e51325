import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { AddonsKit } from '../../test/addons-kit.ts'
import { mysqlQuery } from '../../test/mysql.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { AddonRecord } from './addon-records.ts'
import type { OpenedBackups } from './backups/open.ts'
import { ask } from './mariadb/session.ts'

let kit: AddonsKit
let shop: AppRecord
let blog: AppRecord
let addon: AddonRecord
let opened: OpenedBackups
beforeAll(async () => {
  kit = await AddonsKit.start()
  shop = kit.app('shop')
  blog = kit.app('blog')
  addon = await kit.make(shop, 'mysql')
  opened = kit.openBackups()
  opened.backups.start()
}, 150_000)
afterAll(async () => {
  await opened.backups[Symbol.asyncDispose]()
  await kit[Symbol.asyncDispose]()
}, 150_000)

const signal = AbortSignal.timeout(600_000)
const url = (app = shop, name = 'DATABASE_URL') => kit.variables(app)[name] ?? ''
const locked = /account is locked|Access denied|is not allowed/

/** As the platform: what accounts there are. */
async function accounts(of: AddonRecord): Promise<string[]> {
  const access = await kit.addons.servers.access(kit.addons.server(of))
  return (await ask(access, 'SELECT User FROM mysql.global_priv ORDER BY 1;')).map(([user]) => user ?? '')
}

const THINGS = `CREATE TABLE todos (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(80), picture LONGBLOB,
    length INT AS (char_length(what)) VIRTUAL);
  CREATE TABLE noted (n INT);
  CREATE VIEW open_todos AS SELECT what FROM todos;
  CREATE TRIGGER noting AFTER INSERT ON todos FOR EACH ROW INSERT INTO noted VALUES (NEW.id);
  CREATE PROCEDURE tidy() DELETE FROM noted;
  CREATE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC RETURN 2 * n;
  CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM noted;
  INSERT INTO todos (what, picture) VALUES ('Milch und Käse 🧀', UNHEX('00ff0a2760')), ('two\\nlines \`DEFINER\`', NULL)`

test('an app finds it in DATABASE_URL, and everything that a database can do works there', async () => {
  expect(Object.keys(kit.variables(shop))).toEqual(['DATABASE_URL', 'MYSQL_AMBER_URL'])
  expect(url()).toMatch(/^mysql:\/\/u_\w+:[\w-]{32}@127\.0\.0\.1:\d+\/d_\w+$/)
  await mysqlQuery(url(), THINGS)
  expect(await mysqlQuery(url(), 'SELECT what, hex(picture), length FROM todos')).toEqual([
    ['Milch und Käse 🧀', '00FF0A2760', '16'],
    ['two\nlines `DEFINER`', 'NULL', '19'],
  ])
  expect(await mysqlQuery(url(), 'SELECT twice(21), count(*) FROM noted')).toEqual([['42', '2']])
  // A connection that was closed is one until the server has noticed.
  const info = () => kit.addons.info(addon)
  await expect.poll(info).toEqual(
    expect.arrayContaining([
      ['Version', expect.stringMatching(/^10\.11\.\d+$/)],
      ['Tables', '2'],
      ['Data size', expect.stringMatching(/^0\.\d MB, meant for 10 GB$/)],
      ['Connections', '0 of 20 by the busiest login, 0 in all'],
      ['Queries', 'none runs'],
      ['TLS', 'on'],
    ]),
  )
})

test('it is as safe as a database should be', async () => {
  const settings = `@@innodb_flush_log_at_trx_commit, @@innodb_doublewrite, @@innodb_checksum_algorithm <> 'none',
    @@character_set_server, @@performance_schema, @@sql_mode LIKE 'STRICT_TRANS%'`
  expect(await mysqlQuery(url(), `SELECT ${settings}`)).toEqual([['1', '1', '1', 'utf8mb4', '0', '1']])
  expect(await mysqlQuery(url(), `SHOW STATUS LIKE 'Ssl_cipher'`, '--ssl')).toEqual([
    ['Ssl_cipher', expect.stringMatching(/^TLS_/)],
  ])
  const [mighty] = await mysqlQuery(url(), 'SHOW GRANTS')
  expect(mighty?.[0]).toMatch(/^GRANT USAGE ON \*\.\* TO/)
})

test('a login does not reach beyond its database, nor do those that no app was given', async () => {
  for (const sql of [
    'SELECT User FROM mysql.global_priv',
    `SELECT 1 INTO OUTFILE '/tmp/paas-never'`,
    'CREATE USER evil',
    'CREATE DATABASE more',
    'SET GLOBAL max_connections = 1000',
    `CREATE DEFINER = root@localhost VIEW stolen AS SELECT 1`,
    'SHUTDOWN',
  ]) {
    await expect(mysqlQuery(url(), sql), sql).rejects.toThrow(/denied|need/)
  }
  expect(await mysqlQuery(url(), `SELECT load_file('/etc/passwd')`)).toEqual([['NULL']])
  for (const user of ['root', 'mysql', 'nobody', '', `${addon.database}_owner`]) {
    const other = new URL(url())
    other.username = user
    other.password = ''
    await expect(mysqlQuery(other.href, 'SELECT 1'), user).rejects.toThrow(locked)
  }
})

test('no password is in an argument of a process', () => {
  const listed = execFileSync('ps', ['-ww', '-eo', 'args']).toString()
  expect(listed).toContain('--innodb-buffer-pool-size=85M')
  expect(listed).not.toContain(new URL(url()).password)
})

test('an app that is attached later uses what the first one made, and what it made itself outlives its login', async () => {
  await kit.addons.attach(kit.actor, addon, blog, 'REPORTS')
  const theirs = url(blog, 'REPORTS_URL')
  expect(new URL(theirs).username).not.toBe(new URL(url()).username)
  await mysqlQuery(
    theirs,
    `ALTER TABLE todos ADD COLUMN done BOOLEAN; CREATE VIEW counted AS SELECT count(*) FROM todos`,
  )
  kit.addons.detach(kit.actor, blog, 'REPORTS')
  await kit.addons.look()
  await expect(mysqlQuery(theirs, 'SELECT 1')).rejects.toThrow(locked)
  expect(await mysqlQuery(url(), 'SELECT * FROM counted')).toEqual([['2']])
})

test('a login is replaced by another, and what the old one made works on', async () => {
  const old = url()
  await kit.addons.rotate(kit.actor, addon, shop)
  expect(url()).not.toBe(old)
  expect(await mysqlQuery(old, 'SELECT 1')).toEqual([['1']])
  const asleep = mysqlQuery(old, 'SELECT sleep(60)')
  const refused = expect(asleep).rejects.toThrow()
  const running = () => mysqlQuery(old, `SHOW PROCESSLIST`)
  await expect.poll(async () => (await running()).length, { timeout: 60_000 }).toBe(2)
  await kit.addons.look()
  await refused
  await expect(mysqlQuery(old, 'SELECT 1')).rejects.toThrow(locked)
  await mysqlQuery(url(), `INSERT INTO todos (what) VALUES ('eggs'); CALL tidy()`)
  expect(await mysqlQuery(url(), 'SELECT count(*), (SELECT count(*) FROM noted), twice(1) FROM open_todos')).toEqual([
    ['3', '0', '2'],
  ])
  const { username } = new URL(url())
  await kit.addons.rotate(kit.actor, addon, shop)
  await kit.addons.look()
  const left = await accounts(addon)
  expect(left).toContain(new URL(old).username)
  expect(left, 'one that made nothing is gone').not.toContain(username)
})

test('shared databases live in one server, and nobody gets into another one', async () => {
  const first = await kit.make(shop, 'mariadb', { plan: 'shared', as: 'ONE' })
  const second = await kit.make(blog, 'mariadb', { plan: 'shared', as: 'TWO' })
  expect(second.serverId).toBe(first.serverId)
  const mine = url(blog, 'TWO_URL')
  const others = new URL(mine)
  others.pathname = new URL(url(shop, 'ONE_URL')).pathname
  await mysqlQuery(mine, 'CREATE TABLE mine (id INT)')
  await expect(mysqlQuery(others.href, 'SELECT 1')).rejects.toThrow(/denied/)
  const seen = await mysqlQuery(mine, 'SHOW DATABASES')
  expect(seen).toEqual([[second.database], ['information_schema']])
  const access = await kit.addons.servers.access(kit.addons.server(second))
  const alike = second.database.replace('_', 'x')
  await ask(access, `CREATE DATABASE ${alike};`)
  expect(await mysqlQuery(mine, 'SHOW DATABASES'), 'a name is no pattern').toEqual(seen)
  kit.addons.destroy(kit.actor, first)
  expect(await kit.addons.settled(first.id)).toBeUndefined()
  expect((await accounts(second)).filter((user) => user.startsWith('d_') || user.startsWith('u_'))).toHaveLength(2)
  expect(await mysqlQuery(mine, 'SELECT count(*) FROM mine')).toEqual([['0']])
})

test('a backup is brought back into another server, where the logins that made it are unknown', async () => {
  const { id, name } = opened.backups.create(kit.actor, shop, addon.name, 'manual')
  const made = await opened.backups.ended(id, signal)
  expect(made).toMatchObject({ state: 'succeeded', why: null, tool: 'MariaDB 10.11' })
  expect(made.facts).toEqual({
    ...{ 'tables (about)': 2, 'views (about)': 2, 'triggers (about)': 1, 'routines (about)': 2 },
    'rows in todos (about)': 3,
  })
  expect(made.object).toMatch(/\.sql\.zst\.age$/)
  const isJudged = () => ['proved', 'failed'].includes(opened.backups.get(shop, name).proof)
  await vi.waitUntil(isJudged, { timeout: 60_000 })
  expect(opened.backups.get(shop, name)).toMatchObject({ proof: 'proved', proofWhy: null })

  const restore = opened.backups.restore(kit.actor, shop, name)
  const record = () => opened.backups.getRestore(shop, restore.id)
  await vi.waitUntil(() => ['succeeded', 'failed'].includes(record().state), { timeout: 60_000 })
  expect(record().why).toBeNull()
  const fresh = kit.addons.get(shop, record().restoredTo ?? '')
  await kit.addons.attach(kit.actor, fresh, blog, 'RESTORED')
  const restored = url(blog, 'RESTORED_URL')
  expect(await mysqlQuery(restored, 'SELECT id, what, hex(picture), length FROM todos ORDER BY id LIMIT 2')).toEqual(
    await mysqlQuery(url(), 'SELECT id, what, hex(picture), length FROM todos ORDER BY id LIMIT 2'),
  )
  await mysqlQuery(
    restored,
    `INSERT INTO todos (what) VALUES ('tea'); INSERT INTO noted VALUES (twice(4)); CALL tidy()`,
  )
  expect(await mysqlQuery(restored, 'SELECT *, (SELECT count(*) FROM noted) FROM counted')).toEqual([['4', '0']])
  const definers = 'SELECT DISTINCT DEFINER FROM information_schema'
  for (const table of ['VIEWS', 'TRIGGERS', 'ROUTINES', 'EVENTS']) {
    const schema = `${table.replace('VIEWS', 'TABLES').slice(0, -1)}_SCHEMA`
    const rows = await mysqlQuery(restored, `${definers}.${table} WHERE ${schema} = database()`)
    expect(rows, table).toEqual([[`${fresh.database}_owner@%`]])
  }
  expect(await mysqlQuery(restored, 'SELECT @@max_allowed_packet')).toEqual([[String(64 * 1024 ** 2)]])
}, 150_000)

test('a dump that was cut off is not taken for a whole one', async () => {
  const dump = await buffer(await kit.addons.backup(addon, signal))
  const cut = Readable.from(slices(dump.subarray(0, dump.length - 40), 1_000))
  await expect(kit.addons.restore(kit.addons.get(blog, 'TWO'), cut, signal)).rejects.toThrow('cut off')
})

test('what is in a dump runs no command and acts with no more rights than an app has', async () => {
  const fresh = kit.addons.get(blog, 'TWO')
  const evil = ['CREATE TABLE a (id INT);', '\\! touch /tmp/paas-never', 'SELECT 1;', '-- Dump completed', ''].join(
    '\n',
  )
  await expect(kit.addons.restore(fresh, Readable.from([Buffer.from(evil)]), signal)).rejects.toThrow(
    'mariadb ended with',
  )
  expect(existsSync('/tmp/paas-never')).toBe(false)
  const mighty = 'CREATE USER evil;\n-- Dump completed\n'
  await expect(kit.addons.restore(fresh, Readable.from([Buffer.from(mighty)]), signal)).rejects.toThrow('denied')
})

test('what is larger than a statement of an app may be comes back from a backup', async () => {
  const fresh = kit.addons.get(blog, 'TWO')
  await mysqlQuery(url(blog, 'TWO_URL'), `CREATE TABLE large (id INT, bytes LONGBLOB)`)
  await mysqlQuery(url(blog, 'TWO_URL'), `INSERT INTO large VALUES (1, repeat(unhex('fe27'), 17 * 1024 * 1024))`)
  const dump = await buffer(await kit.addons.backup(fresh, signal))
  expect(dump.length).toBeGreaterThan(64 * 1024 ** 2)
  await mysqlQuery(url(blog, 'TWO_URL'), 'DROP TABLE large')
  await kit.addons.restore(fresh, Readable.from([dump]), signal)
  const sum = 'SELECT length(bytes), md5(bytes) = md5(repeat(unhex("fe27"), 17 * 1024 * 1024)) FROM large'
  expect(await mysqlQuery(url(blog, 'TWO_URL'), sum)).toEqual([[String(34 * 1024 ** 2), '1']])
}, 150_000)

test('nothing that was acknowledged is lost when the server is killed', async () => {
  await mysqlQuery(url(), 'CREATE TABLE acknowledged (n INT PRIMARY KEY)')
  for (let n = 0; n < 5; n += 1) await mysqlQuery(url(), `INSERT INTO acknowledged VALUES (${n})`)
  const socket = `--port=${new URL(url()).port} `
  const listed = execFileSync('ps', ['-ww', '-eo', 'pid,args']).toString().split('\n')
  const server = listed.find((line) => /^\s*\d+ mariadbd /.test(line) && line.includes(socket))
  process.kill(Number.parseInt(server ?? '', 10), 'SIGKILL')
  const count = () => mysqlQuery(url(), 'SELECT count(*) FROM acknowledged').catch(() => undefined)
  await expect.poll(count, { timeout: 60_000, interval: 200 }).toEqual([['5']])
}, 150_000)

test('who has nearly all connections open is told, and that it is over', async () => {
  const sleepers = Array.from({ length: 18 }, () => mysqlQuery(url(), 'DO SLEEP(600)').catch(() => 'ended'))
  const conditions = () => kit.addons.look().then(() => kit.addons.conditions.of(addon.id))
  const words = '18 of the 20 connections that a login may have are open: use a smaller pool or a larger plan.'
  await expect.poll(conditions, { timeout: 60_000 }).toMatchObject([{ code: 'connections', words }])
  const facts = Object.fromEntries(await kit.addons.info(addon))
  expect(facts).toMatchObject({
    Connections: '18 of 20 by the busiest login, 18 in all',
    Queries: expect.stringMatching(/^18 running, the oldest for \d+\.\d s$/),
  })
  const access = await kit.addons.servers.access(kit.addons.server(addon))
  await ask(access, `KILL USER ${new URL(url()).username};`)
  expect(new Set(await Promise.all(sleepers))).toEqual(new Set(['ended']))
  await expect.poll(conditions, { timeout: 60_000 }).toEqual([])
}, 150_000)

test('exposed beyond the machine it takes only who is allowed, over TLS', async () => {
  const { exposures } = kit.addons
  const local = await exposures.expose(addon, { address: '0.0.0.0', allow: ['127.0.0.0/8'] })
  const at = new URL(url())
  at.port = String(local.exposed?.port)
  await expect(mysqlQuery(at.href, 'SELECT 1', '--skip-ssl')).rejects.toThrow()
  expect(await mysqlQuery(at.href, 'SELECT 1', '--ssl')).toEqual([['1']])
  const strangers = await exposures.expose(addon, { address: '0.0.0.0', allow: ['192.0.2.0/24'] })
  at.port = String(strangers.exposed?.port)
  await expect(mysqlQuery(at.href, 'SELECT 1', '--ssl')).rejects.toThrow()
  exposures.unexpose(addon)
})

test('a larger plan gives it more, with the data and the URL as they were', async () => {
  const before = url()
  kit.addons.resize(kit.actor, addon, 'small')
  expect(await kit.addons.settled(addon.id)).toMatchObject({ state: 'available', plan: 'small' })
  expect(url()).toBe(before)
  const sql = 'SELECT @@max_user_connections, @@innodb_buffer_pool_size DIV 1048576, count(*) FROM todos'
  expect(await mysqlQuery(url(), sql)).toEqual([['40', '170', '3']])
})

function* slices(bytes: Buffer, length: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}
