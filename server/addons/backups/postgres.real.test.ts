import { execFile, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { AddonsKit } from '../../../test/addons-kit.ts'
import { query, unhurried } from '../../../test/sql.ts'
import type { AppRecord } from '../../apps/apps.ts'
import { Settings } from '../../db/settings.ts'
import { createLog } from '../../log.ts'
import type { AddonRecord } from '../addon-records.ts'
import { AddonThings } from './addon-things.ts'
import { type OpenedBackups, openBackups } from './open.ts'

const run = promisify(execFile)
const signal = AbortSignal.timeout(600_000)
const SCALE = 2
const ACCOUNTS = SCALE * 100_000

let kit: AddonsKit
let app: AppRecord
let addon: AddonRecord
let things: AddonThings
let opened: OpenedBackups
const told: string[] = []
/** How far the clock of backups is ahead. */
let aheadMs = 0

beforeAll(async () => {
  kit = await AddonsKit.start()
  app = kit.app('shop')
  addon = await kit.make(app, 'postgresql')
  things = new AddonThings({ addons: kit.addons, rows: kit.stores.addonRows, apps: kit.apps, box: kit.box })
  opened = openBackups({
    db: kit.db,
    box: kit.box,
    settings: new Settings(kit.db),
    directory: join(kit.directory, 'backups'),
    boxId: 'box_1',
    things,
    activity: { record: (_actor, action, detail) => void told.push(`${action} ${detail}`) },
    nameOfApp: (id) => kit.apps.findById(id)?.name,
    requireSpace: async () => undefined,
    now: () => new Date(Date.now() + aheadMs),
    tickMs: 50,
    log: createLog('test', 'error'),
  })
  opened.backups.start()
  await pgbench('--initialize', '--quiet', `--scale=${SCALE}`)
}, 120_000)
afterAll(async () => {
  await opened.backups[Symbol.asyncDispose]()
  await kit[Symbol.asyncDispose]()
}, 120_000)

const url = () => kit.variables(app)['DATABASE_URL'] ?? ''
const get = (name: string) => opened.backups.get(app, name)
const proof = (name: string) =>
  vi.waitUntil(() => ['proved', 'failed'].includes(get(name).proof), { timeout: 60_000, interval: 50 })
const scratchServers = () => kit.stores.addonRows.servers().filter(({ id }) => kit.stores.addonRows.of(id).length === 0)

function pgbench(...options: string[]) {
  return run('pgbench', [...options, url()])
}

async function backUp() {
  const { id } = opened.backups.create(kit.actor, app, addon.name, 'manual')
  const record = await opened.backups.ended(id, signal)
  expect(record.why).toBeNull()
  return record
}

/** The whole of what is in the database that a URL leads to. */
const balances = (of: string) =>
  query(
    of,
    `SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(tbalance) FROM pgbench_tellers) AND
       (SELECT sum(bbalance) FROM pgbench_branches) = (SELECT coalesce(sum(delta), 0) FROM pgbench_history) AS agree,
       (SELECT count(*)::int FROM pgbench_accounts) AS accounts, (SELECT count(*)::int FROM pgbench_history) AS history`,
  )

async function restored(backup: string): Promise<AddonRecord> {
  const { id } = opened.backups.restore(kit.actor, app, backup)
  const restore = () => opened.backups.getRestore(app, id)
  await vi.waitUntil(() => ['succeeded', 'failed'].includes(restore().state), { timeout: 60_000, interval: 50 })
  expect(restore().why).toBeNull()
  return kit.addons.get(app, restore().restoredTo ?? '')
}

test('a backup under load is of one moment: all balances agree in what is restored, beside the old one', async () => {
  const load = spawn('pgbench', ['--client=4', '--time=60', url()], { stdio: 'ignore' })
  await vi.waitUntil(async () => ((await balances(url()))[0] as { history: number }).history > 200, { timeout: 60_000 })
  const made = await backUp()
  load.kill('SIGINT')
  expect(made).toMatchObject({
    state: 'succeeded',
    tool: `PostgreSQL ${kit.addons.server(addon).version}`,
    kind: 'postgresql',
  })
  expect(made.facts).toMatchObject({ tables: 4, 'rows in public.pgbench_accounts': ACCOUNTS })
  const copy = await restored(made.name)
  await kit.addons.attach(kit.actor, copy, app, 'COPY')
  const [found] = (await balances(kit.variables(app)['COPY_URL'] ?? '')) as { history: number }[]
  expect(found).toMatchObject({ agree: true, accounts: ACCOUNTS })
  expect(made.facts?.['rows in public.pgbench_history']).toBe(found?.history)
  const [live] = (await balances(url())) as { history: number }[]
  expect(live?.history).toBeGreaterThanOrEqual(found?.history ?? 0)
  kit.addons.destroy(kit.actor, copy, { backup: false })
  await kit.addons.settled(copy.id)
})

test('it is proved in a scratch server of the same version, of which nothing is left', async () => {
  await proof('b001')
  expect(get('b001')).toMatchObject({ proof: 'proved', proofWhy: null })
  expect(scratchServers()).toEqual([])
  expect(opened.backupViews.list(app, { limit: 50 }).protection[0]).toMatchObject({
    addon: addon.name,
    provedAge: expect.any(Number),
  })
})

test('on its day one is made and proved by itself', async () => {
  opened.backups.schedule(kit.actor, app, addon.name, { pattern: '0 2 * * *', timezone: 'UTC' }, {})
  aheadMs = 25 * 3_600_000
  const drilled = () => opened.backupViews.list(app, { limit: 50 }).items.find(({ name }) => name.startsWith('a'))
  await vi.waitUntil(() => drilled()?.proof.state === 'proved', { timeout: 60_000, interval: 50 })
  expect(drilled()).toMatchObject({ reason: 'scheduled', state: 'succeeded', facts: { tables: 4 } })
  opened.backups.unschedule(kit.actor, app, addon.name)
  expect(scratchServers()).toEqual([])
})

test('age, zstd and pg_restore open it without us', async () => {
  const { identity } = await opened.recoveryKeys.get()
  const key = join(kit.directory, 'key.txt')
  writeFileSync(key, `${identity}\n`, { mode: 0o600 })
  const file = join(kit.directory, 'backups', get('b001').object ?? '')
  const line = 'set -eu; age -d -i "$1" "$2" | zstd -dq | pg_restore --list'
  const { stdout } = await run('/bin/sh', ['-c', line, 'sh', key, file])
  expect(stdout).toContain('TABLE DATA public pgbench_accounts')
})

test('one flipped byte fails the proof, is named and told', async () => {
  await backUp()
  await proof('b002')
  const file = join(kit.directory, 'backups', get('b002').object ?? '')
  const bytes = readFileSync(file)
  const middle = Math.floor(bytes.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  writeFileSync(file, bytes)
  opened.backups.prove(kit.actor, app, 'b002')
  await proof('b002')
  expect(get('b002').proofWhy).toMatch(/damaged: bytes \d+ to \d+/)
  await expect.poll(() => told.at(-1)).toMatch(/^backups.not-proved b002/)
  expect(scratchServers()).toEqual([])
})

test('a restore of it leaves no addon behind, and says why', async () => {
  const before = kit.addons.list(app).map(({ name }) => name)
  const { id } = opened.backups.restore(kit.actor, app, 'b002')
  const restore = () => opened.backups.getRestore(app, id)
  await vi.waitUntil(() => restore().state === 'failed', { timeout: 60_000 })
  expect(restore().why).toMatch(/damaged/)
  await vi.waitUntil(() => kit.addons.list(app).length === before.length, { timeout: 60_000 })
  expect(kit.addons.list(app).map(({ name }) => name)).toEqual(before)
})

test('timeouts that an owner has set do not end a backup, and a reader that goes away ends the dump', async () => {
  const name = new URL(url()).pathname.slice(1)
  for (const timeout of ['statement_timeout', 'idle_in_transaction_session_timeout', 'lock_timeout']) {
    await query(unhurried(url()), `ALTER DATABASE "${name}" SET ${timeout} = '1ms'`)
  }
  const stream = await kit.addons.backup(addon, signal)
  stream.destroy()
  for (const timeout of ['statement_timeout', 'idle_in_transaction_session_timeout', 'lock_timeout']) {
    await query(unhurried(url()), `ALTER DATABASE "${name}" RESET ${timeout}`)
  }
  const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND usename = 'postgres'`
  await vi.waitUntil(async () => (await query(url(), sql))[0]?.['n'] === 0, { timeout: 60_000 })
})

test('a scratch server that an earlier life left is taken away', async () => {
  await (await things.find(`addon:${addon.id}`)?.scratch(signal))?.check(signal)
  expect(scratchServers()).toHaveLength(1)
  await things.sweep()
  expect(scratchServers()).toEqual([])
})

test('a database that is down gives a backup that failed, with its reason', async () => {
  await kit.addons.servers.stop(kit.addons.server(addon))
  const { id } = opened.backups.create(kit.actor, app, addon.name, 'manual')
  expect(await opened.backups.ended(id, signal)).toMatchObject({
    state: 'failed',
    why: expect.stringContaining('not running'),
  })
  await kit.addons.look()
})
