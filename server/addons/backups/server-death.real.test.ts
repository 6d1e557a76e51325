import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Database } from '../../db/database.ts'
import { SecretBox } from '../../db/secret-box.ts'
import { Settings } from '../../db/settings.ts'
import { createLog } from '../../log.ts'
import { APP, FakeThings } from './fake-things.ts'
import { openBackups } from './open.ts'

const LINES = 400_000

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'paas-death-'))
  SecretBox.create(join(directory, 'secret.key'))
})
afterEach(() => rm(directory, { recursive: true, maxRetries: 5 }))

/** A server that begins a backup of some megabytes and says so; `fault` is where it kills itself. */
function victim(fault: string) {
  const here = (file: string) => JSON.stringify(join(import.meta.dirname, file))
  const script = `
    import { Database } from ${here('../../db/database.ts')}
    import { SecretBox } from ${here('../../db/secret-box.ts')}
    import { Settings } from ${here('../../db/settings.ts')}
    import { killAt } from ${here('../../faults.ts')}
    import { createLog } from ${here('../../log.ts')}
    import { SYSTEM } from ${here('../../people/actor.ts')}
    import { APP, FakeThings } from ${here('fake-things.ts')}
    import { openBackups } from ${here('open.ts')}
    const directory = ${JSON.stringify(directory)}
    const db = Database.open(directory + '/paas.db')
    const things = new FakeThings()
    things.add('notes-1').lines = Array.from({ length: ${LINES} }, (_, n) => 'line ' + n + ' ' + Math.random())
    const { backups } = openBackups({
      db, things, settings: new Settings(db), box: SecretBox.open(directory + '/secret.key'),
      directory: directory + '/backups', boxId: 'box_1', activity: { record() {} }, nameOfApp: () => APP.name,
      requireSpace: async () => {}, log: createLog('victim', 'error'), faults: killAt(${JSON.stringify(fault)}),
    })
    backups.start()
    backups.create(SYSTEM, APP, undefined, 'manual')
    process.stdout.write('begun')
    setInterval(() => {}, 1000)`
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

const files = () =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && /\/backups\b/.test(entry.parentPath),
  )

/** The next life of the server: what it lists, once it has cleared away. */
async function nextLife() {
  using db = Database.open(join(directory, 'paas.db'))
  const things = new FakeThings()
  things.add('notes-1')
  const { backups, backupViews } = openBackups({
    ...{ db, things, settings: new Settings(db), directory: join(directory, 'backups'), boxId: 'box_1' },
    box: SecretBox.open(join(directory, 'secret.key')),
    activity: { record: () => undefined },
    nameOfApp: () => APP.name,
    requireSpace: async () => undefined,
    log: createLog('test', 'error'),
  })
  backups.start()
  try {
    const isQuiet = () =>
      backupViews.list(APP, { limit: 50 }).items.every(({ state }) => state === 'failed' || state === 'succeeded')
    await vi.waitUntil(isQuiet, { timeout: 60_000 })
    const whole = backupViews.list(APP, { limit: 50 }).items.filter(({ state }) => state === 'succeeded')
    await vi.waitUntil(() => files().length === whole.length * 2, { timeout: 60_000 })
    return backupViews.list(APP, { limit: 50 }).items.map(({ name, state, why }) => ({ name, state, why }))
  } finally {
    await backups[Symbol.asyncDispose]()
  }
}

const STOPPED = { name: 'b001', state: 'failed', why: 'The server was stopped in the middle; nothing of it is left.' }

test.each(['backup-writing:before', 'backup-writing:after'])(
  'a server that dies at %s leaves no half backup',
  async (at) => {
    const server = victim(at)
    await once(server, 'exit')
    expect(server.signalCode).toBe('SIGKILL')
    expect(files().length).toBe(at.endsWith('after') ? 1 : 0)
    expect(await nextLife()).toEqual([STOPPED])
    expect(files()).toEqual([])
  },
)

test.each([0, 40, 120, 300])('a server that is killed %i ms after it began leaves all of it or nothing', async (ms) => {
  const server = victim('never:before')
  await once(server.stdout, 'data')
  await pause(ms)
  server.kill('SIGKILL')
  await once(server, 'exit')
  const [found] = await nextLife()
  expect(['failed', 'succeeded']).toContain(found?.state)
  if (found?.state === 'failed') expect(files()).toEqual([])
})
