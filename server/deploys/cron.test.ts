import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { Cron, LATE_MS } from './cron.ts'
import { CronJobs } from './cron-jobs.ts'
import { CronKit, every, MINUTE, NOON } from './cron-kit.ts'

let box: CronKit
beforeEach(() => {
  box = new CronKit()
})
afterEach(() => box[Symbol.dispose]())

describe('a job that is due', () => {
  test('runs once, in the release that serves, with its name and limits', async () => {
    box.release({ cron: [every('*/5 * * * *')] })
    expect(await box.look()).toBe(box.now + 5_000)
    await box.look(4 * MINUTE)
    expect(box.started).toEqual([])
    await box.look(MINUTE)
    await box.look()
    await box.look(1_000)
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
    expect(await box.look()).toBe(NOON + 2_000)
    await box.look(1_000)
    expect(box.started).toEqual(['cron.1'])
  })

  test('that fails is told with its status, and again only in words', async () => {
    box.release({ cron: [every('* * * * *')] })
    await box.look()
    for (const code of [0, 3, 4]) {
      await box.look(MINUTE)
      await box.end('cron.1', code)
    }
    expect(box.told).toEqual(['cron.1 exited with status 3', 'cron.1 exited with status 4 again'])
  })

  test('that the engine cannot start is told, and tried again when it is due again', async () => {
    box.release({ cron: [every('* * * * *')] })
    await box.look()
    box.engine.failure = new Error('The engine is away')
    await box.look(MINUTE)
    await box.look(MINUTE)
    const told = 'cron.1 could not be started: The engine is away'
    expect(box.told).toEqual([told, `${told} again`])
    box.engine.failure = undefined
    await box.look(MINUTE)
    expect(box.started).toEqual(['cron.1'])
  })
})

describe('at most once', () => {
  test('a server that starts anew does not run what it has run', async () => {
    box.release({ cron: [every('* * * * *')] })
    await box.look()
    await box.look(MINUTE)
    await box.end('cron.1')
    box.released = 0
    box.cron = box.life()
    await box.look(5_000)
    expect(box.started).toEqual(['cron.1'])
  })

  test('what came due while it restarted is made up for once, and older moments are left out', async () => {
    box.release({
      cron: [every('0 12 * * *'), every('55 11 * * *', { command: 'early' }), every('* * * * *', { command: 'often' })],
    })
    box.now = NOON + 4 * MINUTE
    box.released = 0
    await box.look()
    expect(box.started).toEqual(['cron.1', 'cron.3'])
    expect(box.records.lastOf(box.shop.id, cronKey(3))?.due_at).toBe(box.now)
  })

  test('what came due before the release was there is not run', async () => {
    box.release({ cron: [every('0 12 * * *')] })
    box.now = NOON + 2_000
    await box.look()
    expect(box.started).toEqual([])
  })

  test('a clock that is put back runs no moment twice, and one that jumps ahead makes up for little', async () => {
    box.release({ cron: [every('*/10 * * * *', { concurrency: 'allow' })] })
    await box.look()
    await box.look(10 * MINUTE)
    await box.look(-11 * MINUTE)
    await box.look(11 * MINUTE)
    expect(box.started).toEqual(['cron.1'])
    await box.look(10 * MINUTE)
    expect(box.started).toHaveLength(2)
    await box.look(60 * MINUTE + LATE_MS + 1_000)
    expect(box.started).toHaveLength(2)
  })
})

describe('nothing runs', () => {
  test('in maintenance mode, and nothing is made up for afterwards', async () => {
    box.release({ cron: [every('* * * * *')] })
    await box.look()
    box.kit.apps.setMaintenance(box.shop.id, true)
    await box.look(MINUTE)
    box.kit.apps.setMaintenance(box.shop.id, false)
    await box.look(1_000)
    expect(box.started).toEqual([])
    await box.look(MINUTE)
    expect(box.started).toEqual(['cron.1'])
  })

  test('of an app that was destroyed, of a paused job, and of the release before', async () => {
    box.release({ cron: [every('* * * * *')] })
    await box.look()
    box.release({ cron: [every('* * * * *', { paused: true })] })
    await box.look(MINUTE)
    box.release({ cron: [every('* * * * *')] })
    await box.look(1_000)
    box.kit.apps.delete(box.shop.id)
    await box.look(MINUTE)
    expect(box.started).toEqual([])
  })
})

const cronKey = (number: number) =>
  new CronJobs({ apps: box.kit.apps, releases: box.releases }).of(box.shop)[number - 1]?.key ?? ''

describe('for people', () => {
  test('the list shows when each is due next, and how it went last', async () => {
    box.release({ cron: [every('*/5 * * * *'), every('@daily', { command: 'tidy', paused: true })] })
    await box.look()
    await box.look(5 * MINUTE)
    await box.end('cron.1', 2)
    expect(box.cron.list(box.shop)).toMatchObject([
      {
        ...{ number: 1, name: 'cron.1', schedule: '*/5 * * * *', command: 'node tick.js', concurrency: 'forbid' },
        nextAt: '2026-11-28T12:10:00.000Z',
        lastRun: { name: 'cron.1', state: 'ended', exitCode: 2, by: 'paas' },
      },
      { number: 2, paused: true, nextAt: null, lastRun: null },
    ])
    box.kit.apps.setMaintenance(box.shop.id, true)
    expect(box.cron.list(box.shop)[0]?.nextAt).toBeNull()
  })

  test('one can be run now, by whoever may, unless it runs', async () => {
    box.release({ cron: [every('@yearly')] })
    expect(await box.cron.run(box.kit.ann, box.shop, 1)).toMatchObject({ name: 'cron.1', by: 'ann', state: 'running' })
    await expect(box.cron.run(box.kit.ann, box.shop, 1)).rejects.toMatchObject({ code: 'cron.running' })
    await expect(box.cron.run(box.kit.ann, box.shop, 2)).rejects.toMatchObject({ code: 'cron.not-found' })
  })

  test('runs of a job that comes often are forgotten but for the last fifty', async () => {
    box.release({ cron: [every('* * * * *')] })
    await box.look()
    for (let n = 0; n < 55; n += 1) {
      await box.look(MINUTE)
      await box.end('cron.1')
    }
    expect(box.started).toHaveLength(55)
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
  await expect.poll(() => box.started).toContain('cron.1')
  await real[Symbol.asyncDispose]()
})
