import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { TemporaryDirectory, writeTar } from './source-fixture.ts'
import { readTar, type TarEntry } from './tar.ts'

const LONG = `${'directory-with-a-long-name/'.repeat(8)}file-ümläut-${'x'.repeat(90)}.txt`

test('reads what git archive writes: modes, links, long and accented names', () => {
  using directory = new TemporaryDirectory()
  const repository = directory.join('repository')
  mkdirSync(directory.join('repository', LONG.slice(0, LONG.lastIndexOf('/'))), { recursive: true })
  writeFileSync(directory.join('repository', LONG), 'long')
  writeFileSync(directory.join('repository', 'run.sh'), '#!/bin/sh\n', { mode: 0o755 })
  symlinkSync('run.sh', directory.join('repository', 'link'))
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args])
  git('init', '-q')
  git('add', '.')
  git('commit', '-qm', 'first')
  const tar = directory.join('source.tar')
  git('archive', '--output', tar, 'HEAD')

  const entries = entriesOf(tar)
  expect(entries.get(LONG)).toMatchObject({ kind: 'file', size: 4 })
  expect(entries.get('run.sh')?.mode).toSatisfy((mode: number) => (mode & 0o100) !== 0)
  expect(entries.get('link')).toMatchObject({ kind: 'symlink', target: 'run.sh' })
  expect([...entries.keys()].some((path) => path.includes('pax'))).toBe(false)
})

test('reads the long names of GNU tar', () => {
  using directory = new TemporaryDirectory()
  mkdirSync(directory.join(LONG.slice(0, LONG.lastIndexOf('/'))), { recursive: true })
  writeFileSync(directory.join(LONG), 'long')
  const tar = directory.join('source.tar')
  execFileSync('tar', ['--format=gnu', '-cf', tar, '-C', directory.path, LONG])
  expect([...entriesOf(tar).keys()]).toEqual([LONG])
})

test('a damaged header is told from the end of the archive', () => {
  using directory = new TemporaryDirectory()
  writeFileSync(directory.join('a.txt'), 'a')
  const tar = directory.join('source.tar')
  execFileSync('tar', ['-cf', tar, '-C', directory.path, 'a.txt'])
  const bytes = readFileSync(tar)
  bytes[0] = 0x62
  writeFileSync(tar, bytes)
  expect(() => entriesOf(tar)).toThrow('does not match its checksum')
})

test('an archive that ends in the middle of a file, or whose sizes lie, is damaged', async () => {
  using directory = new TemporaryDirectory()
  const tar = directory.join('source.tar')
  await writeTar(tar, [{ name: 'a.txt', content: 'x'.repeat(2_000) }])
  const whole = readFileSync(tar)
  writeFileSync(tar, whole.subarray(0, 1_024))
  expect(() => entriesOf(tar)).toThrow('it ends early')
  await writeTar(tar, [{ name: 'a.txt', content: 'a', pax: { size: '-512' } }])
  expect(() => entriesOf(tar)).toThrow('a size in a header cannot be read')
})

test('nothing can hide behind a link that claims to have contents', async () => {
  using directory = new TemporaryDirectory()
  const tar = directory.join('source.tar')
  await writeTar(tar, [
    { name: 'link', type: 'symlink', linkname: 'a', pax: { size: '1024' } },
    { name: 'hidden', content: 'h' },
  ])
  expect([...entriesOf(tar).keys()]).toEqual(['link', 'hidden'])
})

function entriesOf(file: string): Map<string, TarEntry> {
  const fd = openSync(file, 'r')
  try {
    return new Map([...readTar(fd)].map((entry) => [entry.path, entry]))
  } finally {
    closeSync(fd)
  }
}
