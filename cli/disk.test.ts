import { expect, test } from 'vitest'
import type { DiskItem, DiskUsage } from '../server/contract/disk.ts'
import { TestDesk } from './test-desk.ts'

const GB = 1024 ** 3
const SETTINGS = { keepReleases: 5, keepBuilds: 100, imageBudget: 20 * GB, cacheBudget: 10 * GB }
const USAGE: DiskUsage = {
  state: 'tight',
  freeBytes: 3 * GB,
  totalBytes: 40 * GB,
  parts: [
    { what: 'build cache', app: null, bytes: 9 * GB },
    { what: '2 images', app: 'shop', bytes: GB / 2 },
  ],
  settings: SETTINGS,
  defaults: SETTINGS,
}
const OLD: DiskItem = {
  kind: 'image',
  app: 'shop',
  what: 'paas/app_1:bld_1',
  bytes: GB,
  why: 'not one of the last 5 releases',
}

const desk = new TestDesk(() => ({
  'disk.usage': () => USAGE,
  'disk.update': () => USAGE,
  'disk.plan': () => ({ remove: [OLD], keep: [], bytes: GB, warnings: ['Look out.'] }),
  'disk.collect': () => ({ removed: [OLD], left: [{ ...OLD, what: 'held' }], freeBytes: 4 * GB, warnings: [] }),
}))

const { paas } = desk

test('the disk is shown with what takes it and how much is kept', async () => {
  const { code, stdout, stderr } = await paas('disk')
  expect(code).toBe(0)
  expect(stdout.split('\n')).toEqual([
    'Free:          3.0 GB of 40.0 GB, which is tight: images and caches are cut down by themselves',
    'keep-releases: 5',
    'keep-builds:   100',
    'image-budget:  20gb',
    'cache-budget:  10gb',
    '',
    'SIZE      APP   WHAT',
    '9.0 GB    -     build cache',
    '512.0 MB  shop  2 images',
    '',
  ])
  expect(stderr).toContain('paas disk:plan')
})

test('the plan names what would go and why, and removes nothing', async () => {
  const { stdout, stderr } = await paas('disk:plan')
  expect(stdout).toContain('remove  1.0 GB  shop  paas/app_1:bld_1  not one of the last 5 releases')
  expect(stderr).toContain('Look out.')
  expect(stderr).toContain('At least 1.0 GB would be freed')
  expect(desk.box.requestsOf('disk.collect')).toEqual([])
})

test('a collection tells what went and what was in use', async () => {
  const { stdout, stderr } = await paas('disk:gc')
  expect(stdout).toMatch(/removed .* paas\/app_1:bld_1/)
  expect(stdout).toMatch(/in use .* held/)
  expect(stderr).toContain('4.0 GB are free.')
})

test('settings are typed as people write sizes', async () => {
  expect((await paas('disk:set keep-releases=3 image-budget=40g cache-budget=default')).code).toBe(0)
  expect(desk.box.requestsOf('disk.update')[0]?.body).toEqual({
    keepReleases: 3,
    imageBudget: 40 * GB,
    cacheBudget: null,
  })
  const { code, stderr } = await paas('disk:set keep-releases=many')
  expect(code).toBe(2)
  expect(stderr).toContain('a whole number')
})
