import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Database } from '../db/database.ts'
import { createLog } from '../log.ts'
import { DeployRecords } from './deploy-records.ts'
import { Endings } from './endings.ts'

let directory: string
let db: Database
let records: DeployRecords
let endings: Endings
let full: boolean
const ended: string[][] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'paas-endings-'))
  db = Database.open(join(directory, 'paas.db'))
  db.run(`INSERT INTO users (id, name, box_owner, created_at) VALUES ('u1', 'ada', 1, 0)`)
  db.run(`INSERT INTO apps (id, name, owner_id, created_at) VALUES ('a1', 'shop', 'u1', 0)`)
  records = new DeployRecords(db, 'boot')
  full = false
  ended.length = 0
  endings = new Endings({
    db,
    records,
    builds: { end: () => {} },
    releases: {
      setStatus: (_app, number, status, reason) => {
        if (full) throw new Error('The disk of the box is full')
        ended.push([`v${number}`, status, reason ?? ''])
      },
    },
    log: createLog('test', 'error'),
  })
})

afterEach(() => {
  endings[Symbol.dispose]()
  db[Symbol.dispose]()
  rmSync(directory, { recursive: true })
})

const begin = () => {
  const { id } = records.insert({ appId: 'a1', kind: 'config', release: 3, userId: null })
  records.move(id, 'starting')
  return id
}

test('deploy and release end together, with the reason', () => {
  const id = begin()
  endings.end(id, { state: 'failed', reason: 'web.1 crashed' })
  expect(records.get(id)).toMatchObject({ state: 'failed', reason: 'web.1 crashed' })
  expect(ended).toEqual([['v3', 'failed', 'web.1 crashed']])
})

test('an ending that finds no room on the disk is written before the next deploy begins', () => {
  const id = begin()
  full = true
  endings.end(id, { state: 'failed', reason: 'no room' })
  expect(records.get(id).state).toBe('starting')
  full = false
  endings.flush()
  expect(records.get(id).state).toBe('failed')
  expect(() => begin()).not.toThrow()
})

test('a deploy that is gone with its app, or has ended, is left alone', () => {
  const live = begin()
  records.move(live, 'live')
  endings.end(live, { state: 'failed', reason: 'too late' })
  const gone = begin()
  db.run(`DELETE FROM apps WHERE id = 'a1'`)
  endings.end(gone, { state: 'canceled', reason: 'destroyed' })
  expect(ended).toEqual([])
})
