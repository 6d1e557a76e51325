import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { Cron, LATE_MS, LONGEST_RUN_MS } from './cron.ts'
import { CronJobs } from './cron-jobs.ts'
import type { ReleaseWishes } from './release-wishes.ts'
import { RunsKit } from './runs-kit.ts'

type Job = ReleaseWishes['cron'][number]
const NOON = Date.UTC(2026, 10, 28, 12)
const MINUTE = 60_000
const every = (schedule: string, change: Partial<Job> = {}): Job => ({
  ...{ schedule, command: 'node tick.js', concurrency: 'forbid', paused: false },
  ...change,
})

let box: RunsKit
let cron: Cron
let now: number
/** When the release was made, as far as the cron is told. */
let released: number

beforeEach(() => {
  box = new RunsKit()
  now = NOON + 1_000
  released = now
  cron = life()
})
afterEach(() => box[Symbol.dispose]())

function life(): Cron {
  const { kit, news, records, releases, runs } = box
  const jobs = new CronJobs({ apps: kit.apps, releases })
  const log = createLog('test', 'error', () => {})
  return new Cron({ jobs, runs, records, news, releasedAt: () => released, log }, () => now)
}
/** The clock goes on, and is looked at. */
async function look(milliseconds = 0): Promise<number> {
  now += milliseconds
  const next = cron.look()
  await cron.settled()
  return next
}
const started = () => box.engine.asked.map(({ name }) => name)

describe('a job that is due', () => {
  test('runs once, in the release that serves, with its name and limits', async () => {
    box.release({ cron: [every('*/5 * * * *')] })
    expect(await look()).toBe(now + 5_000)
    await look(4 * MINUTE)
    expect(started()).toEqual([])
    await look(MINUTE)
    await look()
    await look(1_000)
    expect(box.engine.asked).toMatchObject([
      {
        name: 'cron.1',
        command: ['/bin/sh', '-c', 'node tick.js'],
        attach: false,
        tty: null,
        limits: { memoryMb: 512, cpus: 1 },
        environment: { KEY: 'hidden-value', PAAS_RELEASE: 'v1' },
      },
    ])
  })

  test('is looked for again in time, also for schedules with seconds', async () => {
    box.release({ cron: [every('*/2 * * * * *')] })
    expect(await look()).toBe(NOON + 2_000)
    await look(1_000)
    expect(started()).toEqual(['cron.1'])
  })

  test('that fails is told with its status, and again only in words', async () => {
    box.release({ cron: [every('* * * * *')] })
    await look()
    for (const code of [0, 3, 4]) {
      await look(MINUTE)
      await box.end('cron.1', code)
    }
    expect(box.told).toEqual(['cron.1 exited with status 3', 'cron.1 exited with status 4 again'])
  })

  test('that the engine cannot start is told, and tried again when it is due again', async () => {
    box.release({ cron: [every('* * * * *')] })
    await look()
    box.engine.failure = new Error('The engine is away')
    await look(MINUTE)
    expect(box.told).toEqual(['cron.1 could not be started: The engine is away'])
    box.engine.failure = undefined
    await look(MINUTE)
    expect(started()).toEqual(['cron.1'])
  })
})

describe('at most once', () => {
  test('a server that starts anew does not run what it has run', async () => {
    box.release({ cron: [every('* * * * *')] })
    await look()
    await look(MINUTE)
    await box.end('cron.1')
    released = 0
    cron = life()
    await look(5_000)
    expect(started()).toEqual(['cron.1'])
  })

  test('what came due while it restarted is made up for once, and older moments are left out', async () => {
    box.release({
      cron: [every('0 12 * * *'), every('55 11 * * *', { command: 'early' }), every('* * * * *', { command: 'often' })],
    })
    now = NOON + 4 * MINUTE
    released = 0
    await look()
    expect(started()).toEqual(['cron.1', 'cron.3'])
    expect(box.records.lastOf(box.shop.id, cronKey(3))?.due_at).toBe(now)
  })

  test('what came due before the release was there is not run', async () => {
    box.release({ cron: [every('0 12 * * *')] })
    now = NOON + 2_000
    await look()
    expect(started()).toEqual([])
  })

  test('a clock that is put back runs no moment twice, and one that jumps ahead makes up for little', async () => {
    box.release({ cron: [every('*/10 * * * *', { concurrency: 'allow' })] })
    await look()
    await look(10 * MINUTE)
    await look(-11 * MINUTE)
    await look(11 * MINUTE)
    expect(started()).toEqual(['cron.1'])
    await look(10 * MINUTE)
    expect(started()).toHaveLength(2)
    await look(60 * MINUTE + LATE_MS + 1_000)
    expect(started()).toHaveLength(2)
  })
})

