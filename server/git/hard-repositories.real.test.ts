import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { GitKit } from '../../test/git-kit.ts'

let kit: GitKit
beforeEach(async () => {
  kit = await GitKit.start()
})
afterEach(() => kit[Symbol.asyncDispose]())

const MB = 1024 ** 2
/** RELIABILITY F-22: what a push may cost the server itself. */
const MOST_GROWTH = 100 * MB
/** Nothing is gained by them here, and they are what takes long. */
const NO_DELTAS = '--big-file-threshold=100k'
const FILES = 100_000
const HISTORY = { commits: 120, blobBytes: MB }

/** A new commit on main, by `git fast-import`. */
async function imported(stream: () => Generator<string | Buffer>): Promise<void> {
  const child = spawn('git', ['fast-import', '--quiet', '--force', '--depth=0', NO_DELTAS], {
    cwd: kit.work,
    env: kit.environment(),
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  await pipeline(Readable.from(stream()), child.stdin)
  expect(await ended).toBe(0)
}

const HEAD = 'committer Ada <ada@example.test> 1700000000 +0000\ndata 1\nx\n'

/** The most that this process, which is the server here, grew while something went on. */
async function growthOf(work: () => Promise<unknown>): Promise<number> {
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 20)
  await work().finally(() => clearInterval(timer))
  return most - before
}

test.each(['ssh', 'http'])('100,000 files come in by %s, and the server streams them', async (way) => {
  await imported(function* () {
    yield `blob\nmark :1\ndata 6\nhello\n\ncommit refs/heads/main\n${HEAD}`
    for (let n = 0; n < FILES; n++) yield `M 100644 :1 d${n % 300}/f${n}\n`
    yield '\n'
  })
  const remote = way === 'ssh' ? `${kit.remote}/shop` : kit.httpRemote('shop', kit.token('alice'))
  let archive = 0
  kit.deploys.deploy = async (_push, file) => {
    archive = statSync(file).size
    return true
  }
  let outcome = { code: null as number | null, output: '' }
  const growth = await growthOf(async () => {
    outcome = await kit.git(['push', '-q', remote, 'main'])
  })
  expect(outcome.code).toBe(0)
  expect(archive).toBeGreaterThan(FILES * 1024)
  expect(growth).toBeLessThan(MOST_GROWTH)
})

test('a history of 120 MB that does not pack comes in, and the server streams it', async () => {
  await imported(function* () {
    for (let n = 0; n < HISTORY.commits; n++) {
      yield `commit refs/heads/main\n${HEAD}M 100644 inline big.bin\ndata ${HISTORY.blobBytes}\n`
      yield randomBytes(HISTORY.blobBytes)
      yield '\n'
    }
  })
  let outcome = { code: null as number | null, output: '' }
  const growth = await growthOf(async () => {
    outcome = await kit.git([
      '-c',
      'core.bigFileThreshold=100k',
      'push',
      '-q',
      kit.httpRemote('shop', kit.token('alice')),
      'main',
    ])
  })
  expect(outcome.code).toBe(0)
  expect(growth).toBeLessThan(MOST_GROWTH)
}, 180_000)

const MODULES = '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=touch /tmp/x\n'

/** RELIABILITY F-23. Each is a line of `git mktree`, around a blob of that text. */
test.each<[string, string, string, string]>([
  ['a tree that is called ..', 'x', '040000 tree TREE\t..', 'hasDotdot'],
  ['.gitmodules that start a program', MODULES, '100644 blob BLOB\t.gitmodules', 'gitmodulesUrl'],
  ['.gitmodules that are a link', 'target', '120000 blob BLOB\t.gitmodules', 'gitmodulesSymlink'],
  ['a tree that is called .GIT', 'x', '040000 tree TREE\t.GIT', 'hasDotgit'],
  ['a tree that is called .git to NTFS', 'x', '040000 tree TREE\tgit~1', 'hasDotgit'],
])('%s is refused, and nothing is stored or built', async (_, text, line, reason) => {
  const run = async (args: string[], input: string) => (await kit.git(args, { input })).output.trim()
  const blob = await run(['hash-object', '-w', '--stdin'], text)
  const inner = await run(['mktree'], `100644 blob ${blob}\tx\n`)
  const tree = await run(['mktree'], `${line.replace('BLOB', blob).replace('TREE', inner)}\n`)
  const commit = await run(['commit-tree', tree, '-m', 'bad'], '')
  const { code, output } = await kit.git(['push', `${kit.remote}/shop`, `${commit}:refs/heads/main`])
  expect(code).toBe(1)
  expect(output).toContain(reason)
  expect(kit.deploys.pushes).toEqual([])
  expect(await kit.branch('shop', 'main')).toBeUndefined()
})
