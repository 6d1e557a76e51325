import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SYSTEM } from '../../people/actor.ts'
import { BackupsKit } from './backups-kit.ts'
import { APP, type FakeThing } from './fake-things.ts'
import type { BackupRecord } from './records.ts'

const signal = AbortSignal.timeout(600_000)
const until = (is: () => boolean | Promise<boolean>) => vi.waitUntil(is, { timeout: 50_000, interval: 20 })
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let kit: BackupsKit
let thing: FakeThing
beforeEach(() => {
  kit = new BackupsKit()
  thing = kit.things.add('notes-1')
  kit.backups.start()
})
afterEach(() => kit[Symbol.asyncDispose]())

const get = (name: string) => kit.backups.get(APP, name)
const proof = (name: string, state: BackupRecord['proof']) => until(() => get(name).proof === state)
const fileOf = ({ object }: BackupRecord) => `${kit.stored}/${object}`

test('a backup is made, kept with its manifest, proved by a restore, and said to be', async () => {
  const made = await kit.made()
  expect(made).toMatchObject({ name: 'b001', state: 'succeeded', tool: 'notes 1.0', why: null })
  await proof('b001', 'proved')
  expect(get('b001').proofAt).toEqual(kit.clock)
  expect(thing.scratches).toBe(0)
  const manifest = JSON.parse(readFileSync(`${fileOf(made)}.json`, 'utf8'))
  expect(manifest).toMatchObject({
    subjectName: 'notes-1',
    app: 'shop',
    recipient: made.recipient,
  })
  expect(manifest.stored).toEqual(made.sums?.stored)
  expect(kit.activity).toEqual(['backups.create b001 of notes-1'])
})

test('what was written to the store tells nothing', async () => {
  thing.lines = ['canary']
  await kit.made()
  for (const file of kit.files()) expect(readFileSync(file).includes('canary'), file).toBe(false)
})

describe('a backup that cannot be made', () => {
  test('fails with its reason, leaves nothing in the store, and is told', async () => {
    thing.failure = new Error('pg_dump ended with 1')
    expect(await kit.made()).toMatchObject({ state: 'failed', why: 'pg_dump ended with 1', proof: 'none' })
    await until(() => kit.files().length === 0)
    await expect.poll(() => kit.activity.at(-1)).toBe('backups.failed b001 of notes-1: pg_dump ended with 1')
    thing.failure = undefined
    expect(await kit.made()).toMatchObject({ name: 'b002', state: 'succeeded' })
  })

  test('is one of nothing at all', async () => {
    thing.lines = []
    expect(await kit.made()).toMatchObject({ state: 'failed', why: 'notes 1.0 ended well, but gave nothing' })
    await until(() => kit.files().length === 0)
  })

  test('stops what was to be destroyed after it', async () => {
    thing.failure = new Error('no')
    await expect(kit.backups.before(SYSTEM, APP, 'notes-1', signal)).rejects.toMatchObject({ code: 'backup.failed' })
    thing.failure = undefined
    expect(await kit.backups.before(SYSTEM, APP, 'notes-1', signal)).toMatchObject({ name: 'f002', reason: 'before' })
  })
})

test('what went before its backup was proved says nothing against it, and is not tried again', async () => {
  const scratch = thing.scratch.bind(thing)
  thing.scratch = async () => ({
    ...(await scratch()),
    restore: async () => {
      kit.things.all.clear()
      throw new Error('not this time')
    },
  })
  await kit.made()
  await proof('b001', 'failed')
  expect(() => kit.backups.prove(SYSTEM, APP, 'b001')).toThrow('notes-1 is not there any more')
  kit.things.add('notes-1')
  kit.backups.prove(SYSTEM, APP, 'b001')
  kit.things.all.clear()
  await proof('b001', 'none')
  expect(get('b001').proofWhy).toBe('notes-1 is not there any more.')
  await until(() => kit.activity.some((line) => line.startsWith('backups.not-proved')))
  expect(kit.activity.filter((line) => line.startsWith('backups.not-proved'))).toHaveLength(1)
})

