import { describe, expect, test } from 'vitest'
import type { EngineDisk, EngineImage } from '../engine/engine.ts'
import { type AppImages, cacheTarget, type DiskFacts, planDisk } from './disk-plan.ts'
import { DISK_DEFAULTS } from './disk-settings.ts'

const GB = 1024 ** 3
const AMPLE = { freeBytes: 60 * GB, totalBytes: 100 * GB }
/** Pushes want 2 GB of such a disk; it is tight below 4. */
const TIGHT = { freeBytes: 3 * GB, totalBytes: 100 * GB }

test('images of the kept releases stay, and so does what serves however old it is', () => {
  const plan = planDisk(facts({ images: [image('old'), image('kept'), image('serving')] }))
  expect(plan.remove.map(({ what }) => what)).toEqual(['paas/app_1:old'])
  expect(plan.keep.map(({ what, why }) => `${what}: ${why}`)).toEqual([
    'paas/app_1:kept: one of the last 5 releases',
    'paas/app_1:serving: one of the last 5 releases',
  ])
  expect(plan.remove[0]).toEqual({
    kind: 'image',
    app: 'shop',
    what: 'paas/app_1:old',
    bytes: GB,
    why: 'not one of the last 5 releases',
  })
  expect(plan.bytes).toBe(GB)
})

test('an image that a container uses is kept, even when its app is gone', () => {
  const plan = planDisk(facts({ images: [image('run', { inUse: true, app: 'gone' }), image('old', { inUse: true })] }))
  expect(plan.remove).toEqual([])
  expect(plan.keep.map(({ why }) => why)).toEqual(['an instance uses it', 'an instance uses it'])
})

test('images of a destroyed app go when they are of this box, and are not even named when they may be of another', () => {
  const plan = planDisk(facts({ images: [image('a', { app: 'gone' }), image('b', { app: 'other', own: false })] }))
  expect(plan.remove.map(({ app, what, why }) => [app, what, why])).toEqual([
    [null, 'paas/gone:a', 'its app is destroyed'],
  ])
  expect(plan.keep).toEqual([])
})

test('images of a known app that older versions made carry no box, and are judged like the others', () => {
  const plan = planDisk(facts({ images: [image('old', { own: false })] }))
  expect(plan.remove.map(({ what }) => what)).toEqual(['paas/app_1:old'])
})

test('while a deploy of the app is under way, none of its images goes', () => {
  const plan = planDisk(facts({ images: [image('fresh'), image('kept')] }, { deploying: true }))
  expect(plan.remove).toEqual([])
  expect(plan.keep.map(({ why }) => why)).toContain('a deploy of the app is under way')
})

test('rollback targets beyond the budget are kept and said', () => {
  const plan = planDisk(facts({ images: [image('kept', { bytes: 30 * GB })] }))
  expect(plan.remove).toEqual([])
  expect(plan.warnings).toEqual([
    'Images that run or that rollbacks need take 30.0 GB, more than their budget of 20.0 GB. Keep fewer releases: paas disk:set keep-releases=4',
  ])
})

describe('the build cache', () => {
  test('stays within its budget', () => {
    const plan = planDisk(facts({ cacheBytes: 9 * GB }))
    expect(plan.remove).toEqual([])
    expect(plan.keep.map(({ kind, why }) => [kind, why])).toEqual([['cache', 'within its budget']])
  })

  test('is cut down to it', () => {
    const plan = planDisk(facts({ cacheBytes: 14 * GB }))
    expect(plan.remove).toEqual([
      { kind: 'cache', app: null, what: 'build cache', bytes: 4 * GB, why: 'over its budget of 10.0 GB' },
    ])
  })

  test('is cut down further on a tight disk, by as much as is missing after the images', () => {
    const tight = facts({ cacheBytes: 5 * GB }, {}, TIGHT)
    expect(cacheTarget(tight, 0)).toBe(4 * GB)
    expect(cacheTarget(tight, 0.25 * GB)).toBe(4.25 * GB)
    expect(cacheTarget(tight, 3 * GB)).toBe(5 * GB)
    expect(planDisk(tight).remove.map(({ bytes, why }) => [bytes, why])).toEqual([[GB, 'the disk is tight']])
  })

  test('goes whole when that is not enough, and the plan says that pushes are refused', () => {
    const full = facts({ cacheBytes: GB }, {}, { freeBytes: 0, totalBytes: 100 * GB })
    expect(planDisk(full)).toMatchObject({ bytes: GB, warnings: [expect.stringContaining('pushes are refused')] })
  })

  test('is not mentioned when there is none', () => {
    expect(planDisk(facts({}))).toEqual({ remove: [], keep: [], bytes: 0, warnings: [] })
  })
})

function image(build: string, values: Partial<EngineImage> = {}): EngineImage {
  const app = values.app ?? 'app_1'
  return { id: `sha256:${build}`, name: `paas/${app}:${build}`, app, own: true, bytes: GB, inUse: false, ...values }
}

function facts(engine: Partial<EngineDisk>, app: Partial<AppImages> = {}, space = AMPLE): DiskFacts {
  const rollbackTargets = ['sha256:kept', 'sha256:serving']
  return {
    engine: { images: [], cacheBytes: 0, baseBytes: 0, directory: null, ...engine },
    apps: new Map([['app_1', { name: 'shop', rollbackTargets, deploying: false, ...app }]]),
    space,
    settings: DISK_DEFAULTS,
  }
}
