import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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
test('login takes the token from standard input and keeps it where only its owner reads', async () => {
  const env = { XDG_CONFIG_HOME: join(cli.home, 'fresh') }
  const { code, stdout, stderr } = await paas(`login ${box.url}`, { env, stdin: `${TOKEN}\n` })
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(stderr).toBe(
    `${box.url} is paas 0.1.0.\nSigned in to ${box.url} as ada.\nIt runs apps on embedded, at *.example.com.\n`,
  )
  const file = join(env.XDG_CONFIG_HOME, 'paas', 'hosts.json')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    current: box.url,
    hosts: [{ url: box.url, user: 'ada', token: TOKEN, ssh: { host: 'box.example.com', port: 2222 } }],
  })
  expect(await paas('whoami', { env })).toMatchObject({ code: 0, stdout: 'ada\n' })
  expect(await paas('logout', { env })).toMatchObject({ code: 0 })
  expect(await paas('whoami', { env })).toMatchObject({ code: 4 })
})

test('a wrong token is not kept and not repeated', async () => {
  const env = { XDG_CONFIG_HOME: join(cli.home, 'wrong') }
  const { code, stdout, stderr } = await paas(`login ${box.url} --token paas_no_secret`, { env })
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
  expect(stderr).not.toContain('paas_no_secret')
  await expect(stat(join(env.XDG_CONFIG_HOME, 'paas', 'hosts.json'))).rejects.toThrow('ENOENT')
})

test('a new box is claimed with its secret, and says so to whoever comes without it', async () => {
  shop.claimed = false
  const env = { XDG_CONFIG_HOME: join(cli.home, 'claim') }
  expect(await paas(`login ${box.url}`, { env })).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('--claim SECRET --user NAME'),
  })
  expect(await paas(`login ${box.url} --claim wrong --user grace`, { env })).toMatchObject({ code: 4 })
  expect(await paas(`login ${box.url} --claim - --user grace`, { env, stdin: 'claim-me\n' })).toMatchObject({ code: 0 })
  expect(await paas('whoami', { env })).toMatchObject({ code: 0 })
})

test('a damaged credentials file is left alone', async () => {
  await writeFile(cli.credentialsFile, '{"hosts": [')
  expect(await paas('apps')).toMatchObject({ code: 1, stderr: expect.stringContaining('is damaged') })
  expect(await readFile(cli.credentialsFile, 'utf8')).toBe('{"hosts": [')
})

test('a box that is away is exit code 75', async () => {
  await cli.signIn({ url: 'http://127.0.0.1:1' })
  expect(await paas('apps')).toMatchObject({
    code: 75,
    stderr: expect.stringContaining('No answer from http://127.0.0.1:1'),
  })
})
