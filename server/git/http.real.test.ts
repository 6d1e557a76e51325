import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { GitKit } from '../../test/git-kit.ts'

let kit: GitKit
beforeEach(async () => {
  kit = await GitKit.start({ maxPushBytes: 8_000_000 })
})
afterEach(async () => {
  await kit[Symbol.asyncDispose]()
})

const push = (token = kit.token('alice'), ref = 'main') => kit.git(['push', kit.httpRemote('shop', token), ref])

test('a push with a token makes the app and is deployed, its lines live', async () => {
  const seen = Promise.withResolvers<void>()
  kit.deploys.deploy = async ({ output }) => {
    output('-----> Building')
    await seen.promise
    return true
  }
  const onOutput = (text: string) => text.includes('remote: -----> Building') && seen.resolve()
  const { code, output } = await kit.client('git', ['push', kit.httpRemote('shop', kit.token('alice')), 'main'], {
    onOutput,
  })
  expect(code).toBe(0)
  expect(output).toContain('remote: Creating shop... done')
  expect(await kit.branch('shop', 'main')).toBe(kit.deploys.pushes[0]?.commit)
  expect(kit.deploys.pushes[0]?.actor).toMatchObject({ via: 'http', user: { name: 'alice' } })
})

test('asking what is there makes no app, however often, and says at once what a push would be told', async () => {
  const { host } = new URL(kit.httpRemote('shop', 'x'))
  const ask = (app: string, token: string) =>
    fetch(`http://${host}/git/${app}.git/info/refs?service=git-receive-pack`, {
      headers: { authorization: `Bearer ${token}` },
    })
  for (let n = 0; n < 2; n++) {
    const response = await ask('shop', kit.token('alice'))
    expect(await response.text()).toContain('report-status')
  }
  expect((await ask('shop', kit.token('alice', 'read'))).status).toBe(403)
  expect((await ask('www', kit.token('alice'))).status).toBe(400)
  expect((await ask('shop', 'paas_guess')).status).toBe(401)
  expect(kit.apps.list()).toEqual([])
  expect((await push()).code).toBe(0)
  expect(kit.apps.list().map(({ name }) => name)).toEqual(['shop'])
})

test('a deploy that fails declines the push', async () => {
  kit.deploys.deploy = async () => false
  const { code, output } = await push()
  expect(code).toBe(1)
  expect(output).toContain('(pre-receive hook declined)')
  expect(await kit.branch('shop', 'main')).toBeUndefined()
})

test('a push of megabytes arrives in chunks, and a clone brings it back', async () => {
  const content = randomBytes(4_000_000)
  await writeFile(join(kit.work, 'big.bin'), content)
  await kit.commit('app.txt', 'with a big file')
  expect((await push()).code).toBe(0)
  const clone = await kit.git([
    'clone',
    '-q',
    kit.httpRemote('shop', kit.token('alice', 'read')),
    join(kit.directory, 'clone'),
  ])
  expect(clone.code).toBe(0)
  expect((await readFile(join(kit.directory, 'clone', 'big.bin'))).equals(content)).toBe(true)
})

test('a push that is too large ends with the limit and what to do', async () => {
  await writeFile(join(kit.work, 'big.bin'), randomBytes(12_000_000))
  await kit.commit('app.txt', 'with a big file')
  const { code, output } = await push()
  expect(code).not.toBe(0)
  expect(output).toContain('exceeds maximum allowed size')
  expect(output).toContain('larger than the box takes in one go')
  expect(kit.deploys.pushes).toEqual([])
  const ssh = await kit.git(['push', `${kit.remote}/shop`, 'main'])
  expect(ssh.output).toContain('larger than the box takes in one go')
})

test('without a token git asks for one', async () => {
  const { code, output } = await kit.git(['push', kit.httpRemote('shop', '').replace('git:@', ''), 'main'])
  expect(code).toBe(128)
  expect(output).toContain('could not read Username')
})

test('an expired token says that it has expired, and when', async () => {
  const token = kit.token('alice')
  kit.db.run('UPDATE tokens SET expires_at = 86400000')
  const { code, output } = await push(token)
  expect(code).toBe(128)
  expect(output).toContain('remote: The token "test" expired on 1970-01-02.')
  expect(output).toContain('paas login')
})

test('a token that may only read does not push, one that is unknown does nothing', async () => {
  expect((await push(kit.token('alice', 'read'))).output).toContain('This needs a token with scope deploy')
  expect((await push('paas_guess')).output).toContain('This token is not valid here')
  expect(kit.apps.list()).toEqual([])
})

test('who may not push to an app is told so', async () => {
  await push()
  kit.users.create('bob', { boxOwner: false })
  const { code, output } = await push(kit.token('bob'))
  expect(code).toBe(128)
  expect(output).toContain('You may not push to shop')
})

test('a client that goes away leaves the deploy to its end, and the branch follows', async () => {
  const began = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  kit.deploys.deploy = async () => {
    began.resolve()
    await goOn.promise
    return true
  }
  const client = kit.spawn('git', ['push', kit.httpRemote('shop', kit.token('alice')), 'main'])
  await began.promise
  process.kill(-(client.pid ?? 0), 'SIGKILL')
  await new Promise((resolve) => client.once('close', resolve))
  goOn.resolve()
  await expect.poll(() => kit.branch('shop', 'main'), { timeout: 30_000 }).toBe(kit.deploys.pushes[0]?.commit)
})

test.each(['/git/shop.git/HEAD', '/git/shop.git/objects/info/packs', '/git/shop.git/info/refs', '/git/../paas.db'])(
  '%s is not served: smart HTTP only',
  async (path) => {
    await push()
    const base = new URL(kit.httpRemote('shop', 'x'))
    const headers = { authorization: `Bearer ${kit.token('alice')}` }
    const response = await fetch(`http://${base.host}${path}`, { headers })
    expect(response.status).toBe(404)
  },
)

test('a path that cannot be decoded is the client’s mistake', async () => {
  const { host } = new URL(kit.httpRemote('shop', 'x'))
  const headers = { authorization: `Bearer ${kit.token('alice')}` }
  const response = await fetch(`http://${host}/git/%zz.git/info/refs?service=git-receive-pack`, { headers })
  expect(response.status).toBe(400)
})

test('one user has so many pushes under way and no more, and another one is not kept waiting', async () => {
  await push()
  kit.users.create('bob', { boxOwner: true })
  const { host } = new URL(kit.httpRemote('shop', 'x'))
  const begun: ReturnType<typeof request>[] = []
  const begin = (user: string) =>
    new Promise<number | undefined>((resolve) => {
      const headers = {
        authorization: `Bearer ${kit.token(user)}`,
        'content-type': 'application/x-git-receive-pack-request',
        'transfer-encoding': 'chunked',
      }
      const post = request(`http://${host}/git/shop.git/git-receive-pack`, { method: 'POST', headers })
      begun.push(post)
      post.on('response', ({ statusCode }) => resolve(statusCode)).on('error', () => resolve(undefined))
      post.write('0')
      setTimeout(() => resolve(undefined), 300)
    })
  await Promise.all(Array.from({ length: 20 }, () => begin('alice')))
  // On a busy machine an answer may come too late to be seen.
  await expect.poll(() => begin('alice')).toBe(429)
  expect(await begin('bob')).toBeUndefined()
  for (const post of begun) post.destroy()
  await expect.poll(async () => (await push()).code, { timeout: 30_000 }).toBe(0)
})
