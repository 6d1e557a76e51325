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

async function planOf(json: object, files: Record<string, string>): Promise<BuildPlan> {
  using source = await sourceOf({ 'package.json': JSON.stringify(json), 'server.js': '', ...TREE, ...files })
  return planFor(source).plan
}
