import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { exactMemory, groupUsage, machineProcesses } from './build-group.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'group-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('a group is its members and what descends from them elsewhere, whatever their names are', () => {
  process_({ pid: 10, parent: 1, group: 10, pages: 2 })
  process_({ pid: 11, parent: 10, group: 10, pages: 3 })
  process_({ pid: 12, parent: 11, group: 12, pages: 4 })
  process_({ pid: 13, parent: 12, group: 13, pages: 5 })
  process_({ pid: 20, parent: 1, group: 20, pages: 500 })
  expect(groupUsage(10, root)).toEqual({ memoryBytes: 14 * 4_096, processes: 8 })
  expect(groupUsage(99, root)).toBeUndefined()
})

test('memory that processes share is counted once where it matters', () => {
  process_({ pid: 10, parent: 1, group: 10, pages: 1_000 })
  writeFileSync(join(root, '10', 'smaps_rollup'), 'Rss:  9000 kB\nPss:   50 kB\nPss_Anon:              40 kB\n')
  process_({ pid: 11, parent: 10, group: 10, pages: 1_000 })
  expect(exactMemory(10, root)).toBe(40 * 1_024 + 1_000 * 4_096)
})

test('processes of the machine are read from one file', () => {
  writeFileSync(join(root, 'loadavg'), '0.06 0.21 1.12 5/141 25812\n')
  expect(machineProcesses(root)).toBe(141)
  expect(machineProcesses(join(root, 'none'))).toBeUndefined()
})

test('a real group is found, with more than nothing in memory', async () => {
  const child = spawn('sh', ['-c', 'setsid sleep 60 & echo; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const group = child.pid ?? 0
  try {
    await expect.poll(() => groupUsage(group)?.processes).toBe(2)
    expect(exactMemory(group)).toBeGreaterThan(1_000)
    expect(groupUsage(group)?.memoryBytes).toBeGreaterThanOrEqual(exactMemory(group))
  } finally {
    process.kill(-group, 'SIGKILL')
  }
})

function process_({ pid, parent, group, pages }: { pid: number; parent: number; group: number; pages: number }): void {
  mkdirSync(join(root, String(pid)))
  writeFileSync(
    join(root, String(pid), 'stat'),
    `${pid} (na) me) S ${parent} ${group} ${group} ${'0 '.repeat(13)}2 0 0 0`,
  )
  writeFileSync(join(root, String(pid), 'statm'), `9999 ${pages + 7} 7 1 0 1 0\n`)
}
