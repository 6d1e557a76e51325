import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AddonsKit } from '../../test/addons-kit.ts'
import { redisCommands } from '../../test/redis.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { AddonRecord } from './addon-records.ts'

const run = promisify(execFile)

let kit: AddonsKit
let shop: AppRecord
let addon: AddonRecord
beforeAll(async () => {
  kit = await AddonsKit.start()
  shop = kit.app('shop')
  addon = await kit.make(shop, 'redis')
}, 120_000)
afterAll(() => kit[Symbol.asyncDispose](), 60_000)

const url = () => kit.variables(shop)['REDIS_URL'] ?? ''

test('an app finds it in REDIS_URL, and nobody else gets in', async () => {
  expect(Object.keys(kit.variables(shop))).toEqual(['REDIS_URL', 'REDIS_AMBER_URL'])
  expect(await redisCommands(url(), ['SET', 'a', '1'], ['GET', 'a'])).toEqual(['OK', '1'])
  const nobody = new URL(url())
  nobody.username = ''
  nobody.password = ''
  await expect(redisCommands(nobody.href, ['GET', 'a'])).rejects.toThrow(/NOAUTH/)
})

test('a login does not reach beyond the data', async () => {
  for (const words of [['ACL', 'LIST'], ['CONFIG', 'SET', 'dir', '/tmp'], ['SHUTDOWN']]) {
    await expect(redisCommands(url(), words)).rejects.toThrow(/NOPERM/)
  }
  expect(await redisCommands(url(), ['CONFIG', 'GET', 'appendonly'])).toEqual([['appendonly', 'yes']])
})

test('a login is replaced by another, and the old one works until nothing uses it', async () => {
  const old = url()
  await kit.addons.rotate(kit.actor, addon, shop)
  expect(await redisCommands(old, ['GET', 'a'])).toEqual(['1'])
  await kit.addons.look()
  await expect(redisCommands(old, ['GET', 'a'])).rejects.toThrow(/WRONGPASS|NOAUTH/)
  expect(await redisCommands(url(), ['GET', 'a'])).toEqual(['1'])
})

test('exposed beyond the machine it takes only who is allowed, over TLS, with the same certificate each time', async () => {
  const { exposures } = kit.addons
  const open = async (allow: string) => {
    const { exposed } = await exposures.expose(addon, { address: '0.0.0.0', allow: [allow] })
    const at = new URL(url())
    at.port = String(exposed?.port)
    return at
  }
  const ask = async ({ port, username, password }: URL, ...more: string[]) => {
    const { stdout } = await run(
      'redis-cli',
      ['-h', '127.0.0.1', '-p', port, ...more, '--user', username, 'GET', 'a'],
      {
        env: { ...process.env, REDISCLI_AUTH: password },
        timeout: 60_000,
      },
    )
    return stdout.trim()
  }
  const strangers = await open('192.0.2.0/24')
  await expect(ask(strangers, '--tls', '--insecure')).rejects.toThrow()
  const first = await open('127.0.0.0/8')
  expect(await ask(first, '--tls', '--insecure')).toBe('1')
  await expect(ask(first)).rejects.toThrow()
  const cert = join(kit.directory, 'redis.crt')
  await writeFile(cert, await certificateAt(Number(first.port)))
  const again = await open('127.0.0.0/8')
  expect(await ask(again, '--tls', '--cacert', cert, '--sni', addon.name)).toBe('1')
  exposures.unexpose(addon)
  await expect(ask(again, '--tls', '--insecure')).rejects.toThrow()
}, 120_000)

/** As it is shown to who does not ask for a certain one, in PEM. */
async function certificateAt(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { raw } = socket.getPeerCertificate()
  socket.destroy()
  return new X509Certificate(raw).toString()
}

test('data and logins outlive a restart', async () => {
  kit.addons.restart(kit.actor, addon)
  expect(await kit.addons.settled(addon.id)).toMatchObject({ state: 'available' })
  expect(await redisCommands(url(), ['GET', 'a'])).toEqual(['1'])
})

test('a copy is brought back into another one; a damaged one is refused before anything is touched', async () => {
  await redisCommands(url(), ['RPUSH', 'list', 'x', 'y'])
  const copy = await buffer(await kit.addons.backup(addon, AbortSignal.timeout(60_000)))
  expect(copy.subarray(0, 5).toString()).toBe('REDIS')
  const fresh = await kit.make(shop, 'redis', { as: 'FRESH' })
  const signal = AbortSignal.timeout(60_000)
  await redisCommands(kit.variables(shop)['FRESH_URL'], ['SET', 'before', '1'])
  const damaged = Buffer.from(copy)
  damaged[copy.length - 12] = (damaged[copy.length - 12] ?? 0) ^ 1
  await expect(kit.addons.restore(fresh, Readable.from([damaged]), signal)).rejects.toThrow('check-rdb')
  expect(await redisCommands(kit.variables(shop)['FRESH_URL'], ['GET', 'before'])).toEqual(['1'])
  await kit.addons.restore(fresh, Readable.from([copy]), signal)
  const back = await redisCommands(kit.variables(shop)['FRESH_URL'], ['GET', 'a'], ['LRANGE', 'list', '0', '-1'])
  expect(back).toEqual(['1', ['x', 'y']])
  expect(await kit.addons.info(fresh)).toContainEqual(['Keys', '2'])
  kit.addons.restart(kit.actor, fresh)
  await kit.addons.settled(fresh.id)
  expect(await redisCommands(kit.variables(shop)['FRESH_URL'], ['GET', 'a'])).toEqual(['1'])
})
