import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { LocalBox } from '../../scripts/local-box.ts'
import { S3Server } from '../s3-server.ts'
import { query } from '../sql.ts'
import { Person } from './person.ts'

let box: LocalBox
let ada: Person
let store: S3Server
let addon: string

beforeAll(async () => {
  store = await S3Server.start()
  box = await LocalBox.start({ engine: 'embedded' })
  ada = await Person.owner(box)
  await ada.done('apps:create shop')
  await ada.done('addons:create postgres -a shop')
  addon = JSON.parse(await ada.done('addons --json -a shop')).items[0].name
  await query(await url(), 'CREATE TABLE todos AS SELECT n FROM generate_series(1, 1000) n')
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
  await store?.[Symbol.asyncDispose]()
})

const url = async () => (await ada.done('config:get DATABASE_URL -a shop')).trim()
const info = async (name: string) => JSON.parse(await ada.done(`backups:info ${name} --json -a shop`))
const list = async () => JSON.parse(await ada.done('backups --json -a shop'))

test('an app without a backup is told how to begin, and one is made, proved and shown', async () => {
  const { stderr } = await ada.paas('backups -a shop')
  expect(stderr).toContain('paas backups:create')
  const made = await ada.paas('backups:create -a shop')
  expect(made.stderr).toMatch(new RegExp(`^Backing up ${addon}\\.\\.\\. done, b001, [\\d.]+ KB\n$`))
  await ada.done('backups:prove b001 -a shop')
  expect(await info('b001')).toMatchObject({ state: 'succeeded', proof: { state: 'proved' }, facts: { tables: 1 } })
  expect(await ada.done('backups -a shop')).toMatch(/b001 .* proved\n/)
  expect(await ada.done('backups:info b001 -a shop')).toContain('1000 rows in public.todos')
})

test('it is restored into a new addon, and what there was stays', async () => {
  await query(await url(), 'DELETE FROM todos')
  const { stderr } = await ada.paas('backups:restore b001 -a shop')
  const [, made = ''] = /Restoring b001\.\.\. done, (\S+)\n/.exec(stderr) ?? []
  await ada.done(`addons:attach ${made} --as COPY -a shop`)
  const count = 'SELECT count(*)::int AS n FROM todos'
  const copy = (await ada.done('config:get COPY_URL -a shop')).trim()
  expect([await query(copy, count), await query(await url(), count)]).toEqual([[{ n: 1000 }], [{ n: 0 }]])
})

test('every change is archived, and a moment is brought back', async () => {
  expect(await ada.done('pg:archive -a shop')).toMatch(/State: +off\n/)
  await ada.done('pg:archive:on --keep 14d -a shop')
  const windows = async () => JSON.parse(await ada.done('pg:archive --json -a shop')).windows
  await vi.waitUntil(async () => (await windows()).length > 0, { timeout: 90_000, interval: 250 })
  await query(await url(), 'INSERT INTO todos SELECT generate_series(1, 50)')
  // Neither in the millisecond of what was committed before nor in that of what comes after.
  await pause(20)
  const then = new Date().toISOString()
  await pause(20)
  await query(await url(), 'DELETE FROM todos')
  const { code, stderr } = await ada.paas(['pg:restore', '--to', then, '-a', 'shop'])
  const [, made = ''] = /Restoring \S+ done, (\S+)\n/.exec(stderr) ?? []
  expect({ code, stderr }).toMatchObject({ code: 0 })
  await ada.done(`addons:attach ${made} --as THEN -a shop`)
  const restored = (await ada.done('config:get THEN_URL -a shop')).trim()
  expect(await query(restored, 'SELECT count(*)::int AS n FROM todos')).toEqual([{ n: 50 }])
  expect(await ada.done('pg:archive -a shop')).toMatch(/Any moment: .*\n[\s\S]*Keeps: +14 days/)
  expect(await ada.done('addons:info DATABASE -a shop')).toMatch(/Archive: +on, every moment from/)
  expect(await ada.done(`pg:archive ${made} -a shop`)).toMatch(/State: +off\n/)

  const early = await ada.paas(['pg:restore', '--to', '1 week ago', '-a', 'shop'])
  expect(early).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/any moment from 20\S+ to 20\S+\.[\s\S]*--to '20/),
  })
  await ada.done('pg:archive:off -a shop')
  expect(await ada.done('pg:archive -a shop')).toMatch(/State: +off\n[\s\S]*Any moment/)
})

test('it is downloaded sealed and opened', async () => {
  const sealed = join(ada.home, 'b001.age')
  await ada.done(['backups:download', 'b001', '-o', sealed, '-a', 'shop'])
  expect((await readFile(sealed)).subarray(0, 21).toString()).toBe('age-encryption.org/v1')
  const opened = join(ada.home, 'b001.pgdump')
  await ada.done(['backups:download', 'b001', '--open', '-o', opened, '-a', 'shop'])
  expect((await readFile(opened)).subarray(0, 5).toString()).toBe('PGDMP')
})

test('it is made by itself, as often as is said', async () => {
  await ada.done(['backups:schedule', addon, '--at', '02:00 Europe/Berlin', '--keep', '14d 8w', '-a', 'shop'])
  expect((await list()).schedules).toEqual([
    expect.objectContaining({
      addon,
      pattern: '0 2 * * *',
      timezone: 'Europe/Berlin',
      keep: { daily: 14, weekly: 8, monthly: 3 },
    }),
  ])
  await ada.done(`backups:unschedule ${addon} -a shop`)
  const wrong = await ada.paas(['backups:schedule', addon, '--at', 'noon', '-a', 'shop'])
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Europe/Berlin') })
})

test('new ones go to a bucket that was tried, and its secret is shown to nobody', async () => {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = store.settings
  const words = ['backups:store:set', 's3', `endpoint=${endpoint}`, `region=${region}`, `bucket=${bucket}`]
  const line = [...words, 'path-style=on', `access-key-id=${accessKeyId}`, '--secret-stdin']
  const wrong = await ada.paas(line, { stdin: 'wrong' })
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('SignatureDoesNotMatch') })
  expect(await ada.done('backups:store')).toContain('local')
  await ada.done(line, { stdin: secretAccessKey })
  const shown = await ada.done('backups:store')
  expect(shown).toContain(bucket)
  expect(shown).not.toContain(secretAccessKey)
  await ada.done(`backups:create ${addon} -a shop`)
  expect([...store.objects.keys()].filter((key) => key.endsWith('.pgdump.zst.age'))).toHaveLength(1)
  await ada.done('backups:remove b001 -a shop --confirm b001')
})

test('the recovery key is printed when it is meant, and that is remembered', async () => {
  expect((await ada.paas('backups:key')).code).toBe(2)
  expect((await list()).keyShownAt).toBeNull()
  expect(await ada.done('backups:key --confirm show')).toMatch(/^AGE-SECRET-KEY-1\w+\n$/)
  expect((await list()).keyShownAt).not.toBeNull()
})

test('an addon that is destroyed leaves a last backup', async () => {
  await ada.done(`addons:destroy ${addon} --confirm ${addon} -a shop`)
  await vi.waitUntil(async () => (await info('f001')).state === 'succeeded', { timeout: 60_000 })
  expect(await info('f001')).toMatchObject({ addon, reason: 'before' })
})
