import { afterEach, beforeEach, expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import { BUILD_LIMITS, builderLimits } from '../deploys/build-limits.ts'

let kit: ApiKit
beforeEach(async () => {
  kit = await ApiKit.start()
})
afterEach(() => kit[Symbol.asyncDispose]())

test('limits of builds change by name, and go back by null', async () => {
  const client = kit.client()
  expect(await client.call('builds.limits')).toEqual({ limits: BUILD_LIMITS, defaults: BUILD_LIMITS })
  const { limits } = await client.call('builds.limit', { body: { memory: 1024 ** 3, cpus: 0.5 } })
  expect(limits).toEqual({ ...BUILD_LIMITS, memory: 1024 ** 3, cpus: 0.5 })
  expect(builderLimits(kit.buildLimits.get())).toMatchObject({ memoryMb: 1_024, cpus: 0.5, timeoutMs: 1_200_000 })
  expect((await client.call('builds.limit', { body: { memory: null, cpus: null } })).limits).toEqual(BUILD_LIMITS)
  const rows = kit.db.all<{ detail: string }>("SELECT detail FROM activity WHERE action = 'builds.limit'")
  expect(rows.map(({ detail }) => detail)).toContain('memory=1073741824, cpus=0.5')
})

test('a limit that no build could live with is refused', async () => {
  const refused = kit.client().call('builds.limit', { body: { memory: 1 } })
  await expect(refused).rejects.toMatchObject({ problem: { command: 'paas builds:limits --help' } })
  expect(kit.buildLimits.get()).toEqual(BUILD_LIMITS)
})
