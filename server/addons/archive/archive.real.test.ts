import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { AddonsKit } from '../../../test/addons-kit.ts'
import { query } from '../../../test/sql.ts'
import type { AppRecord } from '../../apps/apps.ts'
import { Settings } from '../../db/settings.ts'
import { createLog } from '../../log.ts'
import type { AddonRecord } from '../addon-records.ts'
import { AddonThings } from '../backups/addon-things.ts'
import { openBackupsAndArchives } from '../backups/open.ts'

const WAIT = { timeout: 60_000, interval: 50 }

let kit: AddonsKit
let app: AppRecord
let addon: AddonRecord
let opened: ReturnType<typeof openBackupsAndArchives>
const told: string[] = []

/** As a server of the platform that starts. */
function open() {
  const { addons, apps, box, db } = kit
  const rows = kit.stores.addonRows
  opened = openBackupsAndArchives(
    {
      ...{ db, box, settings: new Settings(db), directory: stored, boxId: 'box_1' },
      things: new AddonThings({ addons, rows, apps, box }),
      activity: { record: (_actor, action, detail) => void told.push(`${action} ${detail}`) },
      nameOfApp: (id) => apps.findById(id)?.name,
      requireSpace: async () => undefined,
      log: createLog('test', 'error'),
    },
    { addons, rows, apps, times: { look: 100, mark: 300, tell: 0 } },
  )
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
}, 60_000)
afterAll(async () => {
  await opened.backups[Symbol.asyncDispose]()
  await kit[Symbol.asyncDispose]()
}, 60_000)

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

async function restored(at: Date): Promise<AddonRecord> {
  const { id } = opened.archives.restore(kit.actor, app, addon.name, at)
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

let between: Date

test('archiving begins without a restart, with a base that is proved', async () => {
  opened.archives.on(kit.actor, app, addon, {})
  await vi.waitUntil(() => status().bases[0]?.state === 'succeeded', WAIT)
  await vi.waitUntil(() => status().provedAt !== null, WAIT)
  expect(status()).toMatchObject({ state: 'on', keepDays: 7, windows: [expect.anything()], failingSince: null })
  const scratch = kit.stores.addonRows.servers().filter(({ id }) => kit.stores.addonRows.of(id).length === 0)
  expect(scratch).toEqual([])
})

test('a moment is brought back into a new addon, with exactly what was committed by then', async () => {
  await insert(1, 100)
  between = await moment()
  await insert(101, 150)
  const made = await restored(between)
  expect(await rowsOf(made, 'THEN')).toEqual({ n: 100, last: 100 })
  expect(await query(url(), 'SELECT count(*)::int AS n FROM visits')).toEqual([{ n: 150 }])
  expect((await restored(new Date())).name).not.toBe(made.name)
}, 60_000)
