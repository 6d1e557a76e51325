import { createReadStream } from 'node:fs'
import { access, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { extract } from 'tar-stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { GitKit } from '../../test/git-kit.ts'

let kit: GitKit
beforeEach(async () => {
  kit = await GitKit.start()
})
afterEach(async () => {
  await kit[Symbol.asyncDispose]()
})

const push = (...refs: string[]) => kit.git(['push', `${kit.remote}/shop`, ...refs])

const mktree = async (input: string) => (await kit.git(['mktree'], { input })).output.trim()

async function filesIn(tar: string): Promise<string[]> {
  const names: string[] = []
  for await (const entry of createReadStream(tar).pipe(extract())) {
    names.push(entry.header.name)
    entry.resume()
  }
  return names
}

test('the first push makes the app, hands over the source, and moves the branch', async () => {
  const tars: string[][] = []
  kit.deploys.deploy = async (_push, file) => tars.push(await filesIn(file)) > 0
  const { code, output } = await push('main')
  expect(code).toBe(0)
  expect(output).toContain('remote: Creating shop... done')
  expect(output).toMatch(/remote: Compressing source files... done. *\nremote: Building source: *\nremote: *\n/)
  expect(output).toContain('* [new branch]      main -> main')
  expect(tars).toEqual([['app.txt']])
  expect(kit.deploys.expected).toBe(1)
  expect(await kit.branch('shop', 'main')).toBe(kit.deploys.pushes[0]?.commit)
  // Written down when git has ended, of which its client hears first.
  await expect
    .poll(() => kit.db.all('SELECT action, detail, via FROM activity ORDER BY id'))
    .toEqual([
      { action: 'app.create', detail: 'shop', via: 'ssh' },
      { action: 'push', detail: `main ${kit.deploys.pushes[0]?.commit.slice(0, 7)}`, via: 'ssh' },
    ])
})

test('files that attributes keep out of archives are part of the source', async () => {
  let names: string[] = []
  kit.deploys.deploy = async (_push, file) => {
    names = await filesIn(file)
    return true
  }
  await kit.commit('.gitattributes', 'app.txt export-ignore\n')
  await push('main')
  expect(names).toEqual(['.gitattributes', 'app.txt'])
})

test('lines arrive while the deploy goes on', async () => {
  const seen = Promise.withResolvers<void>()
  kit.deploys.deploy = async ({ output }) => {
    output('-----> Building')
    await seen.promise
    return true
  }
  const onOutput = (text: string) => text.includes('remote: -----> Building') && seen.resolve()
  const { code } = await kit.client('git', ['push', `${kit.remote}/shop`, 'main'], { onOutput })
  expect(code).toBe(0)
})

test('a deploy that fails declines the push and leaves the branch, and the next one may follow', async () => {
  const before = await kit.commit('app.txt', 'good')
  await push('main')
  kit.deploys.deploy = async ({ output }) => {
    output(' !     Push rejected')
    return false
  }
  await kit.commit('app.txt', 'bad')
  const { code, output } = await push('main')
  expect(code).toBe(1)
  expect(output).toContain('remote:  !     Push rejected')
  expect(output).toContain('! [remote rejected] main -> main (pre-receive hook declined)')
  expect(await kit.branch('shop', 'main')).toBe(before)
  kit.deploys.deploy = async () => true
  expect((await push('main')).code).toBe(0)
})

test('a fault of ours declines the push without its details', async () => {
  kit.deploys.deploy = async () => {
    throw new Error('internal detail')
  }
  const { code, output } = await push('main')
  expect(code).toBe(1)
  expect(output).toContain('The push failed on the server. What was live before still is.')
  expect(output).not.toContain('internal detail')
  expect(kit.logged.join('')).toContain('internal detail')
})

test('the same commit again is up to date and deploys nothing', async () => {
  await push('main')
  const { code, output } = await push('main')
  expect([code, output.trim()]).toEqual([0, 'Everything up-to-date'])
  expect(kit.deploys.pushes).toHaveLength(1)
})

test('other branches and tags are stored and say so; main is deployed along with them', async () => {
  await kit.git(['tag', '-a', 'v1', '-m', 'one'])
  const stored = await push('main:feature', 'v1')
  expect(stored.code).toBe(0)
  expect(stored.output).toContain('remote: Pushed to feature. Only main is deployed: git push <remote> feature:main')
  expect(stored.output).toContain('remote: Stored tag v1. Only main is deployed.')
  expect(kit.deploys.pushes).toEqual([])
  await kit.commit('app.txt', 'two')
  expect((await push('main', 'main:feature')).code).toBe(0)
  expect(kit.deploys.pushes).toHaveLength(1)
})

test('the branch that is deployed cannot be deleted, another one can', async () => {
  await push('main', 'main:feature')
  const refused = await push(':main')
  expect(refused.code).toBe(1)
  expect(refused.output).toContain('main is the branch that is deployed; it cannot be deleted')
  expect((await push(':feature')).code).toBe(0)
  expect(await kit.branch('shop', 'feature')).toBeUndefined()
  expect(await kit.branch('shop', 'main')).toBeDefined()
})

test('history may be rewritten by force, and not without', async () => {
  await kit.commit('app.txt', 'two')
  await push('main')
  await kit.git(['reset', '-q', '--hard', 'HEAD~1'])
  const other = await kit.commit('app.txt', 'other')
  expect((await push('main')).output).toContain('[rejected]')
  expect((await push('+main')).code).toBe(0)
  expect(await kit.branch('shop', 'main')).toBe(other)
})

test('a shallow clone can be pushed, also into an empty repository', async () => {
  await kit.commit('app.txt', 'two')
  const shallow = join(kit.directory, 'shallow')
  await kit.git(['clone', '-q', '--depth', '1', `file://${kit.work}`, shallow])
  const first = await kit.git(['push', `${kit.remote}/shop`, 'main'], { cwd: shallow })
  expect([first.code, kit.deploys.pushes.length]).toEqual([0, 1])
  await writeFile(join(shallow, 'app.txt'), 'three')
  await kit.git(['commit', '-qam', 'three'], { cwd: shallow })
  expect((await kit.git(['push', `${kit.remote}/shop`, 'main'], { cwd: shallow })).code).toBe(0)
  const whole = await kit.git(['fsck', '--strict'], {
    cwd: join(kit.directory, 'repos', `${kit.apps.find('shop')?.id}.git`),
  })
  expect(whole.code).toBe(0)
})

test('a tag pushed as the branch is refused with the words that would work', async () => {
  await kit.git(['tag', '-a', 'v1', '-m', 'one'])
  const { code, output } = await push('v1:refs/heads/main')
  expect(code).toBe(1)
  expect(output).toContain('git push <remote> <tag>^{}:main')
  expect(kit.deploys.pushes).toEqual([])
})

test('master is deployed where there is no main, and is what a clone checks out', async () => {
  expect((await push('main:master')).code).toBe(0)
  expect(kit.deploys.pushes).toHaveLength(1)
  const { code, output } = await kit.git(['clone', '-q', `${kit.remote}/shop`, join(kit.directory, 'clone')])
  expect([code, output]).toEqual([0, ''])
  await access(join(kit.directory, 'clone', 'app.txt'))
})

test('more than 10,000 refs are declined in words, and none is stored', async () => {
  const head = (await kit.git(['rev-parse', 'HEAD'])).output.trim()
  const refs = Array.from({ length: 10_001 }, (_, n) => `${head} refs/tags/t${n}\n`)
  await writeFile(
    join(kit.work, '.git', 'packed-refs'),
    `# pack-refs with: peeled fully-peeled sorted \n${refs.sort().join('')}`,
  )
  const { code, output } = await push('--tags')
  expect(code).toBe(1)
  expect(output).toContain('remote:  !     This push is about 10001 branches and tags; the box takes 10000 in one go.')
  expect((await kit.git(['ls-remote', `${kit.remote}/shop`])).output).toBe('')
  expect((await push('main')).code).toBe(0)
})

test('a branch that is not there is told by git itself', async () => {
  expect((await push('nothing')).output).toContain('src refspec nothing does not match any')
})

test('a push that waited is deployed when it follows from the one before, whatever the branch was when it came', async () => {
  await push('main')
  const began = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  kit.deploys.deploy = async () => {
    began.resolve()
    await goOn.promise
    return true
  }
  await kit.commit('app.txt', 'two')
  const second = push('main')
  await began.promise
  const last = await kit.commit('app.txt', 'three')
  const third = push('main')
  while (kit.deploys.pushes.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  goOn.resolve()
  expect([(await second).code, (await third).code]).toEqual([0, 0])
  expect(await kit.branch('shop', 'main')).toBe(last)
})

test('a push that waited and would drop the commits of the one before is declined before it is built', async () => {
  await push('main')
  const began = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const deployed: string[] = []
  kit.deploys.deploy = async ({ commit }) => {
    deployed.push(commit)
    began.resolve()
    await goOn.promise
    return true
  }
  const colleague = join(kit.directory, 'colleague')
  await kit.git(['clone', '-q', kit.work, colleague])
  const mine = await kit.commit('app.txt', 'mine')
  const first = push('main')
  await began.promise
  await writeFile(join(colleague, 'app.txt'), 'theirs')
  await kit.git(['commit', '-qam', 'theirs'], { cwd: colleague })
  const second = kit.git(['push', `${kit.remote}/shop`, 'main'], { cwd: colleague })
  while (kit.deploys.pushes.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  goOn.resolve()
  expect((await first).code).toBe(0)
  const { code, output } = await second
  expect(code).toBe(1)
  expect(output).toContain(`another one moved main to ${mine.slice(0, 7)}`)
  expect(deployed).toEqual([mine])
})

test('a client that goes away leaves the deploy to its end, and the branch follows', async () => {
  const began = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  kit.deploys.deploy = async ({ output }) => {
    began.resolve()
    await goOn.promise
    for (let n = 0; n < 2000; n++) output(`line ${n} ${'x'.repeat(100)}`)
    return true
  }
  const client = kit.spawn('git', ['push', `${kit.remote}/shop`, 'main'])
  await began.promise
  process.kill(-(client.pid ?? 0), 'SIGKILL')
  await new Promise((resolve) => client.once('close', resolve))
  goOn.resolve()
  await expect.poll(() => kit.branch('shop', 'main'), { timeout: 30_000 }).toBe(kit.deploys.pushes[0]?.commit)
})

test("objects that are no good are refused in git's words, with a hint", async () => {
  const blob = (await kit.git(['hash-object', '-w', 'app.txt'])).output.trim()
  const tree = await mktree(`040000 tree ${await mktree(`100644 blob ${blob}\tx\n`)}\t.git\n`)
  const commit = (await kit.git(['commit-tree', tree, '-m', 'bad'])).output.trim()
  const { code, output } = await push(`${commit}:refs/heads/main`)
  expect(code).toBe(1)
  expect(output).toContain('hasDotgit')
  expect(output).toContain('The box stores sound objects only')
  expect(kit.deploys.pushes).toEqual([])
})

test('what a killed receive-pack left is cleared away at the next start', async () => {
  await push('main')
  const app = kit.apps.find('shop')
  const objects = join(kit.directory, 'repos', `${app?.id}.git`, 'objects')
  await mkdir(join(objects, 'tmp_objdir-incoming-abc123', 'pack'), { recursive: true })
  await kit.freshRepositories().open({ id: app?.id ?? '' })
  expect((await readdir(objects)).filter((name) => name.includes('incoming'))).toEqual([])
})
