import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from '../engine-contract/bench.ts'
import { readStat } from './proc-stat.ts'
import { ProcessGroup } from './process-group.ts'

let directory: string
const groups: ProcessGroup[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'paas-group-'))
})
afterEach(async () => {
  await Promise.all(groups.splice(0).map((group) => group.stop(0)))
  rmSync(directory, { recursive: true, force: true })
})

test('a program that ends by itself gives its code, one that is killed the number of the signal', async () => {
  expect(await start('exit 9').exited).toMatchObject({ code: 9, signal: null })
  expect(await start('kill -9 $$').exited).toMatchObject({ code: 137, signal: 'SIGKILL' })
})

test('a link where the exit code goes is replaced, not followed', async () => {
  writeFileSync(join(directory, 'precious'), 'keep')
  symlinkSync('precious', join(directory, 'exit'))
  expect(await start('exit 3').exited).toMatchObject({ code: 3 })
  expect(readFileSync(join(directory, 'precious'), 'utf8')).toBe('keep')
})

test('what the program leaves behind is killed, also where it left the session', async () => {
  const group = start(`setsid sleep 60 & echo $! >first; sleep 60 & echo $! >second`)
  await group.exited
  expect(readStat(pidIn('first'))).toBeNull()
  expect(readStat(pidIn('second'))).toBeNull()
})

test('a child that is still at work when its parent has died of SIGTERM gets the rest of the time', async () => {
  const child = `process.on('SIGTERM', () => setTimeout(() => { require('fs').writeFileSync('done', ''); process.exit() }, 300))
    require('fs').writeFileSync('ready', ''); setInterval(() => {}, 1000)`
  const group = start(`node -e "$CHILD" & wait`, { CHILD: child })
  await eventually(() => exists('ready'))
  await group.stop(30_000)
  expect(exists('done')).toBe(true)
})

test('nobody waits longer than the grace for such a child', async () => {
  const group = start(`trap '' TERM; (sleep 60; true) & trap - TERM; echo >ready; sleep 60`)
  await eventually(() => exists('ready'))
  const begun = Date.now()
  await group.stop(400)
  expect(Date.now() - begun).toBeLessThan(30_000)
})

test('a directory that is not there is named as the reason', () => {
  expect(() => start('true', {}, join(directory, 'nowhere'))).toThrow(/could not be started/)
})

test('an adopted group is seen to end, and its code is known', async () => {
  const group = start('sleep 0.4; exit 5')
  const adopted = ProcessGroup.adopt(group.identity, directory, join(directory, 'exit'))
  expect(await adopted.exited).toMatchObject({ code: 5 })
})

function start(script: string, environment: Record<string, string> = {}, cwd = directory): ProcessGroup {
  const group = ProcessGroup.spawn(
    {
      name: 'paas',
      argv: ['sh', '-c', script],
      cwd,
      environment: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, TMPDIR: directory, ...environment },
      exitFile: join(directory, 'exit'),
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    },
    directory,
  )
  groups.push(group)
  return group
}

function exists(name: string): boolean {
  try {
    readFileSync(join(directory, name))
    return true
  } catch {
    return false
  }
}

function pidIn(name: string): number {
  return Number(readFileSync(join(directory, name), 'utf8'))
}
