import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { copyTree } from './file-tree.ts'
import { LayerStore } from './layer-store.ts'
import { TemporaryDirectory } from './source-fixture.ts'

test('a layer is found by its key, with its size', async () => {
  using directory = new TemporaryDirectory()
  const store = new LayerStore(directory.join('layers'))
  const key = store.key('', ['a'])
  await store.add(key, async (app) => writeFileSync(join(app, 'file'), '12345'))
  const found = new LayerStore(directory.join('layers')).find(key)
  expect(found).toMatchObject({ key, sizeBytes: 5 })
  expect(readFileSync(join(found?.directory ?? '', 'file'), 'utf8')).toBe('12345')
  expect(store.key(key, ['a'])).not.toBe(key)
})

test('a layer whose making failed does not exist', async () => {
  using directory = new TemporaryDirectory()
  const store = new LayerStore(directory.path)
  const making = store.add('k', async (app) => {
    writeFileSync(join(app, 'half'), '')
    throw new Error('broken')
  })
  await expect(making).rejects.toThrow('broken')
  expect(store.find('k')).toBeUndefined()
  expect(readdirSync(directory.path)).toEqual([])
})

test('layers of the last three builds are kept, older ones and half-made ones are not', async () => {
  using directory = new TemporaryDirectory()
  for (let build = 1; build <= 5; build++) {
    const store = new LayerStore(directory.path)
    await store.add(`build-${build}`, async () => {})
    utimesSync(directory.join(`build-${build}`), build, build)
    mkdirSync(directory.join('crashed.partial'), { recursive: true })
    store.prune()
  }
  expect(readdirSync(directory.path).sort()).toEqual(['build-3', 'build-4', 'build-5'])
})

test('writing into an own copy leaves the original alone', () => {
  using directory = new TemporaryDirectory()
  mkdirSync(directory.join('from', 'sub'), { recursive: true })
  writeFileSync(directory.join('from', 'sub', 'file'), 'before')
  copyTree(directory.join('from'), directory.join('own'), 'own')
  writeFileSync(directory.join('own', 'sub', 'file'), 'after')
  expect(readFileSync(directory.join('from', 'sub', 'file'), 'utf8')).toBe('before')
  expect(existsSync(directory.join('own', 'sub'))).toBe(true)
})