describe('a proof fails, and says so,', () => {
  const spoil = async (spoiled: (made: BackupRecord) => void) => {
    const made = await kit.made()
    await proof('b001', 'proved')
    spoiled(made)
    kit.backups.prove(SYSTEM, APP, 'b001')
    await proof('b001', 'failed')
    return get('b001').proofWhy
  }

  test('where one byte was flipped', async () => {
    const why = await spoil((made) => {
      const bytes = readFileSync(fileOf(made))
      bytes[bytes.length - 20] = (bytes.at(-20) ?? 0) ^ 1
      writeFileSync(fileOf(made), bytes)
    })
    expect(why).toMatch(/damaged: bytes \d+ to \d+/)
    await expect.poll(() => kit.activity.at(-1)).toMatch(/^backups.not-proved b001 of notes-1: The backup is damaged/)
    expect(thing.scratches).toBe(0)
  })

  test('where the file is gone', async () => {
    expect(await spoil((made) => rmSync(fileOf(made)))).toMatch(/is not in the store any more/)
  })

  test('where less comes out than went in', async () => {
    const scratch = thing.scratch.bind(thing)
    thing.scratch = async () => ({ ...(await scratch()), check: async () => ({ lines: 0 }) })
    await kit.made()
    await proof('b001', 'failed')
    expect(get('b001').proofWhy).toContain('lines: 0 where there were 3')
  })
})

test('a backup that shrank to less than half is told', async () => {
  thing.lines = Array.from({ length: 5_000 }, (_, n) => `a line of some length, number ${n}`)
  await kit.made()
  thing.lines = ['one']
  expect((await kit.made()).state).toBe('succeeded')
  await until(() => kit.activity.some((line) => line.startsWith('backups.shrunk b002 of notes-1')))
})

test('one backup of a thing is made at a time, and asking twice is refused in words', async () => {
  const first = kit.backups.create(SYSTEM, APP, undefined, 'manual')
  expect(() => kit.backups.create(SYSTEM, APP, undefined, 'manual')).toThrow(
    expect.objectContaining({ code: 'backup.pending' }),
  )
  await kit.backups.ended(first.id, signal)
})

test('a restore makes something new from it', async () => {
  await kit.made()
  const restore = kit.backups.restore(SYSTEM, APP, 'b001')
  await until(() => kit.parts.restores.findOf(APP.id, restore.name)?.state === 'succeeded')
  expect(kit.parts.restores.findOf(APP.id, 'r001')).toMatchObject({ restoredTo: 'notes-new-1', why: null })
  expect(kit.things.restored).toEqual([{ kind: 'notes', content: 'one\ntwo\nthree\n' }])
  expect(thing.lines).toEqual(['one', 'two', 'three'])
})

test('a download is what lies in the store, or what is in it', async () => {
  const made = await kit.made()
  const sealed = await kit.backups.download(SYSTEM, APP, 'b001', { opened: false, signal })
  expect(sealed.name).toMatch(/^20260301T120000Z-b001-bkp_\w+\.txt\.zst\.age$/)
  expect((await sealed.stream.toArray()).reduce((sum, { length }) => sum + length, 0)).toBe(made.sums?.stored.bytes)
  const opened = await kit.backups.download(SYSTEM, APP, 'b001', { opened: true, signal })
  expect([opened.name.endsWith('.txt'), await text(opened.stream)]).toEqual([true, 'one\ntwo\nthree\n'])
})

test('what failed can neither be restored nor proved nor downloaded', async () => {
  thing.failure = new Error('no')
  await kit.made()
  const refusal = expect.objectContaining({ code: 'backup.not-whole' })
  expect(() => kit.backups.restore(SYSTEM, APP, 'b001')).toThrow(refusal)
  expect(() => kit.backups.prove(SYSTEM, APP, 'b001')).toThrow(refusal)
  await expect(kit.backups.download(SYSTEM, APP, 'b001', { opened: false, signal })).rejects.toEqual(refusal)
})

test('what is removed is gone from the store with its manifest', async () => {
  await kit.made()
  await proof('b001', 'proved')
  kit.backups.remove(SYSTEM, APP, 'b001')
  await until(() => kit.files().length === 0)
  expect(() => get('b001')).toThrow(expect.objectContaining({ code: 'backup.not-found' }))
})

