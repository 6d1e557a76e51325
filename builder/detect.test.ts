import { expect, test } from 'vitest'
import { planFor } from './detect.ts'
import type { BuildFailure } from './errors.ts'
import { sourceOf } from './source-fixture.ts'

const NODE = { 'package.json': '{"scripts":{"start":"node ."}}' }
const DOCKER = { Dockerfile: 'FROM scratch\nEXPOSE 8080\n' }

test.each([
  ['a package.json', NODE, 'node'],
  ['a Dockerfile', DOCKER, 'dockerfile'],
  ['an index page', { 'index.html': '' }, 'static'],
  ['an index page in public', { 'public/index.html': '', Procfile: '' }, 'static'],
  ['both package.json and Dockerfile', { ...NODE, ...DOCKER }, 'dockerfile'],
  ['package.json, Dockerfile and Procfile', { ...NODE, ...DOCKER, Procfile: 'web: node .' }, 'node'],
  ['Dockerfile, Procfile and an index page', { ...DOCKER, Procfile: 'web: run', 'index.html': '' }, 'dockerfile'],
  ['package.json and an index page', { ...NODE, 'index.html': '' }, 'node'],
])('a tree with %s', async (_, files, buildpack) => {
  using source = await sourceOf(files)
  expect(planFor(source).plan.buildpack).toBe(buildpack)
})

test('a choice between Dockerfile and package.json is explained', async () => {
  using source = await sourceOf({ ...NODE, ...DOCKER })
  expect(planFor(source).plan.warnings).toEqual([
    'Both Dockerfile and package.json were found; Dockerfile is used because there is no Procfile. For the other, add a Procfile or remove the Dockerfile.',
  ])
})

test('a Procfile wins over the types of the buildpack, and what it leaves out stays', async () => {
  using source = await sourceOf({ ...NODE, Procfile: 'worker: node worker.js\nrelease: node migrate.js' })
  const { plan, declared } = planFor(source)
  expect(plan.processTypes).toEqual({ worker: 'node worker.js', release: 'node migrate.js', web: 'node .' })
  expect(declared).toEqual(['worker', 'release'])
})

test('an image starts itself where the Procfile does not say otherwise', async () => {
  using source = await sourceOf({ ...DOCKER, Procfile: 'worker: run-jobs' })
  expect(planFor(source).plan.processTypes).toEqual({ worker: 'run-jobs', web: null })
})

test('a tree that no buildpack knows gets told what was looked for and what to do', async () => {
  using source = await sourceOf({ 'README.md': '', 'src/main.c': '' })
  const failure = failureOf(() => planFor(source))
  expect(failure.code).toBe('build.no-language')
  expect(failure.message).toContain('the top directory has: README.md, src.')
  expect(failure.help.fix).toMatch(/npm init.+index\.html.+Dockerfile/)
})

test('an app in a directory further down is pointed out', async () => {
  using source = await sourceOf({ 'README.md': '', 'app/package.json': '{}' })
  expect(failureOf(() => planFor(source)).help.fix).toContain('There is app/package.json: move it')
})

test.each(['package.json', 'Dockerfile', 'Procfile'])('a %s that is a link decides nothing', async (name) => {
  using source = await sourceOf([
    { name, type: 'symlink', linkname: 'elsewhere' },
    { name: 'elsewhere', content: '{}' },
  ])
  expect(failureOf(() => planFor(source)).code).toBe('source.symlinked-file')
})

test.each([
  ['FROM a\nEXPOSE 80\nFROM b\nEXPOSE 9000/tcp 9001', 9000],
  ['FROM a\nEXPOSE 53/udp \\\n  8081', 8081],
  ['FROM a\nEXPOSE $PORT', undefined],
  ['FROM a\n# EXPOSE 80', undefined],
])('the Dockerfile %j exposes %s', async (Dockerfile, port) => {
  using source = await sourceOf({ Dockerfile })
  expect(planFor(source).plan.port).toBe(port)
})

function failureOf(run: () => unknown): BuildFailure {
  try {
    run()
  } catch (error) {
    return error as BuildFailure
  }
  return expect.unreachable()
}
