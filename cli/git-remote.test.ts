import { expect, test } from 'vitest'
import { chooseAppByRemote } from './app-choice.ts'
import type { HostEntry } from './credentials.ts'
import { hostOfTarget, parseRemoteUrl } from './git-remote.ts'

const box: HostEntry = { url: 'http://127.0.0.1:7600', user: 'ada', token: 't', ssh: { host: '127.0.0.1', port: 2222 } }
const other: HostEntry = {
  url: 'http://127.0.0.1:7700',
  user: 'ada',
  token: 't',
  ssh: { host: '127.0.0.1', port: 2322 },
}

test.each([
  ['ssh://git@box.example.com:2222/shop', 'ssh', 'box.example.com', 2222],
  ['ssh://git@box.example.com/shop.git', 'ssh', 'box.example.com', 22],
  ['git@box.example.com:shop', 'ssh', 'box.example.com', 22],
  ['http://box.example.com:7600/git/shop.git', 'http', 'box.example.com', 7600],
  ['https://ada:secret@box.example.com/git/shop.git', 'http', 'box.example.com', 443],
])('%s is an app', (url, transport, hostname, port) => {
  expect(parseRemoteUrl(url)).toEqual({ transport, hostname, port, app: 'shop' })
})

test.each([
  'git@github.com:ada/shop.git',
  'https://github.com/ada/shop.git',
  '/srv/shop.git',
  '../shop',
  'file:///srv/shop',
  'ssh://git@h/a/b',
])('%s is no app', (url) => {
  expect(parseRemoteUrl(url)).toBeUndefined()
})

test('two boxes on one address are told apart by their ports', () => {
  const target = { transport: 'ssh', hostname: '127.0.0.1', port: 2322, app: 'shop' } as const
  expect(hostOfTarget(target, [box, other])).toBe(other)
  expect(hostOfTarget({ ...target, transport: 'http', port: 7600 }, [box, other])).toBe(box)
  expect(hostOfTarget({ ...target, port: 9 }, [box, other])).toBeUndefined()
  expect(hostOfTarget({ ...target, port: 9 }, [box])).toBe(box)
})

const clues = { flag: undefined, configured: undefined, hosts: [box] }
const origin = { name: 'origin', url: 'git@github.com:ada/shop.git' }
const remote = (name: string, app: string) => ({ name, url: `ssh://git@127.0.0.1:2222/${app}` })

test('the only remote that leads to a box names the app', () => {
  expect(chooseAppByRemote({ ...clues, remotes: [origin, remote('live', 'shop')] })).toEqual({ app: 'shop', host: box })
})

test('two remotes that lead to one app, such as over ssh and over http, leave no doubt', () => {
  const http = { name: 'web', url: 'http://127.0.0.1:7600/git/shop.git' }
  expect(chooseAppByRemote({ ...clues, remotes: [remote('live', 'shop'), http] }).app).toBe('shop')
  const others = [remote('live', 'shop'), { ...http, url: 'http://127.0.0.1:7600/git/other.git' }]
  expect(() => chooseAppByRemote({ ...clues, remotes: others })).toThrow('Several apps')
})

test('the remote called paas wins over the others', () => {
  const remotes = [remote('staging', 'shop-staging'), remote('paas', 'shop')]
  expect(chooseAppByRemote({ ...clues, remotes }).app).toBe('shop')
})

test('-r wins over git config paas.remote, which wins over the name paas', () => {
  const remotes = [remote('paas', 'a'), remote('two', 'b'), remote('three', 'c')]
  expect(chooseAppByRemote({ ...clues, remotes, configured: 'two' }).app).toBe('b')
  expect(chooseAppByRemote({ ...clues, remotes, configured: 'two', flag: 'three' }).app).toBe('c')
})

test('a remote to a box nobody signed in to names no app', () => {
  const foreign = { name: 'origin', url: 'git@elsewhere.example.com:shop' }
  expect(() => chooseAppByRemote({ ...clues, remotes: [foreign] })).toThrow('No app was named')
})

test('several remotes are an error that lists them', () => {
  const remotes = [remote('live', 'shop'), remote('staging', 'shop-staging')]
  expect(() => chooseAppByRemote({ ...clues, remotes })).toThrow(
    expect.objectContaining({
      exitCode: 2,
      advice: expect.objectContaining({ list: ['shop (live)', 'shop-staging (staging)'] }),
    }),
  )
})

test('a remote asked for that leads nowhere is named without its password', () => {
  const remotes = [{ name: 'origin', url: 'https://ada:hunter2@github.com/ada/shop.git' }]
  expect(() => chooseAppByRemote({ ...clues, remotes, flag: 'origin' })).toThrow('https://github.com/ada/shop.git')
  expect(() => chooseAppByRemote({ ...clues, remotes, flag: 'none' })).toThrow('There is no git remote none')
})
