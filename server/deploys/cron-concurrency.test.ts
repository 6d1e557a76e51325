import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LONGEST_RUN_MS } from './cron.ts'
import { CronKit, every, MINUTE } from './cron-kit.ts'

let box: CronKit
beforeEach(() => {
  box = new CronKit()
})
afterEach(() => box[Symbol.dispose]())

describe('while the one before still runs', () => {
  test('forbid leaves it out and says so', async () => {
    box.release({ cron: [every('* * * * *')] })
    await box.look()
    await box.look(MINUTE)
    await box.look(MINUTE)
    expect(box.started).toEqual(['cron.1'])
    expect(box.told).toEqual(['cron.1 was left out: it still runs'])
    await box.end('cron.1')
    await box.look(MINUTE)
    expect(box.started).toEqual(['cron.1', 'cron.1'])
  })

  test('forbid holds across a restart of the server, and across releases', async () => {
    box.release({ cron: [every('* * * * *')] })
    await box.look()
    await box.look(MINUTE)
    box.cron = box.life()
    box.release({ cron: [every('@daily', { command: 'other' }), every('* * * * *')] })
    await box.look(MINUTE)
    expect(box.started).toEqual(['cron.1'])
  })

  test('allow starts another one under a name of its own, up to the limit of an app', async () => {
    box.release({ cron: [every('* * * * *', { concurrency: 'allow' })] })
    await box.look()
    for (let n = 0; n < 12; n += 1) await box.look(MINUTE)
    expect(box.started.slice(0, 3)).toEqual(['cron.1', 'cron.1.2', 'cron.1.3'])
    expect(box.started).toHaveLength(10)
    const crowded = 'cron.1 was not started: too many one-offs run'
    expect(box.told).toEqual([crowded, `${crowded} again`])
  })

  test('replace asks it to end, and its end is no failure', async () => {
    box.release({ cron: [every('* * * * *', { concurrency: 'replace' })] })
    await box.look()
    await box.look(MINUTE)
    const first = box.engine.running.get('cron.1')
    box.now += MINUTE
    box.cron.look()
    await expect.poll(() => first?.asked).toEqual(['SIGTERM'])
    expect(box.started).toEqual(['cron.1'])
    first?.end(null, 'SIGTERM')
    await box.cron.settled()
    expect(box.started).toEqual(['cron.1', 'cron.1'])
    expect(box.told).toEqual([])
  })

  test.each([
    ['runs in a release that came meanwhile', 'forward', [1, 2]],
    ['does not run in maintenance mode that came meanwhile', 'maintenance', [1]],
  ])('what waited to replace it %s', async (_what, change, releases) => {
    const cron = [every('* * * * *', { concurrency: 'replace' })]
    box.release({ cron })
    await box.look()
    await box.look(MINUTE)
    const first = box.engine.running.get('cron.1')
    box.now += MINUTE
    box.cron.look()
    await expect.poll(() => first?.asked).toEqual(['SIGTERM'])
    if (change === 'forward') box.release({ cron })
    else box.kit.apps.setMaintenance(box.shop.id, true)
    first?.end(null, 'SIGTERM')
    await box.cron.settled()
    expect(box.engine.asked.map(({ release }) => release)).toEqual(releases)
  })

  test('replace also waits for one that is only just being started', async () => {
    box.release({ cron: [every('* * * * *', { concurrency: 'replace' })] })
    await box.look()
    const up = Promise.withResolvers<void>()
    box.engine.slow = up.promise
    for (const _ of [1, 2, 3]) {
      box.now += MINUTE
      box.cron.look()
    }
    await new Promise((resolve) => setImmediate(resolve))
    expect(box.started).toEqual(['cron.1'])
    up.resolve()
    await expect.poll(() => box.engine.running.get('cron.1')?.asked).toEqual(['SIGTERM'])
    expect(box.started).toEqual(['cron.1'])
    await box.end('cron.1', 143)
    await box.cron.settled()
    expect(box.started).toEqual(['cron.1', 'cron.1'])
  })

  test('one that never ends is killed after a day', async () => {
    box.release({ cron: [every('@daily')] })
    await box.cron.run(box.kit.ann, box.shop, 1)
    const endless = box.engine.running.get('cron.1')
    // Noon, for within five minutes after midnight the job itself would be due.
    box.now = Math.ceil(Date.now() / LONGEST_RUN_MS) * LONGEST_RUN_MS + 1.5 * LONGEST_RUN_MS
    box.cron.look()
    box.cron.look()
    await expect.poll(() => endless?.asked).toEqual(['SIGTERM'])
    endless?.end(137)
    await box.cron.settled()
    expect(box.told).toEqual(['cron.1 ran for 24 hours and was stopped'])
  })

  test('one that the engine has lost does not stand in the way of the next', async () => {
    box.release({ cron: [every('* * * * *', { concurrency: 'replace' })] })
    const lost = { name: 'cron.1', release: 1, command: ['node tick.js'], userId: null }
    const [job] = box.jobs.of(box.shop)
    box.records.insert(box.shop, { ...lost, kind: 'cron', job: job?.key ?? '' })
    await box.look()
    await box.look(MINUTE)
    expect(box.started).toEqual(['cron.1'])
    expect(box.records.running(box.shop.id)).toHaveLength(1)
    expect(box.told).toEqual(['cron.1 ended, and nobody saw how'])
  })
})
