import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { get } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { Person, Transcript } from './person.ts'

let box: LocalBox
let ada: Person
let cwd: string

beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  ada = await Person.owner(box)
  cwd = await ada.repository('shop')
  await ada.done('apps:create shop', { cwd })
  await ada.git(cwd, 'push', 'paas', 'main')
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})

/** A commit whose build says `compiling` and then runs the script. */
async function commitBuild(script: string): Promise<void> {
  const manifest = {
    name: 'hello-node',
    version: '1.0.0',
    type: 'module',
    engines: { node: '>=20' },
    scripts: { start: 'node server.js', build: `echo compiling; ${script}` },
  }
  await writeFile(join(cwd, 'package.json'), JSON.stringify(manifest))
  await ada.commit(cwd, script)
}

const push = () => new Transcript(ada.startGit(cwd, 'push', '-f', 'paas', 'main'))
const newest = async () => (await ada.json('builds.list', 'builds -n 1', { cwd })).items[0]
const served = async () => (await get({ port: box.ports.http, host: 'shop.localhost', path: '/release' })).body

test('a build that is canceled declines its push, and what served serves on', async () => {
  await commitBuild('sleep 60')
  const pushing = push()
  await expect.poll(() => pushing.text, { timeout: 60_000 }).toContain('compiling')
  expect(await ada.done('builds', { cwd })).toMatch(/^bld_\w+ +running /m)
  const soFar = await ada.paas('builds:output', { cwd })
  expect(soFar.stdout).toContain('compiling')
  expect(soFar.stderr).toMatch(/It is still running. Follow it: paas builds:output bld_\w+ -f/)

  const canceled = await ada.paas('builds:cancel', { cwd })
  expect(canceled).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Canceling bld_\w+... done\n$/) })
  expect(await pushing.ended).toBe(1)
  expect(pushing.text).toContain('Canceled by owner.')
  expect(pushing.text).toContain('! [remote rejected] main -> main (pre-receive hook declined)')
  expect(await newest()).toMatchObject({ state: 'canceled', release: null })
  expect(await served()).toContain('"v1"')
  expect((await ada.paas('builds:cancel', { cwd })).code).toBe(1)
})

test('the output of a failed build can be read again, and following it ends with its failure', async () => {
  await commitBuild('echo no such module >&2; exit 3')
  const pushing = push()
  expect(await pushing.ended).toBe(1)
  const output = await ada.done('builds:output', { cwd })
  expect(output).toMatch(/^-----> Building/)
  expect(output).toContain('no such module')
  expect(await newest()).toMatchObject({ state: 'failed', reason: expect.stringContaining('build') })
  expect((await ada.paas('builds:output --follow', { cwd })).code).toBe(1)
  expect((await ada.paas('builds:output bld_none', { cwd })).code).toBe(5)
  const { plan, phases } = await ada.json('builds.info', 'builds:info', { cwd })
  expect(plan).toMatchObject({ buildpack: 'node' })
  expect(phases.length).toBeGreaterThan(1)
  expect((await ada.paas('builds:sbom', { cwd })).code).toBe(5)
})

test('following a running build ends with it', async () => {
  await commitBuild('sleep 2')
  const pushing = push()
  await expect.poll(() => pushing.text, { timeout: 60_000 }).toContain('compiling')
  const followed = await ada.paas('builds output -f', { cwd })
  expect(followed.code).toBe(0)
  expect(followed.stdout).toContain('Released v2')
  expect(await pushing.ended).toBe(0)
  expect(await newest()).toMatchObject({ state: 'succeeded', release: 2, buildpack: 'node', by: 'owner' })
  expect(await ada.done('releases', { cwd })).toMatch(/^v2 +Deploy [0-9a-f]{8} \(current\) +owner/m)
})

test('what is kept of a build can be read, and its bill of materials stands alone on the output', async () => {
  const build = await ada.json('builds.info', 'builds:info', { cwd })
  expect(build).toMatchObject({ state: 'succeeded', by: 'owner', attempt: 1, plan: { buildpack: 'node' } })
  expect(build.phases.find(({ name }) => name === 'Node.js app detected')).toBeDefined()
  expect(build.phases.some(({ ms }) => ms >= 2_000)).toBe(true)
  expect(build.peakMemoryBytes).toBeGreaterThan(1024 ** 2)
  const bill = await ada.json('builds.sbom', 'builds:sbom', { cwd })
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5' })
})

test('the disk of the box is told, planned and collected, and what serves stays', async () => {
  const { parts } = await ada.json('disk.usage', 'disk')
  expect(parts.find(({ app }) => app === 'shop')?.bytes).toBeGreaterThan(0)
  const settled = async () => (await ada.json('builds.info', 'builds:info', { cwd })).deploy
  await expect.poll(settled, { timeout: 60_000 }).toBe('live')
  await ada.done('disk:set keep-releases=1')
  const { remove } = await ada.json('disk.plan', 'disk:plan')
  expect(remove.map(({ app, why }) => `${app}: ${why}`)).toEqual(['shop: not the last release'])
  expect((await ada.json('disk.collect', 'disk:gc')).removed).toHaveLength(1)
  expect((await ada.json('disk.plan', 'disk:plan')).remove).toEqual([])
  expect(await served()).toContain('"v2"')
  expect((await ada.paas('rollback', { cwd })).stderr).toContain('not on this box any more')
})

test('pages of builds and releases go as far as they were asked to', async () => {
  expect((await ada.json('builds.list', 'builds -n 2', { cwd })).items).toHaveLength(2)
  expect((await ada.json('releases.list', 'releases -n 1', { cwd })).items).toHaveLength(1)
  for (const n of ['0', '501', 'x', '-1']) expect((await ada.paas(['builds', '-n', n], { cwd })).code).toBe(2)
})
