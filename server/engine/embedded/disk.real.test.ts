import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { diskUse } from '../disk-use.ts'
import { embeddedDisk, pruneLayers } from './disk.ts'
import { Layout } from './layout.ts'

const MB = 1024 ** 2
const HOUR_S = 3_600

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'paas-disk-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

test('images and the cache are measured as the disk has them', async () => {
  const layout = new Layout(root)
  const image = join(layout.images, 'bld_1')
  await fill(join(image, 'app'), 2)
  await fill(join(layout.cache, 'app_1/layers/k'), 3)
  const disk = await embeddedDisk(layout, [{ id: image, name: 'bld_1', app: 'app_1' }], new Set([image]))
  expect(disk.images).toMatchObject([{ id: image, app: 'app_1', own: true, inUse: true }])
  expect(disk.images[0]?.bytes).toBeGreaterThanOrEqual(2 * MB)
  expect(disk.cacheBytes).toBeGreaterThanOrEqual(3 * MB)
  expect(disk.directory).toBe(root)
})

test('what was used longest ago goes first, and no more than needed', async () => {
  await layer('app_1', 'oldest', 5)
  await layer('app_2', 'older', 4)
  await layer('app_1', 'old', 3)
  const freed = await pruneLayers(root, 2.5 * MB)
  expect(freed).toBeGreaterThanOrEqual(MB)
  expect([exists('app_1', 'oldest'), exists('app_2', 'older'), exists('app_1', 'old')]).toEqual([false, true, true])
})

test('what a build has used within the hour stays, and so do the caches of package managers', async () => {
  await layer('app_1', 'fresh', 0)
  await fill(join(root, 'app_1/caches/npm'), 1)
  expect(await pruneLayers(root, 0)).toBe(0)
  expect(exists('app_1', 'fresh')).toBe(true)
  expect(existsSync(join(root, 'app_1/caches/npm/file'))).toBe(true)
})

test('a cache that is not there is empty', async () => {
  expect(await pruneLayers(join(root, 'nothing'), 0)).toBe(0)
  expect(await diskUse([join(root, 'nothing')])).toEqual(new Map())
})

async function layer(app: string, key: string, hoursAgo: number): Promise<void> {
  const directory = join(root, app, 'layers', key)
  await fill(directory, 1)
  const usedAt = Date.now() / 1_000 - hoursAgo * HOUR_S
  await utimes(directory, usedAt, usedAt)
}

async function fill(directory: string, megabytes: number): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'file'), Buffer.alloc(megabytes * MB, 1))
}

function exists(app: string, key: string): boolean {
  return existsSync(join(root, app, 'layers', key))
}
