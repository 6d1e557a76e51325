import { afterEach, beforeEach, expect, test } from 'vitest'
import { AddonsKit } from '../../../test/addons-kit.ts'
import type { AddonRecord } from '../addon-records.ts'
import type { Conditions } from './conditions.ts'

let kit: AddonsKit
let addon: AddonRecord
let conditions: Conditions
beforeEach(async () => {
  kit = await AddonsKit.start()
  conditions = kit.addons.conditions
  const size = { memoryMb: 256, cpus: 1, connections: 40 }
  const server = { id: 'srv_1', service: 'postgresql', version: '15', shared: false, host: 'db', ...size }
  const { addonRows } = kit.stores
  addonRows.insertServer(server, kit.box.seal('x', 'y'))
  const row = { service: 'postgresql', plan: 'mini', serverId: 'srv_1', userId: null }
  const shop = kit.app('shop')
  addon = addonRows.insert({ name: 'db-1', appId: shop.id, ...row }, { do: 'create', attach: false, as: null })
  kit.stores.attachments.add(kit.app('blog').id, 'REPORTS', addon.id)
})
afterEach(() => kit[Symbol.asyncDispose]())

test('a condition opens once and is cleared once, and every app that uses the addon hears both', () => {
  conditions.set(addon.id, 'connections', '19 of 20')
  conditions.set(addon.id, 'connections', '20 of 20')
  expect(conditions.of(addon.id)).toMatchObject([{ code: 'connections', words: '20 of 20', since: expect.any(Date) }])
  conditions.set(addon.id, 'connections', null)
  conditions.set(addon.id, 'connections', null)
  expect(conditions.of(addon.id)).toEqual([])
  expect(kit.told).toEqual([
    'shop: condition.opened db-1: connections: 19 of 20',
    'blog: condition.opened db-1: connections: 19 of 20',
    'shop: condition.cleared db-1: connections is over.',
    'blog: condition.cleared db-1: connections is over.',
  ])
})

test('several stand beside each other, the oldest first, and go with their addon', () => {
  conditions.set(addon.id, 'storage', 'full')
  conditions.set(addon.id, 'backup-failing', 'b001 failed: no room')
  expect(conditions.all().map(({ code }) => code)).toHaveLength(2)
  kit.stores.addonRows.delete(addon.id)
  expect(conditions.all()).toEqual([])
  conditions.set(addon.id, 'storage', 'full')
  expect(conditions.all()).toEqual([])
})
