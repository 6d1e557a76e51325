import { afterEach, beforeEach, expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import { DISK_DEFAULTS } from '../deploys/disk-settings.ts'

let kit: ApiKit
beforeEach(async () => {
  kit = await ApiKit.start()
})
afterEach(() => kit[Symbol.asyncDispose]())

test('what is named changes, the rest stays, and null goes back', async () => {
  const client = kit.client()
  expect((await client.call('disk.usage')).settings).toEqual(DISK_DEFAULTS)
  await client.call('disk.update', { body: { keepReleases: 3 } })
  const { settings, defaults } = await client.call('disk.update', { body: { cacheBudget: 1 } })
  expect(settings).toEqual({ ...DISK_DEFAULTS, keepReleases: 3, cacheBudget: 1 })
  expect(defaults).toEqual(DISK_DEFAULTS)
  const back = await client.call('disk.update', { body: { keepReleases: null, cacheBudget: null } })
  expect(back.settings).toEqual(DISK_DEFAULTS)
  expect(kit.settings.get('disk')).toBeUndefined()
  const rows = kit.db.all<{ detail: string }>("SELECT detail FROM activity WHERE action = 'disk.update' ORDER BY rowid")
  expect(rows.map(({ detail }) => detail)[0]).toBe('keepReleases=3')
})

test('nothing that would keep no release is accepted', async () => {
  const refused = kit.client().call('disk.update', { body: { keepReleases: 0 } })
  await expect(refused).rejects.toMatchObject({ problem: { command: 'paas disk:set --help' } })
  expect(kit.diskSettings.get()).toEqual(DISK_DEFAULTS)
})

test('a collection is remembered as an activity', async () => {
  expect((await kit.client().call('disk.plan')).remove).toHaveLength(1)
  expect((await kit.client().call('disk.collect')).removed).toHaveLength(1)
  const rows = kit.db.all<{ detail: string }>("SELECT detail FROM activity WHERE action = 'disk.collect'")
  expect(rows.map(({ detail }) => detail)).toEqual(['1 removed'])
})
