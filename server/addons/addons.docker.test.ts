import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { AddonsKit } from '../../test/addons-kit.ts'
import { query } from '../../test/sql.ts'
import { ensureTinyImage } from '../../test/tiny-image.ts'
import type { AppRecord } from '../apps/apps.ts'
import { DockerEngine } from '../engine/docker.ts'
import { createLog } from '../log.ts'
import type { AddonRecord } from './addon-records.ts'

/** What an idle server may take (issue 5). */
const IDLE_MB = { postgresql: 45, redis: 8, mariadb: 60 }

let kit: AddonsKit
let image: string
let shop: AppRecord
let blog: AppRecord
let database: AddonRecord
let cache: AddonRecord
let other: AddonRecord
beforeAll(async () => {
  const boxId = `addons-${randomBytes(4).toString('hex')}`
  kit = await AddonsKit.start(
    (directory) =>
      new DockerEngine({
        socketPath: '/var/run/docker.sock',
        boxId,
        subnetPool: '100.96.0.0/12',
        stateDirectory: join(directory, 'engine'),
        log: createLog('test', 'error'),
      }),
  )
  image = await ensureTinyImage()
  shop = kit.app('shop')
  blog = kit.app('blog')
  database = await kit.make(shop, 'postgres', { version: '15' })
  cache = await kit.make(shop, 'redis')
  other = await kit.make(shop, 'mysql')
}, 300_000)
afterAll(async () => {
  for (const app of [shop, blog]) await kit.engine.removeApp(app.id)
  if (kit.engine instanceof DockerEngine) await kit.engine.removeBox({ data: true })
  await kit[Symbol.asyncDispose]()
}, 300_000)

/** What a command in an instance of the app says, and how it ended. */
async function said(app: AppRecord, from: string, command: string[], environment: Record<string, string> = {}) {
  const limits = { memoryMb: 256, cpus: 1, pids: 128 }
  const name = `run.${Math.random()}`
  const request = { app: app.id, release: 1, name, image: from, command, environment, limits, tty: null, attach: true }
  const run = await kit.engine.run(request)
  if (!run.stdout || !run.stderr) throw new Error('an attached run has its outputs')
  const [out, error] = await Promise.all([text(run.stdout), text(run.stderr)])
  return { code: (await run.exited).code, out: out.trim(), error: error.trim() }
}

const psql = (app: AppRecord, url: string, sql: string) =>
  said(app, kit.addons.server(database).image ?? '', ['psql', '--no-psqlrc', '-tAc', sql], {
    ...pgEnvironment(url),
    PGCONNECT_TIMEOUT: '8',
  })

function pgEnvironment(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(url)
  return { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password, PGDATABASE: pathname.slice(1) }
}

test('an attached app works with its database by the name in DATABASE_URL, over TLS', async () => {
  const url = kit.variables(shop)['DATABASE_URL'] ?? ''
  expect(new URL(url).hostname).toBe(kit.addons.server(database).host)
  expect(await psql(shop, url, '\\conninfo')).toMatchObject({ code: 0, out: expect.stringContaining('SSL connection') })
})

test('so it does with MariaDB, through the client that belongs to it', async () => {
  const { image: from, command, environment } = kit.addons.client(other, shop)
  const status = [...command, '--ssl', '--batch', '--execute', `SHOW STATUS LIKE 'Ssl_version'`]
  expect(await said(shop, from, status, environment)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/TLSv1\.[23]/),
  })
  expect(await said(blog, from, status, environment)).toMatchObject({ code: 1, error: expect.stringContaining('2005') })
})

test('an app that is not attached reaches it neither by name nor by address, with the right password in hand', async () => {
  const url = kit.variables(shop)['DATABASE_URL'] ?? ''
  expect(await psql(blog, url, 'SELECT 1')).toMatchObject({
    code: 2,
    error: expect.stringMatching(/translate host name|resolve/),
  })
  const { endpoint } = await kit.addons.servers.access(kit.addons.server(database))
  const byAddress = new URL(url)
  byAddress.hostname = endpoint.host
  expect(await psql(blog, byAddress.href, 'SELECT 1')).toMatchObject({
    code: 2,
    error: expect.stringMatching(/timeout|refused|route/),
  })
})

