import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LocalBox } from '../../scripts/local-box.ts'
import { Person } from './person.ts'

let box: LocalBox
let owner: Person
let grace: Person
let work: string

beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  owner = await Person.owner(box)
  const created = await owner.json('users.create', 'users:create grace')
  grace = await Person.signedIn(box, 'grace', created.token.secret)
  work = await grace.repository('shop')
  await owner.done('apps:create shop')
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})

test('a user without access sees nothing of an app', async () => {
  expect((await grace.paas('apps')).stderr).toContain('You have no apps yet')
  for (const command of [
    'apps:info',
    'ps',
    'logs',
    'config',
    'releases',
    'builds',
    'domains',
    'members',
    'activity',
    'runs',
  ]) {
    const { code, stdout, stderr } = await grace.paas([command, '-a', 'shop'])
    expect({ command, code, stdout }).toEqual({ command, code: 5, stdout: '' })
    expect(stderr).toContain('There is no app shop that you may see.')
  }
})

test('a push without access is refused in words, over ssh and over http', async () => {
  for (const remote of [box.sshRemote('shop'), box.httpRemote('shop', await grace.token())]) {
    const { code, stderr } = await grace.git(work, 'push', remote, 'main')
    expect(code).toBe(128)
    expect(stderr).toContain("You may not push to shop: the name belongs to somebody else's app.")
    expect(stderr).not.toContain('paas_token_')
  }
  expect(await owner.json('builds.list', 'builds -a shop')).toEqual({ items: [], next: null })
})

test('a key that the box does not know is told how to become known', async () => {
  const stranger = await Person.arrive(box, 'stranger')
  const { code, stderr } = await stranger.git(work, 'push', box.sshRemote('shop'), 'main')
  expect(code).toBe(128)
  expect(stderr).toContain('Permission denied (publickey)')
})

test('a viewer sees the app, but neither its config nor a way to change it', async () => {
  await owner.done('config:set SECRET=of-the-owner -a shop')
  expect((await owner.paas('members:add grace --role viewer -a shop')).stderr).toContain('done, viewer')
  expect(await grace.done('apps')).toContain('shop')
  expect(await grace.done('members -a shop')).toMatch(/owner +owner\ngrace +viewer\n/)
  for (const command of [
    'config',
    'config:get SECRET',
    'config:export',
    'config:set A=1',
    'maintenance:on',
    'scale web=2',
    'run ls',
  ]) {
    const [verb = '', ...args] = command.split(' ')
    const { code, stdout, stderr } = await grace.paas([verb, '-a', 'shop', ...args])
    expect({ command, code }).toEqual({ command, code: 4 })
    expect(stdout + stderr).not.toContain('of-the-owner')
    expect(stderr).toMatch(/This needs the role (developer|admin)/)
  }
  const push = await grace.git(work, 'push', box.sshRemote('shop'), 'main')
  expect(push.code).toBe(128)
  expect(push.stderr).toContain('role developer')
})

test('a developer pushes and sets config, but reads no values and gives no access', async () => {
  expect((await owner.paas('access:add grace -a shop')).stderr).toContain('done, developer')
  const push = await grace.git(work, 'push', box.sshRemote('shop'), 'main')
  expect(push.stderr).toContain('Released v1')
  expect(push.code).toBe(0)
  expect((await grace.paas('config:set MINE=1 -a shop')).code).toBe(0)
  expect((await grace.paas('config -a shop')).code).toBe(4)
  expect((await grace.paas('members:add grace --role admin -a shop')).code).toBe(4)
  expect((await grace.paas('apps:destroy -a shop --confirm shop')).code).toBe(4)
  expect(await owner.done('releases -a shop')).toMatch(/v2 +Set MINE config vars \(current\) +grace/)
  expect(await owner.done('activity -a shop')).toMatch(/grace +ssh +push +main/)
})

test('an admin reads config; the owner is not to be changed', async () => {
  await owner.done('members:add grace --role admin -a shop')
  expect(await grace.done('config:get SECRET -a shop')).toBe('of-the-owner\n')
  expect((await owner.paas('members:remove owner -a shop')).code).toBe(1)
  expect((await owner.paas('members:add grace --role king -a shop')).code).toBe(2)
  expect((await owner.paas('members:add nobody -a shop')).code).toBe(5)
})

test('a read token of a developer reads and does no more', async () => {
  const env = { PAAS_TOKEN: (await grace.done('tokens:create watch --scope read')).trim(), PAAS_HOST: box.apiUrl }
  expect((await grace.paas('ps -a shop', { env })).code).toBe(0)
  for (const command of ['restart -a shop', 'config -a shop', 'tokens:create more', 'apps:create mine']) {
    const { code, stderr } = await grace.paas(command, { env })
    expect({ command, code }).toEqual({ command, code: 4 })
    expect(stderr).toContain('yours has scope read')
  }
})

test("nobody adds another one's key, and only an owner of the box makes and removes users", async () => {
  const key = await readFile(`${owner.key}.pub`, 'utf8')
  const stolen = await grace.paas('keys:add -', { stdin: key })
  expect(stolen.code).toBe(1)
  expect((await grace.paas('users:create eve')).code).toBe(4)
  expect((await grace.paas('users')).code).toBe(4)
  expect((await owner.paas('users:create grace')).code).toBe(1)
  expect((await owner.paas('users:create Eve;reboot')).code).toBe(2)
})

test('access that was taken away is gone at once, and a removed user is nobody', async () => {
  await owner.done('members:remove grace -a shop')
  expect((await grace.paas('ps -a shop')).code).toBe(5)
  expect((await grace.git(work, 'ls-remote', box.sshRemote('shop'))).code).toBe(128)
  expect((await owner.paas('users:remove grace')).code).toBe(2)
  await owner.done('users:remove grace --confirm grace')
  expect((await grace.paas('whoami')).code).toBe(4)
  const push = await grace.git(work, 'push', box.sshRemote('mine'), 'main')
  expect(push.stderr).toContain('Permission denied (publickey)')
  expect((await owner.json('users.list', 'users')).items.map(({ name }) => name)).toEqual(['owner'])
})
