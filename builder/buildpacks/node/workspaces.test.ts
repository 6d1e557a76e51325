import { expect, test } from 'vitest'
import { planFor } from '../../detect.ts'
import type { BuildPlan } from '../../plan.ts'
import { sourceOf } from '../../source-fixture.ts'

const MANIFEST = '{"name":"x"}'
const TREE = {
  'apps/web/package.json': MANIFEST,
  'apps/web/index.js': '',
  'packages/a/package.json': MANIFEST,
  'packages/old/package.json': MANIFEST,
  'packages/a/node_modules/b/package.json': MANIFEST,
}
const MANIFESTS = ['package.json', 'apps/web/package.json', 'packages/a/package.json']

test.each([
  ['npm', { workspaces: ['./apps/*', 'packages/*', '!packages/old'] }, { 'package-lock.json': '{}' }],
  ['Yarn', { workspaces: { packages: ['apps/*', 'packages/a/'] } }, { 'yarn.lock': '' }],
  [
    'pnpm',
    {},
    {
      'pnpm-lock.yaml': '',
      'pnpm-workspace.yaml': 'packages:\n  # all\n  - \'apps/**\'\n  - packages/* # most\n  - "!packages/old"\n',
    },
  ],
  ['pnpm in one line', {}, { 'pnpm-lock.yaml': '', 'pnpm-workspace.yaml': 'packages: ["apps/*", packages/a]\n' }],
])('only the manifests of a workspace of %s decide whether it is installed again', async (_, json, files) => {
  const plan = await planOf(json, files)
  expect(plan.steps[0]?.inputs.filter((path) => path.endsWith('package.json'))).toEqual(MANIFESTS)
  expect(plan.steps[0]?.inputs).toEqual(expect.arrayContaining(Object.keys(files)))
})

test.each([{ bin: 'cli.js' }, { scripts: { postinstall: 'node-gyp rebuild' } }])(
  'a package with %j is installed with its files at hand',
  async (fields) => {
    const files = { 'package-lock.json': '{}', 'apps/web/package.json': JSON.stringify(fields) }
    expect((await planOf({ workspaces: ['apps/*'] }, files)).steps[0]?.inputs).toEqual(['.'])
  },
)

test('settings of pnpm alone make no workspace', async () => {
  const files = { 'pnpm-lock.yaml': '', 'pnpm-workspace.yaml': 'onlyBuiltDependencies:\n  - esbuild\n' }
  expect((await planOf({ dependencies: { ms: '*' } }, files)).steps[0]?.inputs).toEqual([
    'package.json',
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
  ])
})

const WEB = JSON.stringify({ name: 'web', scripts: { build: 'b', start: 'node dist/a.js' }, dependencies: { a: '*' } })
const NEEDED = { 'packages/a/package.json': JSON.stringify({ name: 'a', scripts: { build: 'tsc' } }) }

test('the only package that can be started is the app, and what it needs is built before it', async () => {
  const plan = await planOf(
    { workspaces: ['apps/*', 'packages/*'] },
    {
      'package-lock.json': '{}',
      'apps/web/package.json': WEB,
      ...NEEDED,
    },
    {},
  )
  expect(plan.steps[2]).toMatchObject({
    name: 'Running build of packages/a, build of apps/web',
    commands: [
      ['npm', 'run', 'build', '--workspace=packages/a'],
      ['npm', 'run', 'build', '--workspace=apps/web'],
    ],
  })
  expect(plan.processTypes).toEqual({ web: 'cd apps/web && exec node dist/a.js' })
  expect(plan.path).toEqual(['apps/web/node_modules/.bin', 'node_modules/.bin'])
})

test('a web line names the package to build, and a build script at the top builds them all', async () => {
  const files = {
    'pnpm-lock.yaml': '',
    'pnpm-workspace.yaml': 'packages: [apps/*]',
    'apps/web/package.json': WEB,
    'apps/api/package.json': '{"name":"api","scripts":{"start":"node api.js"}}',
  }
  await expect(planOf({}, files, {})).rejects.toMatchObject({
    code: 'node.several-apps',
    message: expect.stringContaining('apps/web, apps/api'),
  })
  const Procfile = 'web: pnpm --filter web start'
  expect((await planOf({}, { ...files, Procfile }, {})).steps.at(-1)?.commands[0]).toEqual([
    'pnpm',
    '--dir',
    'apps/web',
    'run',
    'build',
  ])
  const whole = await planOf({ scripts: { build: 'turbo build' } }, { ...files, Procfile }, {})
  expect(whole.steps.at(-1)?.commands[0]).toEqual(['pnpm', 'run', 'build'])
})

test('a package whose framework makes files has nothing but these in the image', async () => {
  const json = '{"name":"web","scripts":{"build":"vite build"},"devDependencies":{"vite":"*"}}'
  const plan = await planOf(
    { workspaces: ['apps/*'] },
    {
      'package-lock.json': '{}',
      'apps/web/package.json': json,
      'apps/web/index.html': '',
    },
    {},
  )
  expect(plan.processTypes).toEqual({ web: 'node .paas/static-server.mjs apps/web/dist --spa' })
  expect(plan.outputs).toEqual(['apps/web/dist'])
})

async function planOf(
  json: object,
  files: Record<string, string>,
  start: Record<string, string> = { 'server.js': '' },
): Promise<BuildPlan> {
  using source = await sourceOf({ 'package.json': JSON.stringify(json), ...start, ...TREE, ...files })
  return planFor(source).plan
}
