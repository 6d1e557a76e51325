import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { AddonsKit } from '../../../test/addons-kit.ts'
import { query } from '../../../test/sql.ts'
import type { AppRecord } from '../../apps/apps.ts'
import { Settings } from '../../db/settings.ts'
import type { AddonRecord } from '../addon-records.ts'
import { createRecoveryKey } from '../backups/format/age-header.ts'
import type { OpenedArchives } from '../backups/open.ts'

const WAIT = { timeout: 120_000, interval: 50 }

let kit: AddonsKit
let app: AppRecord
let addon: AddonRecord
let opened: OpenedArchives
const told: string[] = []

/** As a server of the platform that starts. */
function open() {
  opened = kit.openArchives(told, { look: 100, mark: 2_000, tell: 0 })
  opened.backups.start()
}

let stored: string
beforeAll(async () => {
  kit = await AddonsKit.start()
  stored = join(kit.directory, 'backups')
  app = kit.app('shop')
  addon = await kit.make(app, 'postgresql')
  await query(url(), 'CREATE TABLE visits (n int PRIMARY KEY)')
  open()
}, 300_000)
afterAll(async () => {
  await opened.backups[Symbol.asyncDispose]()
  await kit[Symbol.asyncDispose]()
}, 300_000)

const url = () => kit.variables(app)['DATABASE_URL'] ?? ''
const status = (of = addon) => opened.archiveViews.of(of, kit.addons.server(of))
const insert = (from: number, to: number) => query(url(), `INSERT INTO visits SELECT generate_series(${from}, ${to})`)

/** A moment between what was committed before and what comes after. */
async function moment(): Promise<Date> {
  await pause(20)
  const now = new Date()
  await pause(20)
  return now
}

async function restored(at: Date, of = addon.name): Promise<AddonRecord> {
  const { id } = opened.archives.restore(kit.actor, app, of, at)
  const restore = () => opened.backups.getRestore(app, id)
  await vi.waitUntil(() => ['succeeded', 'failed'].includes(restore().state), WAIT)
  expect(restore()).toMatchObject({ state: 'succeeded', why: null })
  const made = kit.addons.named(restore().restoredTo ?? '')
  if (!made) throw new Error('the restore made no addon')
  return made
}

/** What an app sees of it. */
async function rowsOf(made: AddonRecord, as: string): Promise<unknown> {
  await kit.addons.attach(kit.actor, made, app, as)
  const rows = await query(kit.variables(app)[`${as}_URL`], 'SELECT count(*)::int AS n, max(n) AS last FROM visits')
  return rows[0]
}

