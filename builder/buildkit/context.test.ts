import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildContext, type ContextOptions, DOCKERFILE_PATH } from './context.ts'

let directory: string
let sourceTar: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'context-'))
  sourceTar = join(directory, 'source.tar')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** A tree as `git archive` packs it. */
function archive(files: Record<string, string>, finish: (tree: string) => void = () => {}): void {
  const tree = join(directory, 'tree')
  const git = (...args: string[]) => execFileSync('git', args, { cwd: tree, stdio: 'pipe' })
  mkdirSync(tree)
  git('init', '-q')
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(tree, path, '..'), { recursive: true })
    writeFileSync(join(tree, path), content, { mode: path.endsWith('.sh') ? 0o755 : 0o644 })
  }
  finish(tree)
  git('add', '.')
  git('-c', 'user.name=t', '-c', 'user.email=t@example.test', 'commit', '-qm', 'tree')
  git('archive', '-o', sourceTar, 'HEAD')
}

async function bytes(options: Partial<ContextOptions> = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of buildContext({ sourceTar, dockerfile: 'FROM x\n', ...options })) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function listing(options: Partial<ContextOptions> = {}): Promise<string[]> {
  const file = join(directory, 'context.tar')
  writeFileSync(file, await bytes(options))
  const text = execFileSync('tar', ['tvf', file], { encoding: 'utf8' })
  return text
    .trim()
    .split('\n')
    .map((line) => line.replace(/^(\S+)\s+\S+\s+\d+\s+\S+\s+\S+\s+/, '$1 '))
}

function contentOf(path: string): string {
  return execFileSync('tar', ['xOf', join(directory, 'context.tar'), path], { encoding: 'utf8' })
}

test('the context is the source as it is, with the Dockerfile behind it', async () => {
  const long = `${'d'.repeat(120)}/${'f'.repeat(120)}`
  archive({ 'a.txt': 'a', 'run.sh': '#!', [long]: 'x' }, (tree) => symlinkSync('a.txt', join(tree, 'link')))
  const entries = await listing()
  expect(entries).toContain('-rw-rw-r-- a.txt')
  expect(entries).toContain('-rwxrwxr-x run.sh')
  expect(entries).toContain('lrwxrwxrwx link -> a.txt')
  expect(entries).toContain(`-rw-rw-r-- ${long}`)
  expect(entries.at(-1)).toBe(`-rw-r--r-- ${DOCKERFILE_PATH}`)
  expect(contentOf(DOCKERFILE_PATH)).toBe('FROM x\n')
  expect(contentOf('a.txt')).toBe('a')
})

test('what the filter refuses stays out, and what stands between stays in', async () => {
  const long = `m${'x'.repeat(150)}.txt`
  archive({ '.env': 'SECRET=1', 'a.txt': 'first', 'drop/x': 'x', [long]: 'long', 'z.txt': 'last' })
  const entries = await listing({ entryFilter: (path) => path !== '.env' && !path.startsWith('drop') })
  expect(entries.map((entry) => entry.split(' ')[1])).toEqual(['a.txt', long, 'z.txt', DOCKERFILE_PATH])
  expect([contentOf('a.txt'), contentOf(long), contentOf('z.txt')]).toEqual(['first', 'long', 'last'])
})

test('our files win over files of that name in the source, once', async () => {
  archive({ [DOCKERFILE_PATH]: 'FROM evil', 'server.mjs': 'theirs' })
  const entries = await listing({ extraFiles: [{ path: 'server.mjs', content: 'ours', mode: 0o755 }] })
  expect(entries).toEqual(['-rwxr-xr-x server.mjs', `-rw-r--r-- ${DOCKERFILE_PATH}`])
  expect(contentOf('server.mjs')).toBe('ours')
  expect(contentOf(DOCKERFILE_PATH)).toBe('FROM x\n')
})

test('equal trees make equal contexts', async () => {
  archive({ 'a.txt': 'a' })
  expect((await bytes()).equals(await bytes())).toBe(true)
})

test('a source that cannot be read is an error, not an empty context', async () => {
  await expect(listing()).rejects.toThrow('ENOENT')
  archive({ 'a.txt': 'a'.repeat(5000) })
  execFileSync('truncate', ['-s', '3000', sourceTar])
  await expect(listing()).rejects.toMatchObject({ code: 'source.damaged', help: { retryable: true } })
})
