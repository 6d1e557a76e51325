import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { endPidsGroup, joinPidsGroup } from './pids-group.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pids-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('on cgroup v1 the group stands below the controller, on v2 at the top, which lends it out', () => {
  mkdirSync(join(root, 'pids'))
  expect(joinPidsGroup(7, 100, root)).toBe(true)
  expect(read('pids/paas-build-7/pids.max')).toBe('100')
  expect(read('pids/paas-build-7/cgroup.procs')).toBe('7')
  writeFileSync(join(root, 'cgroup.controllers'), 'pids')
  expect(joinPidsGroup(7, 100, root)).toBe(true)
  expect(read('cgroup.subtree_control')).toBe('+pids')
  expect(read('paas-build-7/cgroup.procs')).toBe('7')
})

test('a machine that lets us make none is left as it was', () => {
  expect(joinPidsGroup(7, 100, root)).toBe(false)
  expect(joinPidsGroup(7, 100, join(root, 'none'))).toBe(false)
})

test('a group without members that a killed server left is removed, and others stay', async () => {
  mkdirSync(join(root, 'pids/paas-build-5'), { recursive: true })
  mkdirSync(join(root, 'pids/docker'))
  mkdirSync(join(root, 'pids/paas-build-6'))
  writeFileSync(join(root, 'pids/paas-build-6/cgroup.procs'), '')
  joinPidsGroup(7, 100, root)
  expect(['5', '6'].map((pid) => existsSync(join(root, `pids/paas-build-${pid}`)))).toEqual([false, true])
  expect(existsSync(join(root, 'pids/docker'))).toBe(true)
  mkdirSync(join(root, 'pids/paas-build-8'))
  await endPidsGroup(8, root)
  await endPidsGroup(9, root)
  expect(existsSync(join(root, 'pids/paas-build-8'))).toBe(false)
})

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
