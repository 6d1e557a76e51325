import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Evidence } from '../../builder/build.ts'
import type { BuildPlan } from '../../builder/plan.ts'
import { AppsKit } from '../apps/apps-kit.ts'
import { BuildOutputs } from './build-output.ts'
import { Builds } from './builds.ts'

const PLAN = { buildpack: 'node', steps: [], processTypes: {} } as unknown as BuildPlan
const SBOM = { bomFormat: 'CycloneDX', specVersion: '1.5', components: [] } as unknown as Evidence['sbom']

test('the sources and outputs of a destroyed app go, those of others stay', async () => {
  using kit = new AppsKit()
  const directory = join(kit.directory, 'builds')
  const builds = new Builds({ db: kit.db, outputs: new BuildOutputs(directory), directory, cancel: () => false })
  const other = kit.apps.create(kit.bob, 'blog')
  const [mine, theirs] = [kit.shop, other].map((app) => {
    const { id } = builds.create({ appId: app.id, commit: 'c0ffee', userId: null })
    mkdirSync(join(directory, id), { recursive: true })
    writeFileSync(join(directory, id, 'output.log'), 'printed')
    return join(directory, id)
  }) as [string, string]
  await builds.forgetAll(kit.shop.id)
  expect([existsSync(mine), existsSync(theirs)]).toEqual([false, true])
})

test('of old builds only the newest keep what they printed, and none that still runs loses it', async () => {
  using kit = new AppsKit()
  const directory = join(kit.directory, 'builds')
  const builds = new Builds({ db: kit.db, outputs: new BuildOutputs(directory), directory, cancel: () => false })
  const made = ['running', 'one', 'two', 'three'].map((commit) => {
    const { id } = builds.create({ appId: kit.shop.id, commit, userId: null })
    mkdirSync(join(directory, id), { recursive: true })
    if (commit !== 'running') builds.end(id, 'failed', 'a reason')
    return id
  })
  expect(await builds.forgetOld(kit.shop.id, 2)).toBe(1)
  expect(made.map((id) => existsSync(join(directory, id)))).toEqual([true, false, true, true])
  expect(await builds.forgetOld(kit.shop.id, 2)).toBe(0)
  expect(builds.list(kit.shop, { limit: 10 }).items).toHaveLength(4)
})

test('what a build tells of itself is kept, whether it succeeds or not', async () => {
  using kit = new AppsKit()
  const directory = join(kit.directory, 'builds')
  const builds = new Builds({ db: kit.db, outputs: new BuildOutputs(directory), directory, cancel: () => false })
  const { id } = builds.create({ appId: kit.shop.id, commit: 'c0ffee', userId: null })
  const nothing = { phases: [], peakMemoryBytes: null, components: null, plan: null, digest: null }
  expect(builds.get(kit.shop, id)).toMatchObject(nothing)

  const phases = [{ name: 'Installing dependencies', ms: 1_200, cached: false }]
  builds.recorder(id).planned(PLAN)
  builds.recorder(id).measured({ phases, peakMemoryBytes: 7, sbom: null })
  builds.end(id, 'failed', 'npm ended with exit code 1')
  expect(builds.get(kit.shop, id)).toMatchObject({ phases, peakMemoryBytes: 7, components: null, plan: PLAN })
  expect(builds.get(kit.shop, id).buildpack).toBe('node')
  // A plan alone is no image to go on with after a crash.
  expect(builds.record(id).plan).toBeNull()
  await expect(builds.sbom(kit.shop, id)).rejects.toMatchObject({ code: 'build.no-sbom' })

  builds.recorder(id, 2_000.4).measured({ phases, peakMemoryBytes: 7, sbom: null })
  expect(builds.get(kit.shop, id).phases).toEqual([{ name: 'Waiting for a turn', ms: 2_000, cached: false }, ...phases])

  const sbom = { ...SBOM, components: [{}, {}] } as unknown as Evidence['sbom']
  builds.recorder(id).measured({ phases, peakMemoryBytes: 7, sbom })
  expect(builds.get(kit.shop, id).components).toBe(2)
  expect(await builds.sbom(kit.shop, id)).toEqual(sbom)
  const other = kit.apps.create(kit.bob, 'blog')
  await expect(builds.sbom(other, id)).rejects.toMatchObject({ code: 'build.not-found' })
})

test('a bill that cannot be written costs the build nothing', () => {
  using kit = new AppsKit()
  const directory = join(kit.directory, 'builds')
  writeFileSync(directory, 'a file where the directory should be')
  const builds = new Builds({ db: kit.db, outputs: new BuildOutputs(directory), directory, cancel: () => false })
  const { id } = builds.create({ appId: kit.shop.id, commit: 'c0ffee', userId: null })
  builds.recorder(id).measured({ phases: [], peakMemoryBytes: null, sbom: SBOM })
  expect(builds.get(kit.shop, id).components).toBeNull()
  rmSync(directory)
})
