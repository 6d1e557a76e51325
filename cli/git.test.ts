import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { TestBox, TOKEN } from './test-box.ts'
import { type Finished, type Surroundings, TestCli } from './test-cli.ts'
import { shopHandlers } from './test-handlers.ts'
import { Shop } from './test-shop.ts'

let cli: TestCli
let box: TestBox
let shop: Shop

beforeAll(async () => {
  cli = await TestCli.build()
})
afterAll(() => cli[Symbol.asyncDispose]())
beforeEach(async () => {
  shop = new Shop()
  box = await TestBox.start(shopHandlers(shop))
  await cli.signIn({ url: box.url, ssh: { host: 'box.example.com', port: 2222 } })
  return () => box[Symbol.asyncDispose]()
})

function paas(line: string, around?: Surroundings): Promise<Finished> {
  return cli.run(line.split(' '), around)
}
const git = promisify(execFile)

/** A repository of its own in the test's home. */
async function repository(remotes: Record<string, string> = {}): Promise<string> {
  const cwd = await mkdtemp(join(cli.home, 'repo-'))
  await git('git', ['init', '--quiet', cwd])
  for (const [name, url] of Object.entries(remotes)) await git('git', ['-C', cwd, 'remote', 'add', name, url])
  return cwd
}

test('the app and its box come from the git remote', async () => {
  await using second = await TestBox.start(shopHandlers(new Shop()))
  await cli.signIn(
    { url: second.url, ssh: { host: 'other.example.com', port: 22 } },
    { url: box.url, ssh: { host: 'box.example.com', port: 2222 } },
  )
  const cwd = await repository({ origin: 'git@github.com:ada/shop.git', live: 'ssh://git@box.example.com:2222/shop' })
  expect((await paas('scale', { cwd })).stdout).toBe('web=1 worker=0\n')
  expect(second.requests).toEqual([])
  expect((await paas('ps', { cwd, env: { PAAS_APP: 'nope' } })).code).toBe(5)
  expect((await paas('ps -a shop', { cwd, env: { PAAS_APP: 'nope' } })).code).toBe(0)
})

test('PAAS_HOST and PAAS_TOKEN are enough, and a remote called paas names the app', async () => {
  const cwd = await repository({ paas: 'ssh://git@somewhere.example.com:2222/shop' })
  const env = { PAAS_HOST: box.url, PAAS_TOKEN: TOKEN, XDG_CONFIG_HOME: join(cli.home, 'nothing') }
  expect(await paas('maintenance', { cwd, env })).toMatchObject({ code: 0, stdout: 'off\n' })
})

test('apps:create and git:remote write the remote, and leave one that is there to another app', async () => {
  const cwd = await repository()
  expect((await paas('apps:create store', { cwd })).stderr).toContain(
    'Git remote paas added. Next: git push paas main\n',
  )
  const url = async () => (await git('git', ['-C', cwd, 'remote', 'get-url', 'paas'])).stdout.trim()
  expect(await url()).toBe('ssh://git@box.example.com:2222/store')
  expect((await paas('create other', { cwd })).stderr).toContain('left as it is')
  expect(await url()).toBe('ssh://git@box.example.com:2222/store')
  expect((await paas('git:remote -a other --http', { cwd })).stderr).toContain('Git remote paas changed: http://')
  expect(await url()).toBe('http://box.example.com/git/other.git')
  expect((await paas('git:remote -a other')).code).toBe(1)
})

test('a renamed app takes its git remote along', async () => {
  const cwd = await repository({ paas: 'ssh://git@box.example.com:2222/shop' })
  await paas('apps:rename store', { cwd })
  expect((await git('git', ['-C', cwd, 'remote', 'get-url', 'paas'])).stdout.trim()).toBe(
    'ssh://git@box.example.com:2222/store',
  )
})
