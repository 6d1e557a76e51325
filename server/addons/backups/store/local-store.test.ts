import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LocalStore, one } from './local-store.ts'

const signal = AbortSignal.timeout(600_000)

let directory: string
let store: LocalStore
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'paas-store-'))
  store = new LocalStore(directory)
})
afterEach(() => rm(directory, { recursive: true }))

const files = () => readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())

test('what is put comes back, is for its owner alone, and can be removed twice', async () => {
  const bytes = randomBytes(3_000_000)
  expect(await store.put('pg/db/a.age', one(bytes), signal)).toEqual({ name: 'pg/db/a.age', bytes: bytes.length })
  expect((await buffer(await store.get('pg/db/a.age', signal))).equals(bytes)).toBe(true)
  expect(statSync(join(directory, 'pg/db/a.age')).mode & 0o777).toBe(0o600)
  expect(statSync(join(directory, 'pg')).mode & 0o777).toBe(0o700)
  expect(await store.list('pg/')).toEqual([{ name: 'pg/db/a.age', bytes: bytes.length }])
  expect(await store.list('redis/')).toEqual([])
  await store.remove('pg/db/a.age')
  await store.remove('pg/db/a.age')
  await expect(store.get('pg/db/a.age', signal)).rejects.toMatchObject({ code: 'backup.missing' })
  expect(await store.find('pg/db/a.age')).toBeUndefined()
})

test('nothing is there of what broke off', async () => {
  const broken = async function* () {
    yield randomBytes(100_000)
    throw new Error('pg_dump ended with 1')
  }
  await expect(store.put('a', broken(), signal)).rejects.toThrow('pg_dump ended with 1')
  const ending = new AbortController()
  const endless = async function* () {
    for (let n = 0; ; n += 1) {
      yield randomBytes(1000)
      if (n === 50) ending.abort()
    }
  }
  await expect(store.put('b', endless(), ending.signal)).rejects.toThrow()
  expect(files()).toEqual([])
})

test('what a crash left unfinished is listed by nobody and swept away', async () => {
  await store.put('pg/a', one(Buffer.from('whole')), signal)
  mkdirSync(join(directory, 'pg'), { recursive: true })
  writeFileSync(join(directory, 'pg', '.unfinished-tmp_1'), 'half')
  expect((await store.list('')).map(({ name }) => name)).toEqual(['pg/a'])
  await store.sweep()
  expect(files().map(({ name }) => name)).toEqual(['a'])
})

test('a store that nobody has written to is empty', async () => {
  const empty = new LocalStore(join(directory, 'not-there'))
  expect(await empty.list('')).toEqual([])
  await empty.sweep()
  await empty.check(signal)
  expect(await empty.list('')).toEqual([])
})

test.each(['../a', '/etc/passwd', 'a/../../b', '.unfinished-x'])('the name %j is refused', async (name) => {
  await expect(store.put(name, one(Buffer.alloc(1)), signal)).rejects.toThrow('no name')
  await expect(store.get(name, signal)).rejects.toThrow('no name')
})
