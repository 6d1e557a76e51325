import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildKitMemory, PeakMemory } from './peak-memory.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'memory-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('the peak is the most that was seen, and null when nobody can tell', () => {
  const seen = [5, 9, 7]
  using peak = new PeakMemory(() => seen.shift(), 60_000)
  expect([peak.bytes, peak.bytes, peak.bytes]).toEqual([9, 9, 9])
  using nobody = new PeakMemory(() => undefined, 60_000)
  expect(nobody.bytes).toBeNull()
})

test('BuildKit’s group is read on cgroup v1 and v2, without file cache', () => {
  expect(buildKitMemory(root)).toBeUndefined()
  mkdirSync(join(root, 'memory/docker/buildkit'), { recursive: true })
  writeFileSync(join(root, 'memory/docker/buildkit/memory.stat'), 'cache 900\nrss 1\ntotal_cache 900\ntotal_rss 40\n')
  expect(buildKitMemory(root)).toBe(40)
  mkdirSync(join(root, 'docker/buildkit'), { recursive: true })
  writeFileSync(join(root, 'docker/buildkit/memory.stat'), 'anon 70\nfile 900\n')
  expect(buildKitMemory(root)).toBe(70)
})
