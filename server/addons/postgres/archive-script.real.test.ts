import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ARCHIVE_SCRIPT, GIVE_UP_FREE_KB } from './archive-script.ts'

const SEGMENT = '000000010000000000000002'

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'paas-archive-'))
  for (const directory of ['cluster/pg_wal', 'bin']) mkdirSync(join(data, directory), { recursive: true })
  writeFileSync(join(data, 'archive.sh'), ARCHIVE_SCRIPT)
  writeFileSync(
    join(data, 'cluster/pg_wal', SEGMENT),
    Buffer.concat([Buffer.from('changes'), Buffer.alloc(16 * 1024 ** 2 - 7)]),
  )
})
afterEach(() => rmSync(data, { recursive: true }))

/** As the server does; `free` is what its disk has, in KB. */
function archived(name: string, free = 2 * GIVE_UP_FREE_KB): void {
  writeFileSync(join(data, 'bin/df'), `#!/bin/sh\necho head\necho "/dev/vda 1 1 ${free} 1% /"\n`)
  chmodSync(join(data, 'bin/df'), 0o755)
  const env = { PATH: `${join(data, 'bin')}:/usr/bin:/bin`, PAAS_DATA_DIRECTORY: data }
  execFileSync('/bin/sh', ['../archive.sh', `pg_wal/${SEGMENT}`, name], {
    cwd: join(data, 'cluster'),
    env,
    stdio: 'pipe',
  })
}

const setAside = () => readdirSync(join(data, 'archive'))

test('nothing is set aside where no archive was begun', () => {
  archived(SEGMENT)
  expect(readdirSync(data)).not.toContain('archive')
})

test('a segment is set aside whole, and its zeros take no room', () => {
  mkdirSync(join(data, 'archive/arc_1'), { recursive: true })
  archived(SEGMENT)
  archived(`${SEGMENT}.00000028.backup`)
  const file = join(data, 'archive/arc_1', SEGMENT)
  expect(readdirSync(join(data, 'archive/arc_1'))).toEqual([SEGMENT])
  expect(readFileSync(file).equals(readFileSync(join(data, 'cluster/pg_wal', SEGMENT)))).toBe(true)
  expect(statSync(file).blocks * 512).toBeLessThan(1024 ** 2)
})

test('the database goes before its history: where its disk is nearly full, what was set aside is given up', () => {
  mkdirSync(join(data, 'archive/arc_1'), { recursive: true })
  archived(SEGMENT)
  archived('000000010000000000000003', GIVE_UP_FREE_KB - 1)
  expect(setAside()).toEqual([])
  archived('000000010000000000000004')
  expect(setAside()).toEqual([])
})

test('the server hears of a segment that could not be set aside', () => {
  mkdirSync(join(data, 'archive/arc_1'), { recursive: true })
  rmSync(join(data, 'cluster/pg_wal', SEGMENT))
  expect(() => archived(SEGMENT)).toThrow()
  expect(readdirSync(join(data, 'archive/arc_1'))).not.toContain(SEGMENT)
})
