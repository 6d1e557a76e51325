import { expect, test } from 'vitest'
import { planFor } from '../detect.ts'
import type { BuildPlan } from '../plan.ts'
import { sourceOf } from '../source-fixture.ts'

const DEPENDENCIES = { dependencies: { ms: '^2.0.0' } }

test('with a lock file and no build script, only what runs is installed, and only from the manifests', async () => {
  const plan = await planOf(DEPENDENCIES, { 'package-lock.json': '{}', '.npmrc': '' })
  expect(plan.steps).toHaveLength(1)
  expect(plan.steps[0]).toMatchObject({
    name: 'Installing dependencies',
    inputs: ['package.json', 'package-lock.json', '.npmrc'],
    commands: [['npm', 'ci', '--omit=dev']],
    secrets: true,
  })
  expect(plan.warnings).toEqual([])
})

test('a shrinkwrap wins over a lock file, as in npm itself', async () => {
  const plan = await planOf(DEPENDENCIES, { 'package-lock.json': '{}', 'npm-shrinkwrap.json': '{}' })
  expect(plan.steps[0]?.inputs).toEqual(['package.json', 'npm-shrinkwrap.json'])
})

test('a build script gets the development tools, and the image packages that only manifests decide about', async () => {
  const json = { ...DEPENDENCIES, devDependencies: { esbuild: '*' }, scripts: { build: 'esbuild' } }
  const plan = await planOf(json, { 'package-lock.json': '{}' })
  const commands = plan.steps.flatMap((step) => step.commands.map((argv) => argv.join(' ')))
  expect(commands).toEqual(['npm ci --include=dev', 'npm prune --omit=dev --ignore-scripts', 'npm run build'])
  expect(plan.steps.map(({ inputs, aside }) => [inputs, aside])).toEqual([
    [['package.json', 'package-lock.json'], undefined],
    [[], 'node_modules'],
    [['.'], undefined],
  ])
})

test('where more than manifests decides about packages, development tools are pruned after the build', async () => {
  const json = { ...DEPENDENCIES, scripts: { build: 'esbuild' } }
  const files = { 'package-lock.json': '{}' }
  for (const scripts of [{ preinstall: 'node check.js' }, { 'heroku-prebuild': 'node check.js' }]) {
    const { steps } = await planOf({ ...json, scripts: { ...json.scripts, ...scripts } }, files)
    expect(steps.at(-1)?.commands.at(-1)).toEqual(['npm', 'prune', '--omit=dev', '--ignore-scripts'])
    expect(steps.every(({ aside }) => aside === undefined)).toBe(true)
  }
})

test('heroku-postbuild is run instead of build, and heroku-prebuild before all else', async () => {
  const scripts = { build: 'a', 'heroku-postbuild': 'b', 'heroku-prebuild': 'c' }
  const plan = await planOf({ ...DEPENDENCIES, scripts }, { 'package-lock.json': '{}' })
  expect(plan.steps.map(({ name }) => name)).toEqual([
    'Running heroku-prebuild',
    'Installing dependencies',
    'Running heroku-postbuild',
  ])
})

test.each([
  ['a preinstall script', { ...DEPENDENCIES, scripts: { preinstall: 'node check.js' } }],
  ['a dependency in the tree', { dependencies: { own: 'file:./own' } }],
])('an app with %s is installed with the whole tree at hand', async (_, json) => {
  const plan = await planOf(json, { 'package-lock.json': '{}' })
  expect(plan.steps[0]?.inputs).toEqual(['.'])
})

test('install scripts of the app run when its tree is there, so that code alone does not install again', async () => {
  const scripts = { postinstall: 'prisma generate', preinstall: 'npx only-allow npm', build: 'tsc' }
  const plan = await planOf({ ...DEPENDENCIES, scripts }, { 'package-lock.json': '{}' })
  expect(plan.steps.map(({ name }) => name)).toEqual([
    'Installing dependencies',
    'Leaving out development dependencies',
    'Running postinstall, build',
  ])
  expect(plan.steps[0]?.inputs).toEqual(['package.json', 'package-lock.json'])
  expect(plan.steps[0]?.commands[0]).toEqual([
    'node',
    '-e',
    expect.stringContaining('delete'),
    'preinstall',
    'postinstall',
  ])
  expect(plan.steps[2]?.commands.map((argv) => argv.join(' '))).toEqual(['npm run postinstall', 'npm run build'])
})

