import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { parseStat, readEnvironment, readStat } from './proc-stat.ts'
import { identify, isAlive } from './process-identity.ts'

test('a command name with spaces and parentheses does not shift the fields', () => {
  const text =
    '4242 (evil) S 1 (name) S 1 4242 4240 0 -1 4194304 100 0 0 0 7 5 0 0 20 0 1 0 98765 1000 200 18446744073709551615\n'
  expect(parseStat(text)).toEqual({ pid: 4242, state: 'S', session: 4240, cpuTicks: 12, startTime: 98765 })
})

test('what is no stat line is no process', () => {
  expect(parseStat('')).toBeNull()
  expect(parseStat('12 (half')).toBeNull()
})

test('a process is known by its pid and its start, and is not alive under another start', async () => {
  const child = spawn('sleep', ['30'], { env: { TMPDIR: '/somewhere' } })
  const identity = identify(child.pid ?? 0)
  if (!identity) throw new Error('no identity')
  expect(isAlive(identity)).toBe(true)
  expect(isAlive({ ...identity, startTime: identity.startTime + 1 })).toBe(false)
  expect(isAlive({ ...identity, bootId: 'another boot' })).toBe(false)
  expect(readEnvironment(identity.pid)).toEqual({ TMPDIR: '/somewhere' })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isAlive(identity)).toBe(false)
})

test('a zombie is gone', () => {
  const child = spawn('true')
  const deadline = Date.now() + 20_000
  while (readStat(child.pid ?? 0) !== null && Date.now() < deadline);
  expect(readStat(child.pid ?? 0)).toBeNull()
})
