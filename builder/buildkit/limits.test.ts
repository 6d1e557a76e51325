import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildKitMemory } from '../peak-memory.ts'
import { buildKitProcesses, limitBuildKit, limitHits } from './limits.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cgroup-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const LIMITS = { memoryMb: 512, cpus: 1.5, pids: 2_048 }
const ALL = { memory: true, cpu: true, pids: true, priority: true }

test('on cgroup v1 memory and cpu have a hierarchy each', () => {
  mkdirSync(join(root, 'memory/docker'), { recursive: true })
  mkdirSync(join(root, 'cpu/docker'), { recursive: true })
  mkdirSync(join(root, 'pids/docker'), { recursive: true })
  expect(limitBuildKit(LIMITS, root)).toEqual(ALL)
  expect(readFileSync(join(root, 'pids/docker/buildkit/pids.max'), 'utf8')).toBe('2048')
  expect(readFileSync(join(root, 'memory/docker/buildkit/memory.limit_in_bytes'), 'utf8')).toBe('536870912')
  expect(readFileSync(join(root, 'cpu/docker/buildkit/cpu.cfs_quota_us'), 'utf8')).toBe('150000')
  expect(readFileSync(join(root, 'cpu/docker/buildkit/cpu.shares'), 'utf8')).toBe('256')
  expect(readFileSync(join(root, 'memory/docker/buildkit/memory.memsw.limit_in_bytes'), 'utf8')).toBe('553648128')
})

test('on cgroup v2 they share one', () => {
  mkdirSync(join(root, 'docker'))
  writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory')
  expect(limitBuildKit(LIMITS, root)).toEqual(ALL)
  expect(readFileSync(join(root, 'docker/buildkit/pids.max'), 'utf8')).toBe('2048')
  expect(readFileSync(join(root, 'docker/buildkit/memory.max'), 'utf8')).toBe('536870912')
  expect(readFileSync(join(root, 'docker/buildkit/cpu.max'), 'utf8')).toBe('150000 100000')
  expect(readFileSync(join(root, 'docker/buildkit/cpu.weight'), 'utf8')).toBe('25')
  expect(readFileSync(join(root, 'docker/buildkit/memory.swap.max'), 'utf8')).toBe('0')
})

test('what the kernel has killed or refused is counted as far as it tells', () => {
  expect(limitHits(root)).toEqual({ killed: 0, pressed: 0, refused: 0 })
  mkdirSync(join(root, 'memory/docker/buildkit'), { recursive: true })
  writeFileSync(join(root, 'memory/docker/buildkit/memory.failcnt'), '12\n')
  expect(limitHits(root)).toEqual({ killed: 0, pressed: 12, refused: 0 })
  mkdirSync(join(root, 'docker/buildkit'), { recursive: true })
  writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory')
  writeFileSync(join(root, 'docker/buildkit/memory.events'), 'oom 9\noom_kill 4\n')
  writeFileSync(join(root, 'docker/buildkit/pids.events'), 'max 3\n')
  expect(limitHits(root)).toEqual({ killed: 4, pressed: 0, refused: 3 })
})

test('where the engine has no group there, nothing is made and nothing holds', () => {
  mkdirSync(join(root, 'memory'))
  expect(limitBuildKit(LIMITS, root)).toEqual({ memory: false, cpu: false, pids: false, priority: false })
  expect(() => readFileSync(join(root, 'memory/docker'))).toThrow('ENOENT')
})

test('where the engine has no group because systemd keeps it, each step is held by itself', () => {
  writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory')
  mkdirSync(join(root, 'system.slice/docker.service'), { recursive: true })
  expect(limitBuildKit(LIMITS, root)).toEqual(ALL)
  expect(buildKitProcesses(root)).toBeUndefined()
  for (const [name, processes] of Object.entries({ first: 3, second: 40 })) {
    const step = join(root, `system.slice/system.slice:docker:${name}`)
    mkdirSync(step)
    writeFileSync(join(step, 'pids.current'), `${processes}\n`)
    writeFileSync(join(step, 'memory.stat'), `anon ${processes * 1_000}\nfile 7\n`)
  }
  expect(buildKitProcesses(root)).toBe(43)
  expect(buildKitMemory(root)).toBe(43_000)
})