test('it is attached while it runs, and two apps that share it do not reach each other', async () => {
  await kit.addons.attach(kit.actor, database, blog, 'REPORTS')
  const url = kit.variables(blog)['REPORTS_URL'] ?? ''
  expect(await psql(blog, url, 'SELECT 1')).toMatchObject({ code: 0, out: '1' })
  const web = `require('node:http').createServer((_, answer) => answer.end('shop')).listen(process.env.PORT, '0.0.0.0')`
  const [instance] = await kit.engine.apply({
    app: shop.id,
    release: 1,
    processType: 'web',
    quantity: 1,
    image,
    command: ['node', '-e', web],
    environment: {},
    listens: true,
    limits: { memoryMb: 128, cpus: 1, pids: 64 },
    stopGraceMs: 1_000,
  })
  const target = `http://${instance?.endpoint?.host}:${instance?.endpoint?.port}/`
  const ask = `fetch('${target}', { signal: AbortSignal.timeout(2000) }).then((a) => a.text()).then(console.log, () => console.log('no way'))`
  const heard = async (app: AppRecord) => (await said(app, image, ['node', '-e', ask])).out
  await expect.poll(() => heard(shop), { timeout: 60_000 }).toBe('shop')
  expect(await heard(blog)).toBe('no way')
})

test('a detached app has no way to it any more', async () => {
  const url = kit.variables(blog)['REPORTS_URL'] ?? ''
  kit.addons.detach(kit.actor, blog, 'REPORTS')
  await kit.addons.look()
  expect((await psql(blog, url, 'SELECT 1')).code).toBe(2)
})

test('nothing of it is published on the box, and no password is in what the engine tells of it', async () => {
  for (const addon of [database, cache, other]) {
    const server = kit.addons.server(addon)
    const { password } = await kit.addons.servers.access(server)
    const told = await inspect(server.id)
    expect(told.HostConfig.PortBindings ?? {}).toEqual({})
    expect(told.HostConfig).toMatchObject({ CapDrop: ['ALL'], CapAdd: [], SecurityOpt: ['no-new-privileges'] })
    expect(JSON.stringify(told)).not.toContain(password)
  }
})

test('idle servers take little memory', async () => {
  for (const addon of [database, cache, other]) {
    const instance = await kit.addons.servers.instance(kit.addons.server(addon))
    const megabytes = async () => {
      const [stats] = await kit.engine.stats([instance?.id ?? ''])
      return (stats?.memoryBytes ?? Number.POSITIVE_INFINITY) / 1024 ** 2
    }
    // What was at work a moment ago has to come to rest first.
    const limit = IDLE_MB[addon.service as keyof typeof IDLE_MB]
    await expect.poll(megabytes, { timeout: 60_000, message: addon.service }).toBeLessThan(limit)
  }
})

async function inspect(serverId: string) {
  const { default: Docker } = await import('dockerode')
  const docker = new Docker({ socketPath: '/var/run/docker.sock' })
  const [container] = await docker.listContainers({ filters: { label: [`paas.app=${serverId}`] } })
  return await docker.getContainer(container?.Id ?? '').inspect()
}

test('a moment is brought back into a container of its own', async () => {
  const opened = kit.openArchives([], { look: 200, mark: 1_000 })
  opened.backups.start()
  try {
    const adminUrl = async (addon: AddonRecord) => {
      const { endpoint, password } = await kit.addons.servers.access(kit.addons.server(addon))
      return `postgres://postgres:${password}@${endpoint.host}:${endpoint.port}/${addon.database}`
    }
    await query(await adminUrl(database), 'CREATE TABLE kept AS SELECT generate_series(1, 100) AS n')
    opened.archives.on(kit.actor, shop, database, {})
    const windows = () => opened.archiveViews.of(database, kit.addons.server(database)).windows
    await vi.waitUntil(() => windows().length > 0, { timeout: 100_000 })
    const then = new Date()
    await query(await adminUrl(database), 'DROP TABLE kept')
    const { id } = opened.archives.restore(kit.actor, shop, database.name, then)
    const restore = () => opened.backups.getRestore(shop, id)
    await vi.waitUntil(() => ['succeeded', 'failed'].includes(restore().state), { timeout: 100_000 })
    expect(restore()).toMatchObject({ state: 'succeeded', why: null })
    const made = kit.addons.named(restore().restoredTo ?? '')
    if (!made) throw new Error('the restore made no addon')
    expect(await query(await adminUrl(made), 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 100 }])
  } finally {
    await opened.backups[Symbol.asyncDispose]()
  }
}, 300_000)