describe('while the one before still runs', () => {
  test('forbid leaves it out and says so', async () => {
    box.release({ cron: [every('* * * * *')] })
    await look()
    await look(MINUTE)
    await look(MINUTE)
    expect(started()).toEqual(['cron.1'])
    expect(box.told).toEqual(['cron.1 was left out: it still runs'])
    await box.end('cron.1')
    await look(MINUTE)
    expect(started()).toEqual(['cron.1', 'cron.1'])
  })

  test('forbid holds across a restart of the server, and across releases', async () => {
    box.release({ cron: [every('* * * * *')] })
    await look()
    await look(MINUTE)
    cron = life()
    box.release({ cron: [every('@daily', { command: 'other' }), every('* * * * *')] })
    await look(MINUTE)
    expect(started()).toEqual(['cron.1'])
  })

  test('allow starts another one under a name of its own, up to the limit of an app', async () => {
    box.release({ cron: [every('* * * * *', { concurrency: 'allow' })] })
    await look()
    for (let n = 0; n < 12; n += 1) await look(MINUTE)
    expect(started().slice(0, 3)).toEqual(['cron.1', 'cron.1.2', 'cron.1.3'])
    expect(started()).toHaveLength(10)
    const crowded = 'cron.1 was not started: too many one-offs run'
    expect(box.told).toEqual([crowded, `${crowded} again`])
  })

  test('replace asks it to end, and its end is no failure', async () => {
    box.release({ cron: [every('* * * * *', { concurrency: 'replace' })] })
    await look()
    await look(MINUTE)
    const first = box.engine.running.get('cron.1')
    now += MINUTE
    cron.look()
    await expect.poll(() => first?.asked).toEqual(['SIGTERM'])
    expect(started()).toEqual(['cron.1'])
    first?.end(null, 'SIGTERM')
    await cron.settled()
    expect(started()).toEqual(['cron.1', 'cron.1'])
    expect(box.told).toEqual([])
  })

  test('replace also waits for one that is only just being started', async () => {
    box.release({ cron: [every('* * * * *', { concurrency: 'replace' })] })
    await look()
    const up = Promise.withResolvers<void>()
    box.engine.slow = up.promise
    for (const _ of [1, 2, 3]) {
      now += MINUTE
      cron.look()
    }
    await new Promise((resolve) => setImmediate(resolve))
    expect(started()).toEqual(['cron.1'])
    up.resolve()
    await expect.poll(() => box.engine.running.get('cron.1')?.asked).toEqual(['SIGTERM'])
    expect(started()).toEqual(['cron.1'])
    await box.end('cron.1', 143)
    await cron.settled()
    expect(started()).toEqual(['cron.1', 'cron.1'])
  })

  test('one that never ends is killed after a day', async () => {
    box.release({ cron: [every('@daily')] })
    await cron.run(box.kit.ann, box.shop, 1)
    const endless = box.engine.running.get('cron.1')
    now = Date.now() + LONGEST_RUN_MS
    cron.look()
    cron.look()
    await expect.poll(() => endless?.asked).toEqual(['SIGTERM'])
    endless?.end(137)
    await cron.settled()
    expect(box.told).toEqual(['cron.1 ran for 24 hours and is stopped'])
  })
})

describe('nothing runs', () => {
  test('in maintenance mode, and nothing is made up for afterwards', async () => {
    box.release({ cron: [every('* * * * *')] })
    await look()
    box.kit.apps.setMaintenance(box.shop.id, true)
    await look(MINUTE)
    box.kit.apps.setMaintenance(box.shop.id, false)
    await look(1_000)
    expect(started()).toEqual([])
    await look(MINUTE)
    expect(started()).toEqual(['cron.1'])
  })

  test('of an app that was destroyed, of a paused job, and of the release before', async () => {
    box.release({ cron: [every('* * * * *')] })
    await look()
    box.release({ cron: [every('* * * * *', { paused: true })] })
    await look(MINUTE)
    box.release({ cron: [every('* * * * *')] })
    await look(1_000)
    box.kit.apps.delete(box.shop.id)
    await look(MINUTE)
    expect(started()).toEqual([])
  })
})

const cronKey = (number: number) =>
  new CronJobs({ apps: box.kit.apps, releases: box.releases }).of(box.shop)[number - 1]?.key ?? ''

describe('for people', () => {
  test('the list shows when each is due next, and how it went last', async () => {
    box.release({ cron: [every('*/5 * * * *'), every('@daily', { command: 'tidy', paused: true })] })
    await look()
    await look(5 * MINUTE)
    await box.end('cron.1', 2)
    expect(cron.list(box.shop)).toMatchObject([
      {
        ...{ number: 1, name: 'cron.1', schedule: '*/5 * * * *', command: 'node tick.js', concurrency: 'forbid' },
        nextAt: '2026-11-28T12:10:00.000Z',
        lastRun: { name: 'cron.1', state: 'ended', exitCode: 2, by: 'paas' },
      },
      { number: 2, paused: true, nextAt: null, lastRun: null },
    ])
    box.kit.apps.setMaintenance(box.shop.id, true)
    expect(cron.list(box.shop)[0]?.nextAt).toBeNull()
  })

  test('one can be run now, by whoever may, unless it runs', async () => {
    box.release({ cron: [every('@yearly')] })
    expect(await cron.run(box.kit.ann, box.shop, 1)).toMatchObject({ name: 'cron.1', by: 'ann', state: 'running' })
    await expect(cron.run(box.kit.ann, box.shop, 1)).rejects.toMatchObject({ code: 'cron.running' })
    await expect(cron.run(box.kit.ann, box.shop, 2)).rejects.toMatchObject({ code: 'cron.not-found' })
  })

  test('runs of a job that comes often are forgotten but for the last fifty', async () => {
    box.release({ cron: [every('* * * * *')] })
    await look()
    for (let n = 0; n < 55; n += 1) {
      await look(MINUTE)
      await box.end('cron.1')
    }
    expect(started()).toHaveLength(55)
    expect(box.kit.db.get<{ n: number }>('SELECT count(*) AS n FROM runs')?.n).toBeLessThanOrEqual(50)
  })
})

test('it keeps looking by itself until it is disposed of', async () => {
  const { kit, news, records, releases, runs } = box
  const jobs = new CronJobs({ apps: kit.apps, releases })
  box.release({ cron: [every('* * * * * *')] })
  const real = new Cron({
    jobs,
    runs,
    records,
    news,
    releasedAt: () => Date.now(),
    log: createLog('test', 'error', () => {}),
  })
  real.start()
  await expect.poll(() => started()).toContain('cron.1')
  await real[Symbol.asyncDispose]()
})