async function files(): Promise<string[]> {
  const entries = await readdir(stored, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

let between: Date
let outage: Date
let kills = 181

test('archiving begins without a restart, with a base that is proved', async () => {
  opened.archives.on(kit.actor, app, addon, {})
  await vi.waitUntil(() => status().bases[0]?.state === 'succeeded', WAIT)
  await vi.waitUntil(() => status().provedAt !== null, WAIT)
  expect(status()).toMatchObject({ state: 'on', keepDays: 7, windows: [expect.anything()], failingSince: null })
  const scratch = kit.stores.addonRows.servers().filter(({ id }) => kit.stores.addonRows.of(id).length === 0)
  expect(scratch).toEqual([])
}, 300_000)

test('a moment is brought back into a new addon, with exactly what was committed by then', async () => {
  await insert(1, 100)
  between = await moment()
  await insert(101, 150)
  const made = await restored(between)
  expect(await rowsOf(made, 'THEN')).toEqual({ n: 100, last: 100 })
  expect(await query(url(), 'SELECT count(*)::int AS n FROM visits')).toEqual([{ n: 150 }])
}, 300_000)

test('a moment that cannot be had is answered with those that can', () => {
  const ask = (at: Date) => () => opened.archives.restore(kit.actor, app, addon.name, at)
  expect(ask(new Date(Date.now() - 86_400_000))).toThrow(/is not archived\. .* any moment from 20\S+ to 20/)
  expect(ask(new Date(Date.now() + 60_000))).toThrow(/lies ahead: now is/)
})

test('while the store is away nothing is lost; that is told, and that it is over', async () => {
  await rename(stored, `${stored}.away`)
  await writeFile(stored, '')
  await insert(151, 160)
  await vi.waitUntil(() => status().state === 'failing' && (status().lag?.segments ?? 0) > 0, WAIT)
  const tells = (line: string) => /^archive\.failing .*since 20\S+: .* segments \(\d+ MB\) wait/.test(line)
  await vi.waitUntil(() => told.some(tells), WAIT)
  outage = await moment()
  await insert(161, 170)
  await rm(stored)
  await rename(`${stored}.away`, stored)
  await vi.waitUntil(() => status().state === 'on', WAIT)
  await vi.waitUntil(() => Date.parse(status().windows[0]?.to ?? '') > outage.getTime(), WAIT)
  // Another one may just be on its way.
  await expect.poll(() => status().lag, WAIT).toMatchObject({ segments: 0, bytes: 0 })
  await expect.poll(() => told.at(-1), WAIT).toContain('archive.resumed')
  const conditions = () => kit.told.map((line) => line.split(' ')[1])
  await expect.poll(conditions, WAIT).toEqual(['condition.opened', 'condition.cleared'])
}, 300_000)

test('a larger plan and another name change nothing', async () => {
  kit.addons.resize(kit.actor, addon, 'small')
  await kit.addons.settled(addon.id)
  addon = kit.addons.rename(addon, 'renamed')
  await insert(171, 180)
  const before = Date.now()
  await vi.waitUntil(() => Date.parse(status().windows[0]?.to ?? '') > before, WAIT)
  expect(status()).toMatchObject({ addon: 'renamed', windows: [expect.anything()] })
}, 300_000)

test('a server that is killed, before or after it wrote down what it stored, loses nothing', async () => {
  const old = url()
  await opened.backups[Symbol.asyncDispose]()
  await kit.stopServer()
  for (const point of ['archive-stored:before', 'archive-stored:after']) {
    await query(old, `INSERT INTO visits SELECT generate_series(${kills}, ${kills + 9})`)
    const victim = spawn(process.execPath, [join(import.meta.dirname, 'victim.fixture.ts'), kit.directory, point], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    await once(victim, 'exit')
    expect(victim.signalCode).toBe('SIGKILL')
    kills += 10
  }
  kit = await AddonsKit.after(kit)
  open()
  const made = await restored(await moment())
  expect(await rowsOf(made, 'KILLED')).toEqual({ n: 200, last: 200 })
  const during = await restored(outage)
  expect(await rowsOf(during, 'OUTAGE')).toEqual({ n: 160, last: 160 })
}, 300_000)

test('another recovery key is said in words, and leaves no addon', async () => {
  const settings = new Settings(kit.db)
  const row = settings.get('backup_key') ?? ''
  const { identity, recipient } = await createRecoveryKey()
  const sealed = kit.box.seal(identity, 'settings|backup_key|identity').toString('latin1')
  settings.set('backup_key', JSON.stringify({ recipient, sealed, shownAt: null }))
  const names = kit.addons.list(app).map(({ name }) => name)
  const { id } = opened.archives.restore(kit.actor, app, addon.name, between)
  const restore = () => opened.backups.getRestore(app, id)
  await vi.waitUntil(() => restore().state === 'failed', WAIT)
  expect(restore().why).toContain('sealed for another recovery key')
  await vi.waitUntil(() => kit.addons.list(app).length === names.length, WAIT)
  settings.set('backup_key', row)
}, 300_000)

test('a shared database is told why it has none', async () => {
  const shared = await kit.make(app, 'postgresql', { plan: 'shared', as: 'SHARED' })
  expect(() => opened.archives.on(kit.actor, app, shared, {})).toThrow(/a server goes back to a moment only as a whole/)
  expect(status(shared)).toMatchObject({ state: 'off', possible: false })
}, 300_000)

test('an addon that was destroyed is brought back from its archive while its last backup is kept', async () => {
  await opened.backups.last(app, 'renamed', AbortSignal.timeout(120_000))
  kit.addons.destroy(kit.actor, addon)
  expect(await kit.addons.settled(addon.id)).toBeUndefined()
  const made = await restored(outage, 'renamed')
  expect(await rowsOf(made, 'REVIVED')).toEqual({ n: 160, last: 160 })
}, 300_000)

test('with its last backup goes the archive of an addon that was destroyed', async () => {
  expect(await files()).not.toEqual([])
  opened.backups.remove(kit.actor, app, 'f001')
  await vi.waitUntil(async () => (await files()).length === 0, WAIT)
  expect(() => opened.archives.restore(kit.actor, app, 'renamed', between)).toThrow(/not archived/)
}, 300_000)
