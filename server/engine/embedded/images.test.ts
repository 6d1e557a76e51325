import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Images } from './images.ts'
import { Layout } from './layout.ts'

let layout: Layout
beforeEach(() => {
  layout = new Layout(mkdtempSync(join(tmpdir(), 'paas-images-')))
})
afterEach(() => rmSync(layout.directory, { recursive: true, force: true }))

test('an image says what its processes need', async () => {
  const directory = makeImage('b1', { app: 'shop', environment: { NODE_ENV: 'production' }, path: ['/runtime/bin'] })
  const images = new Images(layout)
  const expected = {
    directory: join(directory, 'app'),
    environment: { NODE_ENV: 'production' },
    path: ['/runtime/bin'],
  }
  expect(await images.open(directory, 'shop')).toMatchObject(expected)
  expect(await images.open('embedded:b1', 'shop')).toMatchObject(expected)
  expect([await images.has(directory), await images.has('embedded:b2')]).toEqual([true, false])
})

test('one that is gone is named, with the way out', async () => {
  await expect(new Images(layout).open('embedded:b9', 'shop')).rejects.toMatchObject({
    code: 'image.not-found',
    help: { command: 'git push paas main' },
  })
})

test('pruning takes the images of one app that are not kept, and no others', async () => {
  const old = makeImage('b1', { app: 'shop' })
  const current = makeImage('b2', { app: 'shop' })
  const other = makeImage('b3', { app: 'blog' })
  const silent = makeImage('b4', {})
  await new Images(layout).open(silent, 'shop')
  const images = new Images(layout)
  await images.prune('shop', [current])
  expect([old, current, other, silent].map((directory) => existsSync(directory))).toEqual([false, true, true, false])
})

test('a name that points out of the images is no image', async () => {
  mkdirSync(join(layout.directory, 'secret'), { recursive: true })
  writeFileSync(join(layout.directory, 'secret', 'image.json'), '{}')
  expect(await new Images(layout).has('embedded:../secret')).toBe(false)
})

function makeImage(build: string, file: object): string {
  const directory = join(layout.images, build)
  mkdirSync(join(directory, 'app'), { recursive: true })
  writeFileSync(join(directory, 'image.json'), JSON.stringify(file))
  return directory
}
