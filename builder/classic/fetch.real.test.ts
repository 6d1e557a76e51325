import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { HttpsGit } from '../../test/https-git.ts'
import { Output } from '../output.ts'
import { sourceOf, TemporaryDirectory } from '../source-fixture.ts'
import { packFiles } from './fixture.ts'
import { gatherBuildpacks } from './gather.ts'

let server: HttpsGit
let directory: TemporaryDirectory
let first: string
const said: string[] = []

beforeAll(async () => {
  server = await HttpsGit.start()
  directory = new TemporaryDirectory()
  const work = directory.join('work')
  write(work, { ...packFiles('.', { detect: 'echo One' }), 'lib/tool.sh': 'echo tool' })
  symlinkSync('tool.sh', join(work, 'lib/link.sh'))
  git(work, 'init', '--quiet', '--initial-branch=main')
  first = commit(work, 'one')
  git(work, 'tag', 'v1')
  write(work, packFiles('.', { detect: 'echo Two' }))
  commit(work, 'two')
  git(directory.path, 'clone', '--quiet', '--bare', work, join(server.root, 'pack.git'))
  git(join(server.root, 'pack.git'), 'config', 'uploadpack.allowAnySHA1InWant', 'true')
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  directory[Symbol.dispose]()
})

function git(cwd: string, ...argv: string[]): string {
  const env = { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', HOME: cwd }
  return execFileSync('git', argv, { cwd, env, encoding: 'utf8' }).trim()
}

function commit(work: string, message: string): string {
  git(work, 'add', '--all')
  git(work, '-c', 'user.name=t', '-c', 'user.email=t@t.test', 'commit', '--quiet', '--message', message)
  return git(work, 'rev-parse', 'HEAD')
}

function write(root: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content, { mode: 0o755 })
  }
}

async function gather(names: string[], isAllowed: (address: string) => boolean = () => true) {
  using source = await sourceOf({ 'app.txt': '' })
  const output = new Output(
    (event) => void ('text' in event && said.push(event.text)),
    (text) => text,
  )
  return await gatherBuildpacks(names, source, {
    path: process.env['PATH'] ?? '',
    certificateBundle: server.authority,
    signal: AbortSignal.timeout(30_000),
    output,
    isAllowed,
  })
}

async function detected(name: string): Promise<string | undefined> {
  const files = await gather([name])
  return /echo (\w+)/.exec(String(files.find(({ path }) => path === '.paas.buildpacks/1/bin/detect')?.content))?.[1]
}

async function archive(files: Record<string, string>): Promise<Buffer> {
  const tar = pack()
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content)
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk)
  return gzipSync(Buffer.concat(chunks))
}

describe('a buildpack from git', () => {
  test('is the default branch, or the branch, tag or commit that is named', async () => {
    expect(await detected(server.url('/pack.git'))).toBe('Two')
    expect(await detected(server.url('/pack.git#main'))).toBe('Two')
    expect(await detected(server.url('/pack.git#v1'))).toBe('One')
    expect(await detected(server.url(`/pack.git#${first}`))).toBe('One')
    expect(said).toContain(`Got ${first.slice(0, 8)}`)
  })

  test('comes with its links and modes, and leaves nothing on the box', async () => {
    using temporary = new TemporaryDirectory()
    vi.stubEnv('TMPDIR', temporary.path)
    const files = await gather([server.url('/pack.git')]).finally(() => vi.unstubAllEnvs())
    expect(files).toContainEqual({ path: '.paas.buildpacks/1/lib/link.sh', content: '', link: 'tool.sh' })
    expect(files.find(({ path }) => path.endsWith('bin/compile'))?.mode).toBe(0o755)
    expect(readdirSync(temporary.path)).toEqual([])
  })

  test.each([
    ['/pack.git#none', 'buildpack.no-ref', 'no branch, tag or commit none'],
    ['/nothing.git', 'buildpack.unreachable', 'could not be fetched'],
  ])('%s is refused with the reason', async (path, code, message) => {
    await expect(gather([server.url(path)])).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test('is not followed elsewhere', async () => {
    const to = server.url('/pack.git/info/refs?service=git-upload-pack')
    server.pages.set('/moved.git/info/refs', (response) => response.writeHead(301, { location: to }).end())
    await expect(gather([server.url('/moved.git')])).rejects.toMatchObject({ code: 'buildpack.unreachable' })
  })

  test('is asked for at the address alone that was looked at', async () => {
    const before = server.requests.length
    const looked: string[] = []
    const refuse = (address: string) => looked.push(address) < 0
    await expect(gather([server.url('/pack.git', 'localhost')], refuse)).rejects.toMatchObject({
      code: 'buildpack.private-address',
    })
    expect(looked.length).toBeGreaterThan(0)
    expect(server.requests).toHaveLength(before)
  })
})

describe('a buildpack as an archive', () => {
  test('is taken with its scripts at the top, or in its only directory', async () => {
    const flat = await archive(packFiles('.', { detect: 'echo Flat' }))
    const nested = await archive(packFiles('pack-1.0', { detect: 'echo Nested' }))
    server.pages.set('/flat.tgz', (response) => response.end(flat))
    server.pages.set('/nested.tar.gz', (response) => response.end(nested))
    server.pages.set('/latest.tgz', (response) => response.writeHead(302, { location: '/flat.tgz' }).end())
    expect(await detected(server.url('/flat.tgz'))).toBe('Flat')
    expect(await detected(server.url('/nested.tar.gz'))).toBe('Nested')
    expect(await detected(server.url('/latest.tgz'))).toBe('Flat')
  })

  test('is refused when it is too large, not there, leads to http, or leaves its directory', async () => {
    const bomb = gzipSync(Buffer.alloc(65 * 1024 ** 2))
    const outside = await archive({ ...packFiles('.'), '../outside': 'x' })
    server.pages.set('/bomb.tgz', (response) => response.end(bomb))
    server.pages.set('/outside.tgz', (response) => response.end(outside))
    server.pages.set('/plain.tgz', (response) => response.writeHead(302, { location: 'http://a.test/' }).end())
    server.pages.set('/gone.tgz', (response) => response.writeHead(404).end())
    const codeOf = (path: string) => gather([server.url(path)]).catch((error: { code: string }) => error.code)
    expect(await codeOf('/bomb.tgz')).toBe('buildpack.too-large')
    expect(await codeOf('/outside.tgz')).toBe('buildpack.refused')
    expect(await codeOf('/plain.tgz')).toBe('buildpack.unreachable')
    expect(await codeOf('/gone.tgz')).toBe('buildpack.unreachable')
  })
})
