import { expect, test } from 'vitest'
import { readReport } from './disk.ts'

const LABELS = { 'paas.app': 'app_1', 'paas.build': 'bld_1', 'paas.box': 'box_1' }
const report = (labels: Record<string, string>, tags = ['paas/app_1:bld_1'], containers: string[] = []) =>
  readReport(
    {
      LayersSize: 100,
      Images: [{ Id: 'sha256:a', RepoTags: tags, Labels: labels, Size: 60, SharedSize: 40 }],
      Containers: containers.map((ImageID) => ({ ImageID })),
      BuildCache: [
        { Size: 7, Shared: false },
        { Size: 40, Shared: true },
      ],
    },
    'box_1',
  )

test('an image of ours counts what it shares with no other, the rest is the base', () => {
  expect(report(LABELS)).toEqual({
    images: [{ id: 'sha256:a', name: 'paas/app_1:bld_1', app: 'app_1', own: true, bytes: 20, inUse: false }],
    cacheBytes: 7,
    baseBytes: 80,
  })
})

test('one with a container, running or not, is in use', () => {
  expect(report(LABELS, undefined, ['sha256:a']).images[0]?.inUse).toBe(true)
})

test('an image of another box is not ours, one of a version that wrote no box is not known to be', () => {
  expect(report({ ...LABELS, 'paas.box': 'box_2' }).images).toEqual([])
  const { 'paas.box': _, ...older } = LABELS
  expect(report(older).images[0]?.own).toBe(false)
})

test('what somebody made from an image of ours has its labels, and is left alone', () => {
  expect(report(LABELS, ['mine:latest']).images).toEqual([])
  expect(report(LABELS, []).images).toEqual([])
  expect(report(LABELS, ['mine:latest', 'paas/app_1:bld_1']).images).toHaveLength(1)
})

test('the end of a name is random, and no other build is taken for it', () => {
  expect(report(LABELS, ['paas/app_1:bld_1-5ec4e7']).images[0]?.name).toBe('paas/app_1:bld_1-5ec4e7')
  expect(report(LABELS, ['paas/app_1:bld_12']).images).toEqual([])
})

test('other images are not ours whatever their tag', () => {
  expect(report({ 'paas.stack': 'x' }, ['paas/stack:1']).images).toEqual([])
  expect(report({}, ['paas/addon:postgresql-15']).images).toEqual([])
  expect(report(LABELS, ['paas/addon:postgresql-15']).images).toEqual([])
})

test('an engine that has not measured counts as nothing', () => {
  const empty = readReport({ Images: [], Containers: [], BuildCache: null }, 'box_1')
  expect(empty).toEqual({ images: [], cacheBytes: 0, baseBytes: 0 })
})
