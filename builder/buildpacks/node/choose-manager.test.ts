import { expect, test } from 'vitest'
import { planFor } from '../../detect.ts'
import type { BuildPlan } from '../../plan.ts'
import { sourceOf } from '../../source-fixture.ts'

const DEPENDENCIES = { dependencies: { ms: '^2.0.0' }, scripts: { start: 'node server.js' } }

test.each([
  [
    'pnpm-lock.yaml',
    "lockfileVersion: '9.0'\n",
    'pnpm 10.x (lockfileVersion 9.0)',
    'pnpm install --frozen-lockfile --prod',
  ],
  [
    'pnpm-lock.yaml',
    "lockfileVersion: '6.0'\n",
    'pnpm 8.x (lockfileVersion 6.0)',
    'pnpm install --frozen-lockfile --prod',
  ],
  [
    'yarn.lock',
    '# yarn lockfile v1\n',
    'yarn 1.x (the form of yarn.lock)',
    'yarn install --frozen-lockfile --non-interactive --production=true',
  ],
  ['yarn.lock', '__metadata:\n  version: 6\n', 'yarn 3.x (form 6 of yarn.lock)', 'yarn install --immutable'],
  ['yarn.lock', '__metadata:\n  version: 8\n', 'yarn 4.x (form 8 of yarn.lock)', 'yarn install --immutable'],
  ['bun.lock', '{}', 'bun 1.x (the default)', 'bun install --frozen-lockfile --production'],
  ['bun.lockb', '', 'bun 1.x (the default)', 'bun install --frozen-lockfile --production'],
])('%s with %j is installed by %s', async (file, text, runtime, command) => {
  const plan = await planOf(DEPENDENCIES, { [file]: text })
  expect(plan.runtimes.slice(1).map(told)).toEqual([runtime])
  expect(plan.steps[0]?.inputs).toEqual(['package.json', file])
  expect(plan.steps[0]?.commands.map((argv) => argv.join(' '))).toEqual([command])
  expect(plan.warnings).toEqual([])
})