describe('by schedule', () => {
  const every = (pattern: string, keep = {}) =>
    kit.backups.schedule(SYSTEM, APP, 'notes-1', { pattern, timezone: 'UTC' }, keep)
  const made = () => kit.parts.records.page(APP.id, { limit: 500 }).items
  const forward = async (ms: number, count: number) => {
    kit.clock = new Date(kit.clock.getTime() + ms)
    await until(() => made().length === count && made().every(({ proof }) => proof === 'proved'))
  }

  test('one is made each time that it is due, and not before', async () => {
    every('0 2 * * *')
    kit.clock = new Date('2026-03-02T01:59:00Z')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(made()).toEqual([])
    await forward(15 * 60_000, 1)
    await forward(DAY_MS, 2)
    expect(made().map(({ name, reason }) => [name, reason])).toEqual([
      ['a002', 'scheduled'],
      ['a001', 'scheduled'],
    ])
  })

  test('after a month of being down one is made, once', async () => {
    every('0 2 * * *')
    await kit.backups[Symbol.asyncDispose]()
    kit.clock = new Date(kit.clock.getTime() + 30 * DAY_MS)
    await kit.restart()
    await until(() => made()[0]?.proof === 'proved')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(made()).toHaveLength(1)
    expect(kit.parts.schedules.find(thing.id)?.dueAt.getTime()).toBeGreaterThan(kit.clock.getTime())
  })

  test('what is not kept any longer goes, from the store as well', async () => {
    every('0 2 * * *', { daily: 2, weekly: 0, monthly: 0 })
    for (const [count] of [[1], [2], [2], [2]]) {
      const before = made()[0]?.id
      kit.clock = new Date(kit.clock.getTime() + DAY_MS)
      await until(() => made()[0]?.id !== before && made()[0]?.proof === 'proved' && made().length === count)
    }
    expect(made().map(({ name }) => name)).toEqual(['a004', 'a003'])
    await until(() => kit.files().length === 4)
  })

  test('when none was proved for twice as long as it should take, it is told, once', async () => {
    every('0 2 * * *')
    thing.scratch = () => Promise.reject(new Error('no room'))
    kit.clock = new Date(kit.clock.getTime() + 3 * DAY_MS)
    const told = () => kit.activity.filter((line) => line.includes('for too long'))
    await until(() => told().length > 0)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(told()).toEqual(['backups.not-proved notes-1: No backup was proved for too long: none ever was.'])
  })

  test('nothing more is made once it is unscheduled, or the thing is gone', async () => {
    every('0 2 * * *')
    kit.backups.unschedule(SYSTEM, APP, 'notes-1')
    expect(() => kit.backups.unschedule(SYSTEM, APP, 'notes-1')).toThrow(
      expect.objectContaining({ code: 'schedule.not-found' }),
    )
    every('0 2 * * *')
    kit.things.all.clear()
    kit.clock = new Date(kit.clock.getTime() + DAY_MS)
    await until(() => kit.parts.schedules.all().length === 0)
    expect(made()).toEqual([])
  })
})

describe('after the server was killed in the middle', () => {
  /** The row and the file as a kill leaves them. */
  const half = async (reason: 'manual' | 'scheduled') => {
    await kit.backups[Symbol.asyncDispose]()
    const record = kit.parts.records.queue(thing, reason, null, kit.clock)
    const place = { storeId: 'local', object: `notes/notes-1/${record.id}.txt.zst.age`, recipient: 'age1x' }
    kit.parts.records.started(record.id, place, kit.clock)
    const file = `${kit.stored}/${place.object}`
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, 'renamed, but never written down as whole')
    writeFileSync(`${dirname(file)}/.unfinished-tmp_1`, 'half')
    return record
  }

  test('nothing half is listed as good, and nothing of it is left', async () => {
    const record = await half('manual')
    await kit.restart()
    await until(() => kit.files().length === 0)
    expect(get(record.name)).toMatchObject({ state: 'failed', why: expect.stringContaining('stopped in the middle') })
    expect(kit.parts.records.page(APP.id, { limit: 500 }).items).toHaveLength(1)
  })

  test('one that came by itself is made again', async () => {
    await half('scheduled')
    await kit.restart()
    await proof('a002', 'proved')
    await until(() => kit.files().length === 2)
  })

  test('a proof is taken up again', async () => {
    await kit.made()
    await proof('b001', 'proved')
    kit.parts.records.proving(get('b001').id, 'running')
    await kit.restart()
    await proof('b001', 'proved')
  })
})

test('the recovery key is made once, and whether it was shown is known', async () => {
  const { keys } = kit.parts
  const [first, second] = await Promise.all([keys.get(), keys.get()])
  expect(first).toEqual(second)
  expect(keys.shownAt()).toBeNull()
  expect(await keys.show(kit.clock)).toEqual(first)
  expect(keys.shownAt()).toBe(kit.clock.toISOString())
  expect(kit.settings.get('backup_key')).not.toContain(first.identity)
})
