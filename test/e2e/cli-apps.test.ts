import { afterAll, beforeAll, expect, test } from 'vitest'
import { get } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { Person } from './person.ts'

let box: LocalBox
let ada: Person
let work: string

beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  ada = await Person.owner(box)
  work = await ada.repository('shop')
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})

const status = async (host: string) => (await get({ port: box.ports.http, host, path: '/release' })).status

test('apps:create adds the remote, and git push does the rest', async () => {
  const created = await ada.paas('apps:create shop', { cwd: work })
  expect(created.stdout).toBe(`http://shop.localhost:${box.ports.http} | ssh://git@localhost:${box.ports.ssh}/shop\n`)
  expect(created.stderr).toContain('Git remote paas added. Next: git push paas main')
  expect(await ada.done('apps:info', { cwd: work })).toMatch(/State: +blank\nRelease: +none yet/)
  expect((await ada.paas('ps', { cwd: work })).stderr).toContain('nothing to run yet')
  const push = await ada.git(work, 'push', 'paas', 'main')
  expect(push.stderr).toContain('remote:        Released v1')
  expect(await ada.done('info', { cwd: work })).toMatch(/State: +running\nRelease: +v1/)
  expect(await ada.done('apps')).toMatch(/^shop +running +v1 /m)
})

test.each(['a;reboot', '$(reboot)', 'Shop', '-shop', 'a b', '../etc', 'a'.repeat(31)])(
  'the app name %s is refused and nothing is made',
  async (name) => {
    const { code, stdout } = await ada.paas(['apps:create', '--', name])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect((await ada.json('apps.list', 'apps')).items).toHaveLength(1)
  },
)

test('a name that is taken or reserved is refused; without one it is made up', async () => {
  expect((await ada.paas('apps:create shop')).code).toBe(1)
  const { name } = await ada.json('apps.create', 'apps:create --without-remote')
  expect(name).toMatch(/^[a-z][a-z0-9-]+$/)
  await ada.done(['apps:destroy', '-a', name, '--confirm', name])
})

test('git:remote adds one, and points it elsewhere; over HTTP it pushes with a token', async () => {
  const bare = await ada.repository('copy')
  expect((await ada.paas('git:remote -a shop', { cwd: bare })).stderr).toContain('Git remote paas added')
  expect((await ada.paas('git:remote -a shop', { cwd: bare })).code).toBe(0)
  const { git } = await ada.json('apps.info', 'git:remote -a shop --http --as web', { cwd: bare })
  expect((await ada.git(bare, 'remote', 'get-url', 'web')).stdout.trim()).toBe(git.http)
  expect((await ada.paas('git:remote nothing', { cwd: bare })).code).toBe(5)
  expect((await ada.paas('git:remote -a shop')).code).toBe(1)
})

test('open prints the address, with a path', async () => {
  expect(await ada.done('open /cart?x=1', { cwd: work })).toBe(`http://shop.localhost:${box.ports.http}/cart?x=1\n`)
})

test('the router answers for a domain from its adding to its removal', async () => {
  expect(await status('www.shop.test')).toBe(404)
  expect((await ada.paas('domains:add www.shop.test -a shop')).stderr).toContain('done')
  expect(await status('www.shop.test')).toBe(200)
  expect(await ada.done('domains -a shop')).toMatch(/^shop.localhost +default\nwww.shop.test +custom$/m)

  await ada.done('apps:create other')
  const taken = await ada.paas('domains:add WWW.shop.test. -a other')
  expect(taken.code).toBe(1)
  expect(taken.stderr).toContain('another app has it')
  for (const host of ['localhost', 'shop.localhost', '10.0.0.1', 'a..b', 'http://x.test', '*']) {
    expect({ host, code: (await ada.paas(['domains:add', host, '-a', 'other'])).code }).toEqual({ host, code: 2 })
  }

  await ada.done('domains:remove www.shop.test -a shop')
  expect(await status('www.shop.test')).toBe(404)
  expect((await ada.paas('domains:remove www.shop.test -a shop')).code).toBe(5)
  expect((await ada.paas('domains:remove shop.localhost -a shop')).code).not.toBe(0)
  await ada.done('domains:add *.shop.test -a other')
  expect(await status('any.shop.test')).toBe(503)
})

test('maintenance shows its page to visitors while instances go on', async () => {
  await ada.done('maintenance:on', { cwd: work })
  expect(await ada.done('maintenance', { cwd: work })).toBe('on\n')
  const page = await get({ port: box.ports.http, host: 'shop.localhost' })
  expect(page).toMatchObject({ status: 503, body: expect.stringContaining('maintenance') })
  expect(await ada.done('ps', { cwd: work })).toMatch(/web.1: up/)
  expect(await ada.done('apps')).toMatch(/^shop +maintenance/m)
  await ada.done('maintenance:off', { cwd: work })
  expect(await status('shop.localhost')).toBe(200)
})

test('a renamed app keeps what it has, answers under its new name, and its remote follows', async () => {
  const renamed = await ada.paas('apps:rename store', { cwd: work })
  expect(renamed.stdout).toBe(`http://store.localhost:${box.ports.http}\n`)
  expect(renamed.stderr).toContain('Git remote paas follows.')
  expect([await status('store.localhost'), await status('shop.localhost')]).toEqual([200, 404])
  expect((await ada.paas('info -a shop')).code).toBe(5)
  expect((await ada.paas('apps:rename other -a store')).code).toBe(1)
  expect((await ada.git(work, 'push', 'paas', 'main')).stderr).toContain('Everything up-to-date')
  await ada.done('apps:rename shop', { cwd: work })
})

test('destroy needs the name, and leaves nothing', async () => {
  for (const confirmation of ['', ' --confirm other', ' --confirm SHOP']) {
    const { code, stderr } = await ada.paas(`apps:destroy -a shop${confirmation}`)
    expect(code).toBe(2)
    expect(stderr).toContain('--confirm shop')
  }
  expect(await status('shop.localhost')).toBe(200)
  const child = ada.startOnTerminal('apps:destroy -a shop')
  let seen = ''
  child.stdout?.setEncoding('utf8').on('data', function type(text: string) {
    seen += text
    if (seen.includes('type shop') && child.stdin?.writable) child.stdin.end('shop\r')
  })
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0)
  expect(seen).toContain('Destroying shop... done')
  expect(await status('shop.localhost')).toBe(404)
  expect((await ada.paas('info', { cwd: work })).code).toBe(5)
  expect((await ada.git(work, 'ls-remote', 'paas')).code).toBe(128)
  await expect.poll(async () => (await box.client().call('box.info')).instances).toBe(0)
})

test('the name of a destroyed app is free, and its past does not come back', async () => {
  await ada.git(work, 'push', 'paas', 'main')
  expect(await ada.done('releases', { cwd: work })).toMatch(/^v1 /m)
  expect((await ada.paas('config -a shop')).stderr).toContain('no config vars')
  expect(await status('shop.localhost')).toBe(200)
})
