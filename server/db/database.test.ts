import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Database } from './database.ts'

let directory: string
let file: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'paas-db-'))
  file = join(directory, 'paas.db')
})
afterEach(() => rm(directory, { recursive: true }))

function migrations(...sql: string[]): string {
  const path = join(directory, `migrations-${sql.length}`)
  mkdirSync(path, { recursive: true })
  sql.forEach((text, index) => {
    writeFileSync(join(path, `00${index + 1}-step.sql`), text)
  })
  return path
}

const FIRST = 'CREATE TABLE notes (text TEXT NOT NULL) STRICT;'
const SECOND = 'ALTER TABLE notes ADD COLUMN stars INTEGER;'

test('a new file gets the whole schema, survives being closed, and is for its owner only', () => {
  {
    using db = Database.open(file)
    db.run("INSERT INTO settings VALUES ('base_domain', 'example.com')")
  }
  using db = Database.open(file)
  expect(db.get('SELECT value FROM settings')).toEqual({ value: 'example.com' })
  expect(db.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' })
  expect(db.get('PRAGMA synchronous')).toEqual({ synchronous: 2 })
  expect(db.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600)
  expect(statSync(`${file}.lock`).mode & 0o777).toBe(0o600)
})

test('a migration leaves a copy of the file as it was before', () => {
  Database.open(file, migrations(FIRST))[Symbol.dispose]()
  using db = Database.open(file, migrations(FIRST, SECOND))
  expect(db.run("INSERT INTO notes VALUES ('a', 5)").changes).toBe(1)
  using copy = new DatabaseSync(`${file}.before-2`)
  expect(copy.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 })
  expect(() => copy.prepare('SELECT stars FROM notes')).toThrow(/no such column/)
  expect(statSync(`${file}.before-2`).mode & 0o777).toBe(0o600)
})

test('a failing migration changes nothing, and the next start can try again', () => {
  Database.open(file, migrations(FIRST))[Symbol.dispose]()
  const broken = migrations(FIRST, `${SECOND} INSERT INTO missing VALUES (1);`)
  expect(() => Database.open(file, broken)).toThrow(expect.objectContaining({ code: 'database.migration-failed' }))
  using db = Database.open(file, migrations(FIRST, SECOND))
  expect(db.get('SELECT stars FROM notes')).toBeUndefined()
})

test('a file of a newer version is refused with the command that goes back', () => {
  Database.open(file, migrations(FIRST))[Symbol.dispose]()
  Database.open(file, migrations(FIRST, SECOND))[Symbol.dispose]()
  const before = readFileSync(file)
  expect(() => Database.open(file, migrations(FIRST))).toThrow(
    expect.objectContaining({
      code: 'database.newer',
      help: expect.objectContaining({ command: `cp ${file}.before-2 ${file}` }),
    }),
  )
  expect(readFileSync(file).equals(before)).toBe(true)
  copyFileSync(`${file}.before-2`, file)
  expect(() => Database.open(file, migrations(FIRST))[Symbol.dispose]()).not.toThrow()
})

test('a file that is not a database is refused and left alone', () => {
  writeFileSync(file, 'this is a text, not a database, and long enough to look at. '.repeat(50))
  expect(() => Database.open(file)).toThrow(expect.objectContaining({ code: 'database.damaged' }))
  expect(readFileSync(file, 'utf8')).toMatch(/^this is a text/)
})

test('a damaged file is refused with the newest copy as the way out', () => {
  {
    using db = Database.open(file)
    for (let n = 0; n < 300; n += 1) db.run('INSERT INTO settings VALUES (?, ?)', `name-${n}`, 'x'.repeat(100))
  }
  writeFileSync(`${file}.before-1`, '')
  const bytes = readFileSync(file)
  bytes.fill(0xff, 4096 * 2)
  writeFileSync(file, bytes)
  expect(() => Database.open(file)).toThrow(
    expect.objectContaining({
      code: 'database.damaged',
      help: expect.objectContaining({ command: expect.stringContaining(`cp ${file}.before-1`) }),
    }),
  )
})

test('a transaction is all or nothing, and nested ones join it', () => {
  using db = Database.open(file)
  const set = (name: string) => db.run('INSERT INTO settings VALUES (?, ?)', name, 'x')
  expect(() =>
    db.transaction(() => {
      set('outer')
      db.transaction(() => set('inner'))
      throw new Error('no')
    }),
  ).toThrow('no')
  expect(db.all('SELECT name FROM settings')).toEqual([])
  expect(db.transaction(() => db.transaction(() => set('kept').changes))).toBe(1)
  expect(db.all('SELECT name FROM settings')).toEqual([{ name: 'kept' }])
})

test('an asynchronous transaction is refused and rolled back', () => {
  using db = Database.open(file)
  expect(() => db.transaction(async () => db.run("INSERT INTO settings VALUES ('a', 'b')"))).toThrow(TypeError)
  expect(db.all('SELECT name FROM settings')).toEqual([])
})

test('a second server on the same data root is refused until the first one is gone, however it went', async () => {
  const script = `
    import { Database } from ${JSON.stringify(join(import.meta.dirname, 'database.ts'))}
    Database.open(${JSON.stringify(file)})
    console.log('open')
    setInterval(() => {}, 1000)`
  const other = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await once(other.stdout, 'data')
    expect(() => Database.open(file)).toThrow(expect.objectContaining({ code: 'database.in-use' }))
    using reader = new DatabaseSync(file, { readOnly: true })
    expect(reader.prepare('SELECT count(*) AS n FROM users').get()).toEqual({ n: 0 })
  } finally {
    other.kill('SIGKILL')
    await once(other, 'exit')
  }
  Database.open(file)[Symbol.dispose]()
  expect(existsSync(file)).toBe(true)
})

test('a full disk is named, changes nothing, and is over when there is room again', () => {
  using db = Database.open(file)
  const { page_count: pages } = db.get<{ page_count: number }>('PRAGMA page_count') ?? { page_count: 0 }
  const fill = () =>
    db.transaction(() => {
      for (let n = 0; n < 50; n += 1) db.run('INSERT INTO settings VALUES (?, ?)', `name-${n}`, 'x'.repeat(4_000))
    })
  db.get(`PRAGMA max_page_count = ${pages}`)
  expect(fill).toThrow(expect.objectContaining({ kind: 'unavailable', code: 'disk.full' }))
  expect(db.get('SELECT count(*) AS n FROM settings')).toEqual({ n: 0 })
  db.get('PRAGMA max_page_count = 1000000')
  fill()
  expect(db.get('SELECT count(*) AS n FROM settings')).toEqual({ n: 50 })
})

test('what was committed is there after a kill -9', async () => {
  const script = `
    import { Database } from ${JSON.stringify(join(import.meta.dirname, 'database.ts'))}
    const db = Database.open(${JSON.stringify(file)})
    for (let n = 1; ; n += 1) {
      db.transaction(() => db.run('INSERT INTO settings VALUES (?, ?)', String(n), 'x'))
      process.stdout.write(n + '\\n')
    }`
  const writer = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let acknowledged = 0
  for await (const chunk of writer.stdout) {
    acknowledged = Number(String(chunk).trim().split('\n').at(-1))
    if (acknowledged >= 50) writer.kill('SIGKILL')
  }
  using db = Database.open(file)
  expect(db.get<{ n: number }>('SELECT count(*) AS n FROM settings')?.n).toBeGreaterThanOrEqual(acknowledged)
})
