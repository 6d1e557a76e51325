import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Database } from '../db/database.ts'
import { DeployRecords } from './deploy-records.ts'

let directory: string
let db: Database

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'paas-deploys-'))
  db = Database.open(join(directory, 'paas.db'))
  db.run(`INSERT INTO users (id, name, box_owner, created_at) VALUES ('u1', 'ada', 1, 0)`)
  db.run(`INSERT INTO apps (id, name, owner_id, created_at) VALUES ('a1', 'shop', 'u1', 0)`)
})

afterEach(() => {
  db[Symbol.dispose]()
  rmSync(directory, { recursive: true })
})

const insert = (records: DeployRecords) => records.insert({ appId: 'a1', kind: 'push', userId: 'u1' })

test('a final state never changes again', () => {
  const records = new DeployRecords(db, 'boot1')
  const { id } = insert(records)
  records.move(id, 'failed', { reason: 'the build failed' })
  expect(() => records.move(id, 'starting')).toThrow('is failed and cannot become starting')
  expect(records.get(id).reason).toBe('the build failed')
})

test('the database itself refuses two deploys of one app between queue and swap', () => {
  const records = new DeployRecords(db, 'boot1')
  const [first, second] = [insert(records), insert(records)]
  records.move(first.id, 'building')
  expect(() => records.move(second.id, 'fetching')).toThrow()
  records.move(first.id, 'draining')
  expect(records.move(second.id, 'fetching').state).toBe('fetching')
})

test('what another run of the server has left is interrupted, and is taken over by the first move', () => {
  const { id } = insert(new DeployRecords(db, 'boot1'))
  const records = new DeployRecords(db, 'boot2')
  expect(records.interrupted().map((record) => record.id)).toEqual([id])
  records.move(id, 'building')
  expect(records.interrupted()).toEqual([])
  expect(records.unfinished('a1')).toHaveLength(1)
})

test('a watcher sees every state from the present one to the end', async () => {
  const records = new DeployRecords(db, 'boot1')
  const { id } = insert(records)
  const seen: string[] = []
  const watching = (async () => {
    for await (const record of records.watch(id, AbortSignal.timeout(60_000))) seen.push(record.state)
  })()
  await Promise.resolve()
  for (const state of ['building', 'starting', 'draining', 'live'] as const) records.move(id, state)
  await watching
  expect(seen).toEqual(['queued', 'building', 'starting', 'draining', 'live'])
})
