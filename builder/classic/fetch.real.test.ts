import { readdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { GitHost } from '../fetch/git-host-fixture.ts'
import { Output } from '../output.ts'
import { type FixtureEntry, sourceOf, TemporaryDirectory } from '../source-fixture.ts'
import { packFiles } from './fixture.ts'
import { gatherBuildpacks } from './gather.ts'

let host: GitHost
let place: TemporaryDirectory
let first: string
const said: string[] = []

beforeAll(async () => {
  place = new TemporaryDirectory()
  host = await GitHost.start(place.join('host'))
  first = host.commit('pack', packFiles('.', { detect: 'echo One' }))
  host.commit('pack', packFiles('.', { detect: 'echo Two' }))
})
afterAll(async () => {
  await host[Symbol.asyncDispose]()
  place[Symbol.dispose]()
})

async function gather(names: string[], privateHosts = ['127.0.0.1']) {
  using source = await sourceOf({ 'app.txt': '' })
  const output = new Output(
    (event) => void ('text' in event && said.push(event.text)),
    (text) => text,
  )
  return await gatherBuildpacks(names, source, {
    path: process.env['PATH'] ?? '',
    certificateBundle: host.authority,
    signal: AbortSignal.timeout(30_000),
    output,
    network: { privateHosts, proxy: null, noProxy: [] },
  })
}

async function detected(path: string): Promise<string | undefined> {
  const files = await gather([host.url + path])
  return /echo (\w+)/.exec(String(files.find(({ path }) => path === '.paas.buildpacks/1/bin/detect')?.content))?.[1]
}

async function archive(files: Record<string, string>, more: FixtureEntry[] = []): Promise<Buffer> {
  const tar = pack()
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content)
  for (const { content, ...header } of more) tar.entry(header, content ?? '')
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk)
  return gzipSync(Buffer.concat(chunks))
}

describe('a buildpack from git', () => {
  test('is the default branch, or the branch, tag or commit that is named', async () => {
    expect(await detected('/pack.git')).toBe('Two')
    expect(await detected('/pack.git#main')).toBe('Two')
    expect(await detected('/pack.git#v1')).toBe('Two')
    expect(await detected(`/pack.git#${first}`)).toBe('One')
    expect(said).toContain(`Got ${first.slice(0, 8)}`)
  })

  test('leaves nothing on the box', async () => {
    using temporary = new TemporaryDirectory()
    vi.stubEnv('TMPDIR', temporary.path)
    const files = await gather([`${host.url}/pack.git`]).finally(() => vi.unstubAllEnvs())
    expect(files.find(({ path }) => path.endsWith('bin/compile'))?.mode).toBe(0o755)
    expect(readdirSync(temporary.path)).toEqual([])
  })

  test.each([
    ['/pack.git#none', 'fetch.no-ref', 'has no branch, tag or commit none'],
    ['/nothing.git', 'fetch.not-found', 'There is no git repository'],
  ])('%s is refused with the reason', async (path, code, message) => {
    await expect(gather([host.url + path])).rejects.toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`^The buildpack .+ could not be fetched. .*${message}`)),
      help: { fix: expect.stringContaining('into a folder of the repository') },
    })
  })

  test('is not asked for in a private network', async () => {
    const before = host.asked.length
    for (const path of ['/pack.git', '/pack.tgz']) {
      const asking = gather([host.url + path], [])
      await expect(asking).rejects.toMatchObject({ code: 'fetch.private-address' })
    }
    expect(host.asked).toHaveLength(before)
  })
})

describe('a buildpack as an archive', () => {
  test('is taken with its scripts at the top, or in its only directory, with its links', async () => {
    const link = { name: 'bin/link', type: 'symlink' as const, linkname: 'detect' }
    host.files.set('/flat.tgz', await archive(packFiles('.', { detect: 'echo Flat' }), [link]))
    host.files.set('/nested.tar.gz', await archive(packFiles('pack-1.0', { detect: 'echo Nested' })))
    host.redirects.set('/latest', '/flat')
    expect(await detected('/flat.tgz')).toBe('Flat')
    expect(await detected('/nested.tar.gz')).toBe('Nested')
    expect(await detected('/latest.tgz')).toBe('Flat')
    const files = await gather([`${host.url}/flat.tgz`])
    expect(files).toContainEqual({ path: '.paas.buildpacks/1/bin/link', content: '', link: 'detect' })
  })

  test('is refused when it is too large, not there, leads to http, or leaves its directory', async () => {
    host.files.set('/bomb.tgz', gzipSync(Buffer.alloc(65 * 1024 ** 2)))
    host.files.set('/outside.tgz', await archive({ ...packFiles('.'), '../outside': 'x' }))
    host.redirects.set('/plain', 'http://a.test/plain')
    const codeOf = (path: string) => gather([host.url + path]).catch((error: { code: string }) => error.code)
    expect(await codeOf('/bomb.tgz')).toBe('buildpack.too-large')
    expect(await codeOf('/outside.tgz')).toBe('buildpack.refused')
    expect(await codeOf('/plain.tgz')).toBe('fetch.protocol')
    expect(await codeOf('/gone.tgz')).toBe('fetch.failed')
  })
})
