import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { AddonsKit } from '../../../test/addons-kit.ts'
import { query } from '../../../test/sql.ts'
import type { AppRecord } from '../../apps/apps.ts'
import type { AddonRecord } from '../addon-records.ts'
import { toolsOf } from '../tools.ts'
import { REPORTS } from './reports.ts'

let kit: AddonsKit
let shop: AppRecord
let addon: AddonRecord
let url: string
beforeAll(async () => {
  kit = await AddonsKit.start()
  shop = kit.app('shop')
  addon = await kit.make(shop, 'postgres')
  url = kit.variables(shop)['DATABASE_URL'] ?? ''
  await query(url, 'CREATE TABLE todos (id serial PRIMARY KEY, what text)')
  await query(url, `INSERT INTO todos (what) SELECT 'thing ' || n FROM generate_series(1, 20000) n`)
  await query(url, 'CREATE INDEX idle_index ON todos (what)')
  await query(url, 'DELETE FROM todos WHERE id % 2 = 0')
  await query(url, 'ANALYZE todos')
  await query(url, 'SELECT count(*) FROM todos WHERE what = $$secret$$')
}, 120_000)
afterAll(() => kit[Symbol.asyncDispose](), 60_000)

async function report(name: string): Promise<Record<string, string | null>[]> {
  const { tools, access, database } = await toolsOf(kit.addons, addon)
  const { columns, rows } = await tools.report(access, database, name)
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])))
}

/** A connection that holds a transaction open, until it is ended. */
async function holding(sql: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'held' })
  client.on('error', () => {})
  await client.connect()
  await client.query('BEGIN')
  await client.query(sql)
  return client
}

test.each(REPORTS.map(({ name }) => name))('the report %s is a table with columns', async (name) => {
  const { tools, access, database } = await toolsOf(kit.addons, addon)
  const { about, columns, rows } = await tools.report(access, database, name)
  expect(about).not.toBe('')
  expect(columns.length).toBeGreaterThan(1)
  for (const row of rows) expect(row).toHaveLength(columns.length)
})

test('an unknown report says which there are', async () => {
  await expect(report('magic')).rejects.toMatchObject({ code: 'addon.unknown-report' })
})

test('tables are shown with their sizes, and with what is wasted in them', async () => {
  expect(await report('table-size')).toEqual([
    expect.objectContaining({ table: 'public.todos', count: '10000', indexes: expect.stringMatching('kB') }),
  ])
  expect((await report('bloat'))[0]).toMatchObject({
    table: 'public.todos',
    share: expect.stringMatching(/^[345]\d\./),
  })
  expect((await report('unused-indexes')).map(({ index }) => index)).toEqual(['public.idle_index'])
})

test('statements are told without the values in them', async () => {
  const texts = (await report('outliers')).map((row) => row['query'] ?? '')
  expect(texts.some((text) => text.includes('INSERT INTO todos'))).toBe(true)
  expect(texts.join()).not.toContain('secret')
})

test('who waits is shown with whom for, and goes on when that one is ended', async () => {
  const holder = await holding('LOCK TABLE todos IN ACCESS EXCLUSIVE MODE')
  const waiter = query(url, 'SELECT count(*)::int AS n FROM todos')
  await vi.waitFor(async () => expect(await report('blocking')).toHaveLength(1), { timeout: 20_000 })
  const [blocked] = await report('blocking')
  expect(blocked).toMatchObject({ query: expect.stringMatching('count'), blocker: expect.stringMatching('LOCK') })
  expect((await report('diagnose'))[0]).toMatchObject({ level: 'red', check: 'blocked queries', found: '1' })
  const pid = Number(blocked?.['for'])
  const { tools, access, database } = await toolsOf(kit.addons, addon)
  expect(await tools.endSessions(access, database, { pid, force: true })).toBe(1)
  expect(await waiter).toEqual([{ n: 10_000 }])
  expect(await tools.endSessions(access, database, { pid, force: true })).toBe(0)
  await holder.end().catch(() => undefined)
})

test('a query is cancelled and its connection lives on', async () => {
  const client = await holding('SELECT 1')
  const slept = client.query('SELECT pg_sleep(30)').catch((error: Error) => error.message)
  await vi.waitFor(async () => expect(await report('ps')).toHaveLength(1), { timeout: 20_000 })
  const { tools, access, database } = await toolsOf(kit.addons, addon)
  const pid = Number((await report('ps'))[0]?.['pid'])
  expect(await tools.endSessions(access, database, { pid, force: false })).toBe(1)
  expect(await slept).toMatch('canceling statement')
  await client.query('ROLLBACK')
  await client.end()
})

test('extensions that stay in their database can be added; those that reach beyond it cannot', async () => {
  const { tools, access, database } = await toolsOf(kit.addons, addon)
  const add = (name: string) => tools.changeExtension(access, database, name, 'added')
  await add('pg_trgm')
  await add('pg_trgm')
  expect(await query(url, `SELECT similarity('word', 'word') AS s`)).toEqual([{ s: 1 }])
  await expect(add('file_fdw')).rejects.toMatchObject({ code: 'addon.extension-refused' })
  await expect(add('dblink')).rejects.toMatchObject({ code: 'addon.extension-refused' })
  await expect(add('nothing_of_the_kind')).rejects.toMatchObject({ code: 'addon.unknown-extension' })
  await tools.changeExtension(access, database, 'pg_trgm', 'removed')
  expect((await report('extensions')).find(({ name }) => name === 'pg_trgm')).toMatchObject({ installed: '-' })
})

test('settings of the database hold for new connections, all of them or none', async () => {
  const { tools, access, database } = await toolsOf(kit.addons, addon)
  const set = (settings: Record<string, string | null>) => tools.changeSettings(access, database, settings)
  await set({ statement_timeout: '5s', work_mem: '8MB' })
  expect(await query(url, 'SHOW statement_timeout')).toEqual([{ statement_timeout: '5s' }])
  expect(await report('settings')).toContainEqual(
    expect.objectContaining({ name: 'work_mem', value: '8MB', source: 'set' }),
  )
  await expect(set({ statement_timeout: '1s', work_mem: 'much' })).rejects.toMatchObject({ code: 'addon.setting' })
  await expect(set({ search_path: 'evil' })).rejects.toMatchObject({ code: 'addon.unknown-setting' })
  expect(await query(url, 'SHOW statement_timeout')).toEqual([{ statement_timeout: '5s' }])
  await set({ statement_timeout: null, work_mem: null })
  expect(await query(url, 'SHOW statement_timeout')).toEqual([{ statement_timeout: '0' }])
})
