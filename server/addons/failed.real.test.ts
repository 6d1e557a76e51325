import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AddonsKit } from '../../test/addons-kit.ts'
import { redisCommands } from '../../test/redis.ts'
import type { AppRecord } from '../apps/apps.ts'
import { EmbeddedEngine } from '../engine/embedded.ts'
import { PaasError } from '../errors.ts'
import { createLog } from '../log.ts'

/** Has no programs while it is told so. */
class PoorEngine extends EmbeddedEngine {
  isPoor = false
  wanted: Parameters<EmbeddedEngine['provide']>[0] | undefined

  override async provide(...wanted: Parameters<EmbeddedEngine['provide']>): Promise<string> {
    this.wanted = wanted[0]
    if (this.isPoor) throw new PaasError('unavailable', 'engine.no-programs', 'no registry answers')
    return await super.provide(...wanted)
  }
}

let kit: AddonsKit
let engine: PoorEngine
let shop: AppRecord
beforeAll(async () => {
  kit = await AddonsKit.start((directory) => {
    engine = new PoorEngine({ directory: join(directory, 'embedded'), log: createLog('test', 'error') })
    return engine
  })
  shop = kit.app('shop')
}, 120_000)
afterAll(() => kit[Symbol.asyncDispose](), 60_000)

async function failing(service: string, wish: { plan?: string } = {}) {
  engine.isPoor = true
  const { id } = await kit.addons.create(kit.actor, shop, { service, attach: true, ...wish })
  const addon = await kit.addons.settled(id)
  engine.isPoor = false
  if (addon?.state !== 'failed') throw new Error(`it is ${addon?.state}`)
  return addon
}

test('one whose making failed is made by a restart, with all that belongs to it', async () => {
  const addon = await failing('redis')
  expect(() => kit.addons.resize(kit.actor, addon, 'small')).toThrow('has failed: no registry answers')
  await expect(kit.addons.attach(kit.actor, addon, shop, 'OTHER')).rejects.toMatchObject({
    help: { command: `paas addons:restart ${addon.name}` },
  })
  kit.addons.restart(kit.actor, addon)
  expect(await kit.addons.settled(addon.id)).toMatchObject({ state: 'available', task: null, reason: null })
  expect(await redisCommands(kit.variables(shop)['REDIS_URL'], ['GET', 'a'])).toEqual([null])
})

test('one whose image is gone is told, and runs again as soon as the image can be had', async () => {
  const addon = await kit.make(shop, 'redis', { as: 'CACHE' })
  const conditions = () => kit.addons.look().then(() => kit.addons.conditions.of(addon.id))
  engine.isPoor = true
  const words = 'It does not run: its image is gone. no registry answers'
  expect(await conditions()).toMatchObject([{ code: 'image-missing', words }])
  engine.isPoor = false
  expect(await conditions()).toEqual([])
  // The data are of a user that a public image knows by another number.
  expect(engine.wanted).toMatchObject({ name: expect.stringMatching(/^redis-/), image: null })
  expect(await redisCommands(kit.variables(shop)['CACHE_URL'], ['GET', 'a'])).toEqual([null])
})

test('shared databases whose making failed go one after the other, without a backup of nothing', async () => {
  const both = [await failing('postgres', { plan: 'shared' }), await failing('postgres', { plan: 'shared' })]
  expect(both[0]?.serverId).toBe(both[1]?.serverId)
  for (const addon of both) {
    kit.addons.destroy(kit.actor, addon)
    expect(await kit.addons.settled(addon.id)).toBeUndefined()
  }
  expect(kit.leaving).toEqual([])
})

test('one that cannot be backed up stays, says how it goes without, and goes so', async () => {
  const addon = kit.addons.get(shop, 'REDIS')
  kit.noBackup = new PaasError('failed', 'backup.failed', 'it could not be backed up first: it does not run.')
  kit.addons.destroy(kit.actor, addon)
  const kept = await kit.addons.settled(addon.id)
  expect(kept?.state).toBe('failed')
  expect(kept?.reason).toBe(
    `it could not be backed up first: it does not run. To destroy it without a last backup: paas addons:destroy ${addon.name} --no-backup -a shop`,
  )
  expect(kit.variables(shop)).toHaveProperty('REDIS_URL')
  await expect(kit.addons.appDestroyed(kit.actor, shop)).rejects.toMatchObject({ code: 'addon.not-destroyed' })
  kit.addons.destroy(kit.actor, addon, { backup: false })
  expect(await kit.addons.settled(addon.id)).toBeUndefined()
  expect(kit.variables(shop)).toEqual({})
  kit.noBackup = undefined
})

test('with an addon go all its names by one release, and what waits for its turn is told that it went', async () => {
  const addon = await kit.make(shop, 'redis')
  const attaching = kit.addons.attach(kit.actor, addon, shop, 'LATE').catch((error: unknown) => error)
  kit.addons.destroy(kit.actor, addon)
  await kit.addons.settled(addon.id)
  expect(kit.released.at(-1)).toBe(`shop: Detach REDIS, REDIS_AMBER (${addon.name}) [REDIS_URL REDIS_AMBER_URL]`)
  expect(await attaching).toMatchObject({ code: expect.stringMatching(/addon\.(?:busy|not-found)/) })
})

test('a database of a shared server that answers no more goes without a backup, and only so', async () => {
  const blog = kit.app('blog')
  const [first] = [
    await kit.make(blog, 'postgres', { plan: 'shared' }),
    await kit.make(blog, 'postgres', { plan: 'shared' }),
  ]
  await kit.addons.servers.stop(kit.addons.server(first))
  kit.noBackup = undefined
  kit.addons.destroy(kit.actor, first)
  expect(await kit.addons.settled(first.id)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('not running'),
  })
  kit.addons.destroy(kit.actor, first, { backup: false })
  expect(await kit.addons.settled(first.id)).toBeUndefined()
})
