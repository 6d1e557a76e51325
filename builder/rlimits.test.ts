import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { hardLimits, limited, rlimitArguments } from './rlimits.ts'

const LIMITS = { pids: 500, diskBytes: 1e9 }
const PATHS = { machine: process.env['PATH'] ?? '', command: process.env['PATH'] ?? '' }

test('root, whose processes are not counted, gets no limit of them', () => {
  const caller = { processes: 300, hard: {} }
  expect(rlimitArguments(LIMITS, { ...caller, root: false })).toContain('--nproc=800')
  expect(rlimitArguments(LIMITS, { ...caller, root: true }).join(' ')).not.toContain('nproc')
})

test('what the caller may not have itself is not asked for', () => {
  const hard = { 'Max open files': 4_096, 'Max file size': Number.POSITIVE_INFINITY, 'Max processes': 600 }
  expect(rlimitArguments(LIMITS, { root: false, processes: 300, hard })).toEqual([
    '--fsize=1000000000',
    '--nofile=4096',
    '--core=0',
    '--nproc=600',
  ])
})

test('hard limits are read with their names', () => {
  const text = [
    'Limit                     Soft Limit           Hard Limit           Units     ',
    'Max file size             unlimited            unlimited            bytes     ',
    'Max open files            1024                 20000                files     ',
  ].join('\n')
  expect(hardLimits(text)).toEqual({ 'Max file size': Number.POSITIVE_INFINITY, 'Max open files': 20_000 })
})

test('a command has the limits and its own arguments', () => {
  const [file = '', ...args] = limited(['sh', '-c', 'ulimit -f; ulimit -c; echo "$0"', 'a "b"'], LIMITS, PATHS)
  // In blocks of 512 bytes.
  expect(execFileSync(file, args, { encoding: 'utf8' })).toBe(`${Math.floor(1e9 / 512)}\n0\na "b"\n`)
})

test('a command that nobody has, and a machine without prlimit, leave it as it is', () => {
  expect(limited(['no-such-tool', 'x'], LIMITS, PATHS)).toEqual(['no-such-tool', 'x'])
  expect(limited(['sh'], LIMITS, { ...PATHS, machine: '/nonexistent' })).toEqual(['sh'])
})
