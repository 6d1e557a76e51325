import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Client } from 'ssh2'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { GitKit } from '../../test/git-kit.ts'
import { SshReceiver } from './ssh.ts'

let kit: GitKit
beforeEach(async () => {
  kit = await GitKit.start()
})
afterEach(async () => {
  await kit[Symbol.asyncDispose]()
})

const push = (key?: string) => kit.git(['push', `${kit.remote}/shop`, 'main'], { ...(key !== undefined && { key }) })

test.each(['ecdsa', 'rsa'] as const)('%s keys push, as ed25519 keys do', async (type) => {
  const { code } = await push(await kit.addKey('alice', type))
  expect(code).toBe(0)
})

test('an RSA key cannot sign with SHA-1', async () => {
  const key = await kit.addKey('alice', 'rsa')
  const { code, output } = await kit.ssh(['-o', 'PubkeyAcceptedAlgorithms=ssh-rsa'], { key })
  expect(code).toBe(255)
  expect(output).not.toContain('Hello')
})

test('a key that nobody has added is refused', async () => {
  kit.users.create('bob', { boxOwner: false })
  const key = await kit.addKey('bob', 'ed25519')
  kit.keys.remove(kit.users.get('bob').id, 'bob@test')
  const { code, output } = await push(key)
  expect(code).toBe(128)
  expect(output).toContain('Permission denied (publickey)')
  expect(kit.apps.list()).toEqual([])
})

test.each([
  ['a key that is removed', () => kit.keys.remove(kit.users.get('bob').id, 'bob@test')],
  ['a user who is removed', () => kit.users.remove('bob')],
])('%s can do no more over a connection that was open before', async (_, takeAway) => {
  kit.apps.create({ user: kit.alice, scope: 'admin', via: 'api' }, 'shop')
  kit.users.create('bob', { boxOwner: true })
  const client = await connectAs(await kit.addKey('bob', 'ed25519'))
  expect(await execOn(client, "git-receive-pack '/shop'")).toContain('report-status')
  takeAway()
  const refusal = 'The key that this connection signed in with was removed.'
  expect(await execOn(client, "git-receive-pack '/second'")).toContain(refusal)
  expect(await execOn(client, 'ls')).not.toContain('Hello')
  expect(kit.apps.find('second')).toBeUndefined()
  client.end()
})

test('who may not push is told so, and nothing but that', async () => {
  await push()
  kit.users.create('bob', { boxOwner: false })
  const key = await kit.addKey('bob', 'ed25519')
  const stranger = await push(key)
  expect(stranger.output).toContain(
    "fatal: remote error: You may not push to shop: the name belongs to somebody else's app.",
  )
  kit.access.setMember(kit.apps.find('shop') as never, 'bob', 'viewer')
  expect((await push(key)).output).toContain('fatal: remote error: This needs the role developer in the app.')
  expect(kit.deploys.pushes).toHaveLength(1)
})

test('members clone and fetch what they may see, others do not', async () => {
  await push()
  kit.users.create('bob', { boxOwner: false })
  const key = await kit.addKey('bob', 'ed25519')
  const clone = () => kit.git(['clone', '-q', `${kit.remote}/shop`, join(kit.directory, 'clone')], { key })
  expect((await clone()).output).toContain('fatal: remote error: There is no app shop that you may see.')
  kit.access.setMember(kit.apps.find('shop') as never, 'bob', 'viewer')
  expect((await clone()).code).toBe(0)
  await kit.commit('app.txt', 'two')
  await push()
  const fetch = await kit.git(['fetch', '-q'], { key, cwd: join(kit.directory, 'clone') })
  expect(fetch.code).toBe(0)
})

test('a name with shell characters is refused before anything is made', async () => {
  const { code, output } = await kit.git(['push', `${kit.remote}/sh$(touch x);op`, 'main'])
  expect(code).toBe(128)
  expect(output).toContain('is not the name of an app')
  expect(kit.apps.list()).toEqual([])
})

test('a reserved name is refused with the reason', async () => {
  const { code, output } = await kit.git(['push', `${kit.remote}/www`, 'main'])
  expect([code, kit.apps.list()]).toEqual([128, []])
  expect(output).toContain('fatal: remote error:')
})

test('who looks in by hand is greeted by name, with the commands to push', async () => {
  const { code, output } = await kit.ssh([])
  expect(code).toBe(1)
  expect(output).toContain('Hello alice')
  expect(output).toContain(`git remote add paas ssh://git@<box>:${kit.sshPort}/my-app`)
})

test('there are no commands, no files and no forwarding', async () => {
  const ls = await kit.ssh(['ls', '/'])
  expect([ls.code, ls.output]).toEqual([1, expect.stringContaining('This server speaks git only')])
  expect((await kit.ssh(['-s', 'sftp'])).code).not.toBe(0)
  const forward = await kit.ssh(['-W', `127.0.0.1:${kit.sshPort}`])
  expect(forward.output).toContain('forwarding failed')
})

test('the host key is made once, for its owner alone', async () => {
  const file = join(kit.directory, 'host_key')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const again = new SshReceiver({ ...kit, hostKeyFile: file })
  const { fingerprint } = await again.listen('127.0.0.1', 0)
  await again[Symbol.asyncDispose]()
  const shown = await kit.client('ssh-keygen', ['-l', '-f', file])
  expect(shown.output.split(' ')[1]).toBe(fingerprint)
})

test('a client that speaks no SSH does no harm', async () => {
  const socket = connect(kit.sshPort, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\n\r\n'.repeat(2000))
  // Not `once`, which takes a broken connection for a failure.
  await new Promise((resolve) => socket.resume().once('close', resolve))
  expect((await push()).code).toBe(0)
})

test('stopping does not wait for a client that stays', async () => {
  const receiver = new SshReceiver({ ...kit, hostKeyFile: join(kit.directory, 'host_key') })
  const { port } = await receiver.listen('127.0.0.1', 0)
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  await receiver[Symbol.asyncDispose]()
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow()
})

async function connectAs(key: string): Promise<Client> {
  const client = new Client()
  client.on('error', () => {})
  client.connect({ host: '127.0.0.1', port: kit.sshPort, username: 'git', privateKey: await readFile(key) })
  await once(client, 'ready')
  return client
}

/** What a command prints on both its outputs; a git client that only looks. */
function execOn(client: Client, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error)
      let text = ''
      const take = (chunk: Buffer) => {
        text += chunk
      }
      channel
        .on('error', () => {})
        .on('data', take)
        .stderr.on('data', take)
      channel.end('0000').on('close', () => resolve(text))
    })
  })
}
