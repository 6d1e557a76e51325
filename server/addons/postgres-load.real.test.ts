import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AddonsKit } from '../../test/addons-kit.ts'
import { query } from '../../test/sql.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { AddonRecord } from './addon-records.ts'

let kit: AddonsKit
let apps: [AppRecord, AppRecord]
let addon: AddonRecord
beforeAll(async () => {
  kit = await AddonsKit.start()
  apps = [kit.app('shop'), kit.app('blog')]
  addon = await kit.make(apps[0], 'postgres', { plan: 'large' })
  await kit.addons.attach(kit.actor, addon, apps[1], 'DATABASE')
}, 120_000)
afterAll(() => kit[Symbol.asyncDispose](), 60_000)

const urlOf = (app: AppRecord) => kit.variables(app)['DATABASE_URL'] ?? ''

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 20_000 })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Whose child a backend is. */
async function postmasterOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
  return Number(/^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${rows[0]?.pid}/status`, 'utf8'))?.[1])
}

const numbersIn = async (url: string, table: string) =>
  new Set((await query(url, `SELECT n::int AS n FROM ${table}`)).map((row) => row['n']))

test('nothing that was acknowledged is lost when the server is killed among 200 concurrent writers', async () => {
  const writers = 200
  await query(urlOf(apps[0]), 'CREATE TABLE acknowledged (n bigint PRIMARY KEY)')
  const clients = await Promise.all(Array.from({ length: writers }, (_, w) => open(urlOf(apps[w % 2 ? 1 : 0]))))
  const [first] = clients
  const postmaster = first ? await postmasterOf(first) : 0
  const kept: number[] = []
  const wrote = new Set<number>()
  const write = async (client: pg.Client, w: number) => {
    for (let n = w; ; n += writers) {
      await client.query('INSERT INTO acknowledged VALUES ($1)', [n])
      kept.push(n)
      wrote.add(w)
    }
  }
  const writing = clients.map((client, w) => write(client, w).catch(() => undefined))
  await expect.poll(() => wrote.size === writers && kept.length > 2_000, { timeout: 60_000 }).toBe(true)
  process.kill(postmaster, 'SIGKILL')
  await Promise.all(writing)
  const lost = async () => {
    const there = await numbersIn(urlOf(apps[0]), 'acknowledged').catch(() => undefined)
    return there && kept.filter((n) => !there.has(n))
  }
  await expect.poll(lost, { timeout: 60_000 }).toEqual([])
}, 180_000)

/** An app that writes without a pause, and turns to where its variable leads; what fails is written again, once connected. */
class Writer {
  readonly kept: number[] = []
  failures = 0
  #going = true
  readonly #done: Promise<void>

  constructor(app: AppRecord, from: number) {
    this.#done = this.#write(app, from)
  }

  async stop(): Promise<void> {
    this.#going = false
    await this.#done
  }

  async #write(app: AppRecord, from: number): Promise<void> {
    let url = ''
    let client: pg.Client | undefined
    for (let n = from; this.#going; ) {
      try {
        if (url !== urlOf(app)) {
          await client?.end()
          url = urlOf(app)
          client = await open(url)
        }
        await client?.query('INSERT INTO orders VALUES ($1) ON CONFLICT DO NOTHING', [n])
        this.kept.push(n)
        n += 1
      } catch {
        this.failures += 1
        url = ''
      }
    }
    await client?.end()
  }
}

test('among writers a login is replaced and another database promoted, no query fails and no row is lost', async () => {
  const [shop] = apps
  const other = await kit.make(shop, 'postgres')
  const [former, next] = [urlOf(shop), kit.variables(shop)['POSTGRESQL_AQUA_URL'] ?? '']
  for (const url of [former, next]) await query(url, 'CREATE TABLE orders (n bigint PRIMARY KEY)')
  const writers = Array.from({ length: 8 }, (_, w) => new Writer(shop, w * 1_000_000))
  const all = () => writers.reduce((sum, { kept }) => sum + kept.length, 0)
  const more = async () => {
    const before = writers.map(({ kept }) => kept.length)
    const isOn = () => writers.every(({ kept }, w) => kept.length > (before[w] ?? 0) + 20)
    await expect.poll(isOn, { timeout: 60_000 }).toBe(true)
  }
  await more()
  await kit.addons.rotate(kit.actor, addon, shop)
  await more()
  await kit.addons.look()
  await more()
  await kit.addons.promote(kit.actor, other, shop)
  await more()
  await Promise.all(writers.map((writer) => writer.stop()))
  const formerly = kit.variables(shop)['POSTGRESQL_AMBER_URL'] ?? ''
  const there = [await numbersIn(formerly, 'orders'), await numbersIn(urlOf(shop), 'orders')]
  expect(there.map(({ size }) => size > 0)).toEqual([true, true])
  expect(writers.flatMap(({ kept }) => kept).filter((n) => !there.some((numbers) => numbers.has(n)))).toEqual([])
  expect(all()).toBe((there[0]?.size ?? 0) + (there[1]?.size ?? 0))
  expect(writers.map(({ failures }) => failures)).toEqual(writers.map(() => 0))
}, 180_000)
