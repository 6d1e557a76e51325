import { expect, test } from 'vitest'
import type { BuildFailure } from './errors.ts'
import { MAX_SOURCE_ENTRIES, sourceChecks } from './source-checks.ts'
import { type FixtureEntry, ROOMY, sourceOf } from './source-fixture.ts'

const LFS = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`

test('has files, text and directories, and reads contents again and again', async () => {
  using source = await sourceOf({ 'package.json': '\uFEFF{}', 'src/a.js': 'a', 'src/b.js': 'b' })
  expect(source.has('package.json')).toBe(true)
  expect(source.has('src')).toBe(false)
  expect(source.hasDirectory('src')).toBe(true)
  expect(source.hasDirectory('sr')).toBe(false)
  expect(source.text('package.json')).toBe('{}')
  expect(source.text('absent')).toBeUndefined()
  expect(source.select(['src']).map(({ path }) => path)).toEqual(['src/a.js', 'src/b.js'])
  expect(source.select(['.'], ['src']).map(({ path }) => path)).toEqual(['package.json'])
})

test('the digest follows content, mode and name, and nothing else', async () => {
  const digest = async (entry: FixtureEntry) => {
    using source = await sourceOf([entry])
    return source.digest(source.select(['.']))
  }
  const first = await digest({ name: 'a', content: 'x', mode: 0o644 })
  expect(await digest({ name: 'a', content: 'x', mode: 0o664, mtime: new Date(5_000_000) })).toBe(first)
  expect(await digest({ name: 'a', content: 'y', mode: 0o644 })).not.toBe(first)
  expect(await digest({ name: 'b', content: 'x', mode: 0o644 })).not.toBe(first)
  expect(await digest({ name: 'a', content: 'x', mode: 0o755 })).not.toBe(first)
})

test.each<[string, FixtureEntry[], string]>([
  ['an absolute path', [{ name: '/etc/passwd', content: 'x' }], 'points out of the tree'],
  ['a path that climbs', [{ name: 'a/../../b', content: 'x' }], 'points out of the tree'],
  [
    'a doubled path',
    [
      { name: 'a', content: '1' },
      { name: './a', content: '2' },
    ],
    'twice',
  ],
  ['a path of git itself', [{ name: 'sub/.GIT/hooks/post-checkout', content: 'x' }], 'belongs to git'],
  ['a hard link', [{ name: 'a', type: 'link', linkname: '/etc/passwd' }], 'hard link'],
  ['a device', [{ name: 'a', type: 'character-device' }], 'not a file'],
  ['a pipe', [{ name: 'a', type: 'fifo' }], 'not a file'],
  [
    'a file beneath a link',
    [
      { name: 'a', type: 'symlink', linkname: 'b' },
      { name: 'a/c', content: 'x' },
    ],
    'beneath',
  ],
])('%s is refused', async (_, entries, reason) => {
  await expect(sourceOf(entries)).rejects.toMatchObject({
    code: 'source.unsafe',
    message: expect.stringContaining(reason),
  })
})

test.each([
  ['a', '/etc/passwd'],
  ['a', '../outside'],
  ['sub/a', '../../outside'],
  ['a', 'sub/../../outside'],
  ['a', 'inside/../other'],
])('the link %s to %s is refused', async (name, linkname) => {
  await expect(sourceOf([{ name, type: 'symlink', linkname }])).rejects.toMatchObject({ code: 'source.link-outside' })
})

test.each([
  ['a', 'b'],
  ['sub/a', '../b'],
  ['sub/deep/a', '../../x/y'],
])('the link %s to %s is let in', async (name, linkname) => {
  using source = await sourceOf([{ name, type: 'symlink', linkname }])
  expect(source.entries.get(name)?.kind).toBe('symlink')
})

test('a Procfile that is a link is refused before its target could be read', async () => {
  using source = await sourceOf([{ name: 'Procfile', type: 'symlink', linkname: 'other' }])
  expect(() => source.text('Procfile')).toThrow('Procfile is a symbolic link to other')
})

test('a file over the limit is named with its size, the limit and the way out', async () => {
  const limits = { maxFileBytes: 2 * 1024 * 1024, maxTreeBytes: 1e9 }
  const failure = await failureOf(sourceOf({ 'video.mp4': 'x'.repeat(3 * 1024 * 1024) }, limits))
  expect(failure.code).toBe('source.file-too-large')
  expect(failure.message).toBe('video.mp4 has 3 MB; a file may have at most 2 MB.')
  expect(failure.help.command).toContain('git rm --cached "video.mp4"')
})

test('a tree over the limits of size or number is refused', async () => {
  await expect(sourceOf({ a: 'xx', b: 'xx' }, { maxFileBytes: 10, maxTreeBytes: 3 })).rejects.toMatchObject({
    code: 'source.too-large',
  })
  const admit = sourceChecks(ROOMY)
  const entry = { kind: 'file' as const, mode: 0o644, size: 0, target: '', offset: 0 }
  for (let n = 0; n < MAX_SOURCE_ENTRIES; n++) admit({ ...entry, path: `${n}` }, new Map())
  expect(() => admit({ ...entry, path: 'one-more' }, new Map())).toThrow('more than 100000 files')
})

test('Git LFS pointers are named', async () => {
  const failure = await failureOf(sourceOf({ 'index.html': 'x', 'big.bin': LFS, 'small.txt': 'version 1' }))
  expect(failure.code).toBe('source.lfs-pointer')
  expect(failure.message).toMatch(/^big\.bin is kept in Git LFS/)
})

test('a submodule is named, and another repository inside is warned about', async () => {
  const gitmodules = '[submodule "theme"]\n\tpath = themes/theme\n\turl = ../theme\n'
  const entries = [
    { name: '.gitmodules', content: gitmodules },
    { name: 'themes/theme/', type: 'directory' as const },
  ]
  const failure = await failureOf(sourceOf(entries))
  expect(failure).toMatchObject({ code: 'source.submodule', message: expect.stringContaining('themes/theme') })

  using source = await sourceOf([
    { name: 'a.txt', content: 'x' },
    { name: 'vendor/', type: 'directory' },
  ])
  expect(source.warnings).toEqual([expect.stringContaining('vendor is empty here')])
})

test('a commit without files has nothing to build', async () => {
  await expect(sourceOf([])).rejects.toMatchObject({ code: 'source.empty' })
})

async function failureOf(promise: Promise<unknown>): Promise<BuildFailure> {
  return promise.then(
    () => expect.unreachable(),
    (error: BuildFailure) => error,
  )
}

test('what .slugignore names is not there', async () => {
  using source = await sourceOf({ '.slugignore': '*.psd\n/docs/', 'docs/a.md': '', 'art/b.psd': '', 'art/docs/c': '' })
  expect([...source.entries.keys()]).toEqual(['.slugignore', 'art/docs/c'])
})
