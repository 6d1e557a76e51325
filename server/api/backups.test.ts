import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import { S3Server } from '../../test/s3-server.ts'
import type { Client } from '../contract/client.ts'
import type { Actor } from '../people/actor.ts'

let kit: ApiKit
let client: Client
const params = { app: 'shop' }
const until = (is: () => boolean | Promise<boolean>) => vi.waitUntil(is, { timeout: 50_000, interval: 20 })
beforeEach(async () => {
  kit = await ApiKit.start()
  const owner: Actor = { user: kit.alice, scope: 'admin', via: 'api' }
  kit.things.add('notes-1', kit.apps.create(owner, 'shop'))
  kit.backups.start()
  client = kit.client()
})
afterEach(() => kit[Symbol.asyncDispose]())

const info = (backup: string) => client.call('backups.info', { params: { ...params, backup } })
async function made(): Promise<string> {
  const { name } = await client.call('backups.create', { params, body: {} })
  await until(async () => (await info(name)).proof.state === 'proved')
  return name
}

test('a backup is made, shown, proved, downloaded in both forms, and removed', async () => {
  const name = await made()
  expect(await info(name)).toMatchObject({
    ...{ name: 'b001', app: 'shop', addon: 'notes-1', state: 'succeeded', store: 'local', facts: { lines: 3 } },
    progress: { percent: 100 },
  })
  const list = await client.call('backups.list', { params })
  expect(list.protection).toEqual([
    {
      addon: 'notes-1',
      lastBackupAt: expect.any(String),
      lastProvedAt: expect.any(String),
      provedAge: expect.any(Number),
    },
  ])
  const file = { ...params, backup: name }
  const opened = await client.download('backups.download', { params: file, query: { opened: 'true' } })
  expect(await text(opened.content)).toBe('one\ntwo\nthree\n')
  const sealed = await client.download('backups.download', { params: file })
  expect(sealed.name).toMatch(/\.txt\.zst\.age$/)
  expect((await text(sealed.content)).startsWith('age-encryption.org/v1\n')).toBe(true)
  await client.call('backups.remove', { params: file })
  await expect(info(name)).rejects.toMatchObject({ problem: { code: 'backup.not-found' } })
  const actions = kit.activity.list(kit.apps.list()[0]?.id ?? '', { limit: 10 }).map(({ action }) => action)
  expect(actions.filter((action) => action.startsWith('backups.'))).toEqual([
    'backups.remove',
    'backups.download',
    'backups.download',
    'backups.create',
  ])
})

test('backups come by the page, of all addons or of one', async () => {
  for (let n = 0; n < 3; n += 1) await made()
  const first = await client.call('backups.list', { params, query: { limit: 2 } })
  expect(first.items.map(({ name }) => name)).toEqual(['b003', 'b002'])
  const rest = await client.call('backups.list', { params, query: { limit: 2, cursor: first.next ?? '' } })
  expect(rest).toMatchObject({ items: [{ name: 'b001' }], next: null })
  expect(rest.protection).toMatchObject([{ addon: 'notes-1' }])
  const none = await client.call('backups.list', { params, query: { addon: 'other-1' } })
  expect(none).toMatchObject({ items: [], next: null, protection: [{ addon: 'notes-1' }] })
})

test('a restore is followed to the new addon', async () => {
  const backup = await made()
  const { id } = await client.call('backups.restore', { params: { ...params, backup } })
  const restored = () => client.call('restores.info', { params: { ...params, restore: id } })
  await until(async () => (await restored()).state === 'succeeded')
  expect(await restored()).toMatchObject({ name: 'r001', backup, addon: 'notes-new-1', why: null })
})

test('a schedule is put, shown and taken away', async () => {
  const place = { ...params, addon: 'notes-1' }
  const body = { pattern: '0 2 * * *', timezone: 'Europe/Berlin', keep: { daily: 14 } }
  const schedule = await client.call('backups.schedule', { params: place, body })
  expect(schedule).toMatchObject({ addon: 'notes-1', keep: { daily: 14, weekly: 4, monthly: 3 } })
  expect((await client.call('backups.list', { params })).schedules).toEqual([schedule])
  const wrong = client.call('backups.schedule', { params: place, body: { ...body, pattern: 'noon' } })
  await expect(wrong).rejects.toMatchObject({ problem: { code: 'schedule.invalid', status: 422 } })
  await client.call('backups.unschedule', { params: place })
  expect((await client.call('backups.list', { params })).schedules).toEqual([])
})

test('a store is tried before it is used, and its secret is in no answer', async () => {
  await using server = await S3Server.start()
  const body = { kind: 's3' as const, ...server.settings }
  const wrong = client.call('backups.setStore', { body: { ...body, secretAccessKey: 'wrong' } })
  await expect(wrong).rejects.toMatchObject({
    problem: { code: 'store.failed', fix: expect.stringContaining('secret') },
  })
  expect(await client.call('backups.store')).toMatchObject({ kind: 'local' })
  const old = await made()
  const { secretAccessKey, prefix, ...shown } = server.settings
  expect(await client.call('backups.setStore', { body })).toEqual({ kind: 's3', ...shown, prefix: 'box/box_1/' })
  expect(JSON.stringify(await client.call('backups.store'))).not.toContain(secretAccessKey)
  expect(await info(await made())).toMatchObject({ store: 's3' })
  expect([...server.objects.keys()].filter((key) => key.startsWith(`${prefix}box_1/notes/notes-1/`))).toHaveLength(2)
  const before = await client.download('backups.download', { params: { ...params, backup: old } })
  expect((await text(before.content)).length).toBeGreaterThan(100)
  expect(kit.logged.join()).not.toContain(secretAccessKey)
})

test('metadata services are refused as stores', async () => {
  const body = { kind: 's3' as const, region: 'x', bucket: 'abc', accessKeyId: 'k', secretAccessKey: 's' }
  const wrong = client.call('backups.setStore', { body: { ...body, endpoint: 'https://169.254.169.254' } })
  await expect(wrong).rejects.toMatchObject({ problem: { code: 'store.endpoint', status: 422 } })
})

test('the recovery key is for owners of the box, and that it was shown is written down', async () => {
  kit.users.create('bob', { boxOwner: false })
  await expect(kit.client('bob').call('backups.key')).rejects.toMatchObject({ problem: { status: 403 } })
  expect((await client.call('backups.list', { params })).keyShownAt).toBeNull()
  expect(await client.call('backups.key')).toMatchObject({ identity: expect.stringMatching(/^AGE-SECRET-KEY-1/) })
  expect((await client.call('backups.list', { params })).keyShownAt).not.toBeNull()
})