test.each([
  [{ packageManager: 'pnpm@9.1.0+sha512.abcdef' }, 'pnpm 9.1.0 (packageManager in package.json)'],
  [
    { devEngines: { packageManager: { name: 'pnpm', version: '^9.0.0' } } },
    'pnpm ^9.0.0 (devEngines.packageManager in package.json)',
  ],
  [{ volta: { pnpm: '8.1.0' } }, 'pnpm 8.1.0 (volta.pnpm in package.json)'],
  [{ engines: { pnpm: '>=8' } }, 'pnpm >=8 (engines.pnpm in package.json)'],
])('the version comes from %j', async (fields, runtime) => {
  const plan = await planOf({ ...DEPENDENCIES, ...fields }, { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" })
  expect(plan.runtimes.slice(1).map(told)).toEqual([runtime])
})

test('the npm of the stack is used unless package.json excludes it', async () => {
  const lock = { 'package-lock.json': '{}' }
  expect((await planOf({ ...DEPENDENCIES, engines: { npm: '>=10' } }, lock)).runtimes).toHaveLength(1)
  const plan = await planOf({ ...DEPENDENCIES, packageManager: 'npm@10.9.0' }, lock)
  expect(plan.runtimes.slice(1).map(told)).toEqual(['npm 10.9.0 (packageManager in package.json)'])
})

test('several lock files are settled by packageManager, else by their order, and warned about', async () => {
  const locks = { 'package-lock.json': '{}', 'yarn.lock': '' }
  const first = await planOf(DEPENDENCIES, locks)
  expect(first.steps[0]?.commands[0]?.[0]).toBe('npm')
  expect(first.warnings).toEqual([expect.stringContaining('package-lock.json is used, the first of them')])
  const named = await planOf({ ...DEPENDENCIES, packageManager: 'yarn@1.22.22' }, locks)
  expect(named.steps[0]?.commands[0]?.[0]).toBe('yarn')
  expect(named.warnings).toEqual([expect.stringContaining('Remove package-lock.json from git')])
})

test('a lock file wins over a packageManager that names another program', async () => {
  const plan = await planOf({ ...DEPENDENCIES, packageManager: 'pnpm@10.0.0' }, { 'package-lock.json': '{}' })
  expect(plan.steps[0]?.commands[0]?.slice(0, 2)).toEqual(['npm', 'ci'])
  expect(plan.warnings).toEqual([expect.stringContaining('names pnpm, but the lock file is package-lock.json')])
})

test('a packageManager that cannot be had is refused with the command that mends it', async () => {
  await expect(planOf({ ...DEPENDENCIES, packageManager: 'cnpm@9' })).rejects.toMatchObject({
    code: 'node.package-manager',
    help: { command: 'npm pkg delete packageManager' },
  })
})

test.each([
  ['pnpm -r start', {}],
  ['node server.js', { Procfile: 'web: node server.js\nworker: exec pnpm run work' }],
])('the manager is part of the image where %j and %j start something by it', async (start, files) => {
  const plan = await planOf(
    { ...DEPENDENCIES, scripts: { start } },
    { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n", ...files },
  )
  expect(plan.runtimes[1]).toEqual({ name: 'pnpm', version: '10.x', because: 'lockfileVersion 9.0' })
})

test('development tools are pruned by the manager that installed them', async () => {
  const json = { ...DEPENDENCIES, scripts: { build: 'tsc', start: 'node dist/server.js' } }
  const berry = '__metadata:\n  version: 8\n'
  const pruning = async (files: Record<string, string>) =>
    (await planOf(json, files)).steps.find(({ aside }) => aside === 'node_modules')?.commands
  expect(await pruning({ 'pnpm-lock.yaml': '' })).toEqual([
    expect.arrayContaining(['pnpm', '--prod', '--ignore-scripts']),
  ])
  expect(await pruning({ 'yarn.lock': '' })).toEqual([expect.arrayContaining(['yarn', '--production=true'])])
  const focus = ['yarn', 'workspaces', 'focus', '--all', '--production']
  expect(await pruning({ 'yarn.lock': berry, '.yarnrc.yml': 'nodeLinker: node-modules\n' })).toEqual([focus])
  const playing = await planOf(json, { 'yarn.lock': berry })
  expect(playing.steps.at(-1)?.commands.at(-1)).toEqual(focus)
  expect(await pruning({ 'bun.lock': '' })).toEqual([
    ['rm', '-rf', 'node_modules'],
    ['bun', 'install', '--frozen-lockfile', '--production', '--ignore-scripts'],
  ])
})

test("without node_modules (Plug'n'Play) Yarn finds the packages, so Yarn starts the app", async () => {
  const plan = await planOf(DEPENDENCIES, { 'yarn.lock': '__metadata:\n  version: 8\n' })
  expect(plan.processTypes).toEqual({ web: 'yarn node server.js' })
  expect(plan.runtimes[1]?.only).toBeUndefined()
  const linked = await planOf(DEPENDENCIES, {
    'yarn.lock': '__metadata:\n  version: 8\n',
    '.yarnrc.yml': 'nodeLinker: node-modules\n',
  })
  expect(linked.processTypes).toEqual({ web: 'node server.js' })
  expect(linked.runtimes[1]?.only).toBe('build')
})

test('an app that Bun starts is called that, and has Bun in its image', async () => {
  const plan = await planOf({ dependencies: { ms: '*' }, module: 'index.ts' }, { 'bun.lock': '{}', 'index.ts': '' }, {})
  expect(plan).toMatchObject({ title: 'Bun', processTypes: { web: 'bun index.ts' } })
  expect(plan.runtimes[1]).toEqual({ name: 'bun', version: '1.x', because: 'the default' })
})

function told({ name, version, because }: BuildPlan['runtimes'][number]): string {
  return `${name} ${version} (${because})`
}

async function planOf(
  json: object,
  files: Record<string, string> = {},
  start: Record<string, string> = { 'server.js': '' },
): Promise<BuildPlan> {
  using source = await sourceOf({ 'package.json': JSON.stringify(json), ...start, ...files })
  return planFor(source).plan
}