/** Writes until twenty writes went through in another server; a line for each, with the time in ms. */
const WRITER = `n=0 first= after=0 end=$(( $(date +%s) + 200 ))
while [ "$after" -lt 20 ] && [ "$(date +%s)" -lt "$end" ]; do
  n=$((n + 1))
  if now=$(psql --no-psqlrc -qtAc "INSERT INTO moved VALUES ($n) RETURNING pg_postmaster_start_time()" 2>/dev/null); then
    echo "$(date +%s%3N) $n"; : "\${first:=$now}"; [ "$now" = "$first" ] || after=$((after + 1))
  else echo "$(date +%s%3N) failed"; fi
done`

/** Of the next major version, where a registry or Debian's mirror answers; else of the same one. */
async function nextServer(annotate: (words: string) => unknown): Promise<AddonRecord> {
  try {
    return await kit.make(shop, 'postgres', { name: 'next-database', attach: false, version: '17' })
  } catch (error) {
    await annotate(`no other version is to be had here: ${error instanceof Error ? error.message : ''}`)
    return await kit.make(shop, 'postgres', { name: 'same-database', attach: false })
  }
}

test('a database that moves to another server while an app writes is found there under the URL that apps have', async ({
  annotate,
}) => {
  const url = kit.variables(shop)['DATABASE_URL'] ?? ''
  await psql(shop, url, 'CREATE TABLE moved (id int)')
  const to = await nextServer(annotate)
  const before = kit.addons.findById(database.id) ?? expect.unreachable()
  const client = kit.addons.server(before).image ?? ''
  const writing = said(shop, client, ['sh', '-c', WRITER], { ...pgEnvironment(url), PGCONNECT_TIMEOUT: '2' })
  const written = async () => Number((await psql(shop, url, 'SELECT count(*) FROM moved')).out)
  await expect.poll(written, { timeout: 30_000 }).toBeGreaterThan(5)
  kit.addons.upgrade(kit.actor, before, to, { rehearse: false })
  await expect.poll(() => kit.addons.findById(database.id)?.state, { timeout: 120_000 }).toBe('available')
  expect(kit.addons.findById(database.id)).toMatchObject({ serverId: to.serverId, reason: null })
  expect(kit.variables(shop)['DATABASE_URL']).toBe(url)
  const lines = (await writing).out.split('\n').map((line) => line.split(' '))
  const went = lines.filter(([, id]) => id !== 'failed').map(([at, id]) => ({ at: Number(at), id: Number(id) }))
  const longest = Math.max(...went.slice(1).map(({ at }, n) => at - (went[n]?.at ?? at)))
  const version = kit.addons.server(kit.addons.findById(database.id) ?? expect.unreachable()).version
  await annotate(`to ${version}: ${lines.length - went.length} writes failed, none went through for ${longest} ms`)
  const found = new Set((await psql(shop, url, 'SELECT id FROM moved')).out.split('\n').map(Number))
  expect(went.filter(({ id }) => !found.has(id))).toEqual([])
  const old = kit.addons.named(`${before.name}-v15`) ?? expect.unreachable()
  await kit.addons.attach(kit.actor, old, shop, 'OLD')
  const there = kit.variables(shop)['OLD_URL'] ?? ''
  expect(new URL(there).hostname).not.toBe(new URL(url).hostname)
  expect(Number((await psql(shop, there, 'SELECT count(*) FROM moved')).out)).toBeLessThan(found.size)
}, 400_000)