test('an app without dependencies has nothing to install', async () => {
  const plan = await planOf({ name: 'x' })
  expect(plan.steps).toEqual([])
})

test('without a lock file dependencies are installed with a warning', async () => {
  const plan = await planOf(DEPENDENCIES)
  expect(plan.steps[0]?.commands[0]?.slice(0, 2)).toEqual(['npm', 'install'])
  expect(plan.warnings).toEqual([expect.stringContaining('no package-lock.json')])
})

test('node_modules in git is left out and warned about', async () => {
  const plan = await planOf(DEPENDENCIES, { 'package-lock.json': '{}', 'node_modules/ms/index.js': '' })
  expect(plan.exclude).toEqual(['node_modules'])
  expect(plan.warnings).toEqual([expect.stringContaining('node_modules is in git')])
})

test.each([
  [{ start: 'node server.js' }, 'node server.js'],
  [{ start: 'node --enable-source-maps dist/main.js' }, 'node --enable-source-maps dist/main.js'],
  [{ start: 'node server.js && echo' }, 'npm start'],
  [{ start: 'node $FILE' }, 'npm start'],
  [{ start: 'next start' }, 'next start'],
  [{ start: 'node a.js', prestart: 'node b.js' }, 'npm start'],
])('the scripts %j start the app by %j', async (scripts, command) => {
  expect((await planOf({ scripts }, {}, {})).processTypes).toEqual({ web: command })
})

test('without a start script server.js is started, then the main file', async () => {
  expect((await planOf({}, {}, { 'server.js': '', 'index.js': '' })).processTypes).toEqual({ web: 'node server.js' })
  expect((await planOf({ main: './my app.js' }, {}, { 'my app.js': '' })).processTypes).toEqual({
    web: "node './my app.js'",
  })
  expect((await planOf({ main: 'lib/app' }, {}, { 'lib/app.js': '' })).processTypes).toEqual({ web: 'node lib/app.js' })
})

test('TypeScript is started as it is where Node.js can, and nowhere else', async () => {
  const files = { 'src/index.ts': '' }
  expect((await planOf({}, {}, files)).processTypes).toEqual({ web: 'node src/index.ts' })
  expect((await planOf({ engines: { node: '>=20' } }, {}, files)).processTypes).toEqual({ web: 'node src/index.ts' })
  await expect(planOf({ engines: { node: '20.x' } }, {}, files)).rejects.toMatchObject({ code: 'node.no-start' })
})

test('an app that nothing says how to start is refused', async () => {
  await expect(planOf({ main: 'absent.js' }, {}, {})).rejects.toMatchObject({ code: 'node.no-start' })
})

test('the version of Node.js comes from engines, and says so', async () => {
  expect((await planOf({ engines: { node: '>=20 <23' } })).runtimes).toEqual([
    { name: 'node', version: '>=20 <23', because: 'engines.node in package.json' },
  ])
  expect((await planOf({})).runtimes).toEqual([{ name: 'node', version: '24.x', because: 'the default' }])
  await expect(planOf({ engines: { node: 'newest' } })).rejects.toMatchObject({
    code: 'node.invalid-version',
    message: expect.stringContaining('newest'),
  })
})

test.each([
  ['{\n  "name": "x",\n}', 'line 3, column 1: unexpected }'],
  ['<<<<<<< HEAD\n{}', 'line 1, column 1'],
  ['[]', 'must hold a JSON object'],
  ['{"scripts": ["start"]}', '"scripts" in package.json must be an object'],
])('the package.json %j is refused with the place of the mistake', async (text, message) => {
  using source = await sourceOf({ 'package.json': text })
  expect(() => planFor(source)).toThrow(message)
})

async function planOf(
  json: object,
  files: Record<string, string> = {},
  start: Record<string, string> = { 'server.js': '' },
): Promise<BuildPlan> {
  using source = await sourceOf({ 'package.json': JSON.stringify(json), ...start, ...files })
  return planFor(source).plan
}
