import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { packFolder } from './folder.ts'
import { Source } from './source.ts'
import { ROOMY, TemporaryDirectory } from './source-fixture.ts'

function write(directory: TemporaryDirectory, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(directory.join(path)), { recursive: true })
    writeFileSync(directory.join(path), content)
  }
}

async function packed(folder: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of packFolder(folder)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function sourceIn(folder: string): Promise<Source> {
  using elsewhere = new TemporaryDirectory()
  const file = elsewhere.join('source.tar')
  writeFileSync(file, await packed(folder))
  return Source.open(file, ROOMY)
}

test('a folder is packed without what its ignore files name, .git and node_modules', async () => {
  using directory = new TemporaryDirectory()
  write(directory, {
    'server.js': 'x',
    'public/index.html': '',
    '.git/config': 'secret',
    'node_modules/a/index.js': '',
    'packages/a/node_modules/b.js': '',
    '.gitignore': '*.log\n/dist/\n.env\n',
    'a.log': '',
    'dist/a.js': '',
    '.env': 'SECRET=1',
    'sub/.gitignore': '!keep.log\nlocal\n',
    'sub/keep.log': 'kept',
    'sub/local': '',
    '.slugignore': 'docs\n',
    'docs/a.md': '',
  })
  symlinkSync('server.js', directory.join('start.js'))
  using source = await sourceIn(directory.path)
  expect([...source.entries.keys()]).toEqual([
    '.gitignore',
    '.slugignore',
    'public/index.html',
    'server.js',
    'start.js',
    'sub/.gitignore',
    'sub/keep.log',
  ])
  expect(source.text('sub/keep.log')).toBe('kept')
})

test('large files pass whole, and equal folders make equal archives', async () => {
  using directory = new TemporaryDirectory()
  write(directory, { 'a.bin': 'x'.repeat(900_000), 'b.txt': 'b' })
  const first = await packed(directory.path)
  expect(first.equals(await packed(directory.path))).toBe(true)
  using source = await sourceIn(directory.path)
  expect(source.text('a.bin')).toHaveLength(900_000)
})

test('what is no folder is named as what it is', async () => {
  using directory = new TemporaryDirectory()
  write(directory, { 'server.js': 'x' })
  await expect(packed(directory.join('elsewhere'))).rejects.toThrow(/^There is no folder .*elsewhere\.$/)
  await expect(packed(directory.join('server.js'))).rejects.toThrow(/server\.js is not a folder/)
})
