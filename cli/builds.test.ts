import { expect, test } from 'vitest'
import type { BuildDetails } from '../server/contract/build.ts'
import { TestDesk } from './test-desk.ts'

const GB = 1024 ** 3
const BUILD: BuildDetails = {
  id: 'bld_1',
  app: 'shop',
  state: 'succeeded',
  deploy: 'live',
  deployId: 'dep_1',
  release: 4,
  commit: 'c0ffee00',
  by: 'ada',
  buildpack: 'node',
  reason: null,
  createdAt: '2026-01-31T00:00:00.000Z',
  startedAt: '2026-01-31T00:00:01.000Z',
  endedAt: '2026-01-31T00:00:04.000Z',
  sizeBytes: 100 * 1024 ** 2,
  attempt: 1,
  origin: null,
  digest: 'sha256:abc',
  phases: [
    { name: 'Installing dependencies', ms: 2_000, cached: true },
    { name: 'Building', ms: 1_000, cached: false },
  ],
  peakMemoryBytes: 300 * 1024 ** 2,
  components: 68,
  plan: { buildpack: 'node' },
}
const SBOM = { bomFormat: 'CycloneDX', specVersion: '1.5', components: [{ purl: 'pkg:npm/ms@2.1.3' }] } as const

const DEFAULTS = { memory: 2 * GB, cpus: 2, time: 1_200, pids: 2_048, disk: 10 * GB }
const LIMITS = { limits: { ...DEFAULTS, cpus: 0.5 }, defaults: DEFAULTS }

const desk = new TestDesk(() => ({
  'builds.list': () => ({ items: [BUILD], next: null }),
  'builds.info': () => BUILD,
  'builds.sbom': () => SBOM,
  'builds.limits': () => LIMITS,
  'builds.limit': () => LIMITS,
  async *'builds.output'() {
    yield { n: 1, text: '-----> Building' }
  },
}))

const { paas } = desk

test('builds:info shows the newest build with what is kept of it', async () => {
  const { code, stdout } = await paas('builds:info -a shop')
  expect(code).toBe(0)
  for (const fact of [
    /Release: +v4/,
    /By: +ada/,
    /Image: +100.0 MB, sha256:abc/,
    /Peak memory: +300.0 MB/,
    /Took: +3s/,
  ])
    expect(stdout).toMatch(fact)
  expect(stdout).toContain('68: paas builds:sbom bld_1 -a shop')
  expect(stdout).toMatch(/cached +Installing dependencies\n/)
  expect(stdout).not.toContain('Attempt')
  expect(JSON.parse((await paas('builds:info bld_1 -a shop --json')).stdout)).toEqual(BUILD)
})

test('builds:sbom prints the document alone', async () => {
  const { stdout, stderr } = await paas('builds:sbom -a shop')
  expect(JSON.parse(stdout)).toEqual(SBOM)
  expect(stderr).toBe('')
})

test('builds:logs is builds:output', async () => {
  expect((await paas('builds:logs bld_1 -a shop')).stdout).toBe('-----> Building\n')
})

test('builds:limits shows the limits as one types them, and sets what is named', async () => {
  const { stdout } = await paas('builds:limits')
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['LIMIT', 'VALUE', 'DEFAULT', 'HOLDS FOR'],
    ['memory', '2gb', '2gb', 'all builds together on docker, each build on the embedded engine'],
    ['cpus', '0.5', '2', 'all builds together on docker; not held on the embedded engine'],
    ['time', '20m', '20m', 'each build'],
    ['pids', '2048', '2048', 'all builds together on docker, each build on the embedded engine'],
    ['disk', '10gb', '10gb', 'the disk of the box, while a build runs'],
    [''],
  ])
  const { code, stderr } = await paas('builds:limits memory=4g cpus=1.5 time=30m pids=default')
  expect([code, stderr]).toEqual([0, expect.stringContaining('Setting memory, cpus, time, pids... done')])
  expect(desk.box.requestsOf('builds.limit')[0]?.body).toEqual({ memory: 4 * GB, cpus: 1.5, time: 1_800, pids: null })
  expect((await paas('builds:limits cpus=many')).code).toBe(2)
})
