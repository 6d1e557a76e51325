import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { limitBuildKit } from './limits.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cgroup-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const LIMITS = { memoryMb: 512, cpus: 1.5 }

test('on cgroup v1 memory and cpu have a hierarchy each', () => {
  mkdirSync(join(root, 'memory/docker'), { recursive: true })
  mkdirSync(join(root, 'cpu/docker'), { recursive: true })
  mkdirSync(join(root, 'pids/docker'), { recursive: true })
  expect(limitBuildKit(LIMITS, root)).toEqual({ memory: true, cpu: true, pids: true })
  expect(readFileSync(join(root, 'pids/docker/buildkit/pids.max'), 'utf8')).toBe('2048')
  expect(readFileSync(join(root, 'memory/docker/buildkit/memory.limit_in_bytes'), 'utf8')).toBe('536870912')
  expect(readFileSync(join(root, 'cpu/docker/buildkit/cpu.cfs_quota_us'), 'utf8')).toBe('150000')
})

test('on cgroup v2 they share one', () => {
  mkdirSync(join(root, 'docker'))
  writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory')
  expect(limitBuildKit(LIMITS, root)).toEqual({ memory: true, cpu: true, pids: true })
  expect(readFileSync(join(root, 'docker/buildkit/pids.max'), 'utf8')).toBe('2048')
  expect(readFileSync(join(root, 'docker/buildkit/memory.max'), 'utf8')).toBe('536870912')
  expect(readFileSync(join(root, 'docker/buildkit/cpu.max'), 'utf8')).toBe('150000 100000')
})

test('where the engine has no group there, nothing is made and nothing holds', () => {
  mkdirSync(join(root, 'memory'))
  expect(limitBuildKit(LIMITS, root)).toEqual({ memory: false, cpu: false, pids: false })
  expect(() => readFileSync(join(root, 'memory/docker'))).toThrow('ENOENT')
})
