import { execFileSync } from 'node:child_process'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AddonsKit } from '../../test/addons-kit.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { AddonRecord } from './addon-records.ts'
import { AddonThings } from './backups/addon-things.ts'
import { memcachedSession, type Send } from './memcached/session.ts'

let kit: AddonsKit
let shop: AppRecord
let addon: AddonRecord
beforeAll(async () => {
  kit = await AddonsKit.start()
  shop = kit.app('shop')
  addon = await kit.make(shop, 'memcached')
}, 120_000)
afterAll(() => kit[Symbol.asyncDispose](), 120_000)

const url = () => kit.variables(shop)['MEMCACHED_URL'] ?? ''

/** As an app would, under a URL that it was given. */
function asApp<T>(href: string, work: (send: Send) => Promise<T>): Promise<T> {
  const { hostname: host, port, username: user, password } = new URL(href)
  return memcachedSession({ host, port: Number(port) }, user === '' ? null : { user, password }, work)
}

/** Without flags, for an hour. */
const set = (href: string, key: string, value: string) => {
  const extras = Buffer.alloc(8)
  extras.writeUInt32BE(3600, 4)
  return asApp(href, (send) => send('set', key, Buffer.from(value), extras))
}
const get = async (href: string, key: string) => {
  const [answer] = await asApp(href, (send) => send('get', key))
  return answer?.value.toString()
}

test('an app finds it in MEMCACHED_URL', async () => {
  expect(Object.keys(kit.variables(shop))).toEqual(['MEMCACHED_URL', 'MEMCACHED_AMBER_URL'])
  expect(url()).toMatch(/^memcached:\/\/u_\w+:[\w-]{32}@127\.0\.0\.1:\d+$/)
  await set(url(), 'a', '1')
  expect(await get(url(), 'a')).toBe('1')
  await expect(get(url(), 'nothing')).rejects.toThrow('Not found')
})

test('nobody else gets in: without a login, with a wrong password, or with the login of another addon', async () => {
  const nobody = new URL(url())
  nobody.username = ''
  nobody.password = ''
  await expect(get(nobody.href, 'a')).rejects.toThrow(/auth/i)
  const wrong = new URL(url())
  wrong.password = 'wrong'
  await expect(get(wrong.href, 'a')).rejects.toThrow(/auth/i)
  const blog = kit.app('blog')
  await kit.make(blog, 'memcached')
  const stranger = new URL(kit.variables(blog)['MEMCACHED_URL'] ?? '')
  expect(stranger.port).not.toBe(new URL(url()).port)
  stranger.port = new URL(url()).port
  await expect(get(stranger.href, 'a')).rejects.toThrow(/auth/i)
})

test('the text protocol, which knows no logins, is not spoken', async () => {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url()).port) })
  let said = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  // It may hang up before it has read all.
  socket.on('error', () => {})
  socket.end('get a\r\nstats\r\n'.padEnd(64))
  await new Promise((resolve) => socket.once('close', resolve))
  expect(said).toBe('')
})

test('no password is in an argument of a process', () => {
  const listed = execFileSync('ps', ['-ww', '-eo', 'args']).toString()
  expect(listed).toContain('--enable-sasl')
  expect(listed).not.toContain(new URL(url()).password)
})

test('two apps share it, each with a login of its own', async () => {
  const reports = kit.app('reports')
  await kit.addons.attach(kit.actor, addon, reports, 'CACHE')
  const theirs = kit.variables(reports)['CACHE_URL'] ?? ''
  expect(new URL(theirs).username).not.toBe(new URL(url()).username)
  expect(await get(theirs, 'a')).toBe('1')
  kit.addons.detach(kit.actor, reports, 'CACHE')
  await kit.addons.look()
  await expect(get(theirs, 'a')).rejects.toThrow(/auth/i)
  expect(await get(url(), 'a')).toBe('1')
})

test('a login is replaced by another, and the old one works until nothing uses it', async () => {
  const old = url()
  await kit.addons.rotate(kit.actor, addon, shop)
  expect(await get(old, 'a')).toBe('1')
  await kit.addons.look()
  await expect(get(old, 'a')).rejects.toThrow(/auth/i)
  expect(await get(url(), 'a')).toBe('1')
})

test('after a restart it is empty, and the logins are those there were', async () => {
  kit.addons.restart(kit.actor, addon)
  expect(await kit.addons.settled(addon.id)).toMatchObject({ state: 'available' })
  await expect(get(url(), 'a')).rejects.toThrow('Not found')
  await set(url(), 'a', '2')
  expect(await get(url(), 'a')).toBe('2')
  expect(await kit.addons.info(addon)).toContainEqual(['Items', '1'])
})

test('a larger plan holds more', async () => {
  kit.addons.resize(kit.actor, addon, 'small')
  expect(await kit.addons.settled(addon.id)).toMatchObject({ state: 'available', plan: 'small' })
  const facts = Object.fromEntries(await kit.addons.info(addon))
  expect(facts['Data size']).toBe('0.0 MB of 160 MB')
})

test('there is nothing to back up in it, and it is destroyed without a last backup', async () => {
  await expect(kit.addons.backup(addon, AbortSignal.timeout(60_000))).rejects.toThrow('nothing in it to back up')
  expect(() => kit.addons.client(addon, shop)).toThrow('no program that people type into')
  const things = new AddonThings({ ...kit, rows: kit.stores.addonRows })
  expect(() => things.getOf(shop, addon.name)).toThrow('nothing in it to back up')
  expect(() => things.getOf(shop, undefined)).toThrow('owns no database')
  kit.addons.destroy(kit.actor, addon)
  expect(await kit.addons.settled(addon.id)).toBeUndefined()
  expect(kit.leaving).toEqual([])
  expect(kit.variables(shop)).toEqual({})
})
