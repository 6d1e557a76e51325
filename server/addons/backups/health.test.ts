import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SYSTEM } from '../../people/actor.ts'
import { BackupsKit } from './backups-kit.ts'
import { APP, type FakeThing } from './fake-things.ts'

const DAY_MS = 86_400_000

let kit: BackupsKit
let thing: FakeThing
beforeEach(() => {
  kit = new BackupsKit()
  thing = kit.things.add('notes-1')
  kit.backups.start()
})
afterEach(() => kit[Symbol.asyncDispose]())

const until = (holds: () => boolean) => vi.waitUntil(holds, { timeout: 50_000, interval: 5 })
const words = (code: string) => kit.things.conditions.get(`${thing.id} ${code}`)

test('that backups fail is a condition, until one succeeds', async () => {
  thing.failure = new Error('no way to it')
  await kit.made()
  await until(() => words('backup-failing') === 'b001 failed: no way to it')
  thing.failure = undefined
  await kit.made()
  await until(() => words('backup-failing') === undefined)
})

test('that the newest was not proved is a condition, until one is', async () => {
  const { scratch } = thing
  thing.scratch = () => Promise.reject(new Error('no room'))
  await kit.made()
  await until(() => words('backup-not-proved') === 'b001 was not proved: no room')
  thing.scratch = scratch
  kit.backups.prove(SYSTEM, APP, 'b001')
  await until(() => words('backup-not-proved') === undefined)
})

test('so is that none was proved for too long, though none failed', async () => {
  kit.backups.schedule(SYSTEM, APP, 'notes-1', { pattern: '0 2 * * *', timezone: 'UTC' }, {})
  const [schedule] = kit.parts.schedules.all()
  if (!schedule) throw new Error('it was scheduled')
  kit.parts.schedules.moveOn(schedule, new Date(kit.clock.getTime() + 9 * DAY_MS), () => {})
  expect(words('backup-not-proved')).toBeUndefined()
  kit.clock = new Date(kit.clock.getTime() + 3 * DAY_MS)
  await until(() => words('backup-not-proved') === 'No backup was proved for too long: none ever was.')
  await kit.made()
  await until(() => words('backup-not-proved') === undefined)
})
