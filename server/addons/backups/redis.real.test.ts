import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { AddonsKit } from '../../../test/addons-kit.ts'
import type { AppRecord } from '../../apps/apps.ts'
import type { AddonRecord } from '../addon-records.ts'
import { redisSession, type Send } from '../redis/session.ts'
import type { OpenedBackups } from './open.ts'

const KEYS = 2_000

let kit: AddonsKit
let app: AppRecord
let addon: AddonRecord
let opened: OpenedBackups
beforeAll(async () => {
  kit = await AddonsKit.start()
  app = kit.app('shop')
  addon = await kit.make(app, 'redis')
  opened = kit.openBackups()
  opened.backups.start()
}, 120_000)
afterAll(async () => {
  await opened.backups[Symbol.asyncDispose]()
  await kit[Symbol.asyncDispose]()
}, 120_000)

const within = async <T>(of: AddonRecord, work: (send: Send) => Promise<T>) =>
  redisSession(await kit.addons.servers.access(kit.addons.server(of)), work)

const proof = (name: string) =>
  vi.waitUntil(() => ['proved', 'failed'].includes(opened.backups.get(app, name).proof), { timeout: 60_000 })

test('a backup among writers is of one moment: what comes out is what was counted, to the last key', async () => {
  let going = true
  let written = 0
  const writer = async (w: number) =>
    await within(addon, async (send) => {
      for (; going; written += 1) await send('SET', `w${w}:${written}`, 'x')
    })
  const writers = [writer(1), writer(2), writer(3)]
  await vi.waitUntil(() => written > 500, { timeout: 60_000 })
  const { id, name } = opened.backups.create(kit.actor, app, addon.name, 'manual')
  expect(await opened.backups.ended(id, AbortSignal.timeout(60_000))).toMatchObject({ state: 'succeeded', why: null })
  const before = written
  await vi.waitUntil(() => written > before + 100, { timeout: 60_000 })
  going = false
  await Promise.all(writers)
  await proof(name)
  expect(opened.backups.get(app, name)).toMatchObject({ proof: 'proved', proofWhy: null })
  await within(addon, (send) => send('FLUSHALL'))
})

test('what Redis holds is backed up, proved in a scratch server, and restored into a new one', async () => {
  await within(addon, async (send) => {
    for (let n = 0; n < KEYS; n += 1) await send('SET', `key:${n}`, `value ${n}`)
    await send('SET', 'passing', 'x', 'EX', '1')
  })
  const { id, name } = opened.backups.create(kit.actor, app, addon.name, 'manual')
  const made = await opened.backups.ended(id, AbortSignal.timeout(60_000))
  expect(made).toMatchObject({ state: 'succeeded', why: null, facts: { 'lasting keys': KEYS } })
  expect(made.object).toMatch(/\.rdb\.zst\.age$/)
  await proof(name)
  expect(opened.backups.get(app, name)).toMatchObject({ proof: 'proved', proofWhy: null })

  await within(addon, (send) => send('FLUSHALL'))
  const restore = opened.backups.restore(kit.actor, app, name)
  const record = () => opened.backups.getRestore(app, restore.id)
  await vi.waitUntil(() => record().state === 'succeeded' || record().state === 'failed', { timeout: 60_000 })
  expect(record().why).toBeNull()
  const copy = kit.addons.get(app, record().restoredTo ?? '')
  expect(await within(copy, (send) => send('GET', `key:${KEYS - 1}`))).toBe(`value ${KEYS - 1}`)
  expect(await within(addon, (send) => send('DBSIZE'))).toBe(0)
})
