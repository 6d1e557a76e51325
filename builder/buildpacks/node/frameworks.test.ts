import { expect, test } from 'vitest'
import { planFor } from '../../detect.ts'
import type { BuildPlan } from '../../plan.ts'
import { sourceOf } from '../../source-fixture.ts'

const FILES = 'node .paas/static-server.mjs'

test.each<[string, Record<string, string>, Record<string, string>, string, string[]]>([
  ['next', {}, {}, 'next start', ['.']],
  [
    'next',
    { 'next.config.ts': "export default { output: 'standalone' }" },
    {},
    'node .next/standalone/server.js',
    ['.next/standalone'],
  ],
  ['next', { 'next.config.mjs': "export default { output: 'export' }" }, {}, `${FILES} out`, ['out']],
  ['nuxt', {}, { build: 'nuxt build' }, 'node .output/server/index.mjs', ['.output']],
  ['nuxt', {}, { build: 'nuxt generate' }, `${FILES} .output/public`, ['.output/public']],
  ['@sveltejs/kit @sveltejs/adapter-node', {}, {}, 'node build', ['.']],
  [
    '@sveltejs/kit @sveltejs/adapter-static',
    { 'svelte.config.js': "adapter({ fallback: '200.html' })" },
    {},
    `${FILES} build --spa`,
    ['build'],
  ],
  ['@react-router/dev @react-router/serve', {}, {}, 'react-router-serve ./build/server/index.js', ['.']],
  [
    '@react-router/dev',
    { 'react-router.config.ts': 'export default { ssr: false }' },
    {},
    `${FILES} build/client --spa`,
    ['build/client'],
  ],
  ['@remix-run/dev @remix-run/serve', {}, {}, 'remix-serve ./build/server/index.js', ['.']],
  ['astro', {}, {}, `${FILES} dist`, ['dist']],
  ['astro @astrojs/node', {}, {}, 'node ./dist/server/entry.mjs', ['.']],
  ['vite', { 'index.html': '' }, { build: 'tsc -b && vite build' }, `${FILES} dist --spa`, ['dist']],
  [
    'vite',
    { 'index.html': '', 'vite.config.ts': "build: { outDir: './public/app' }" },
    { build: 'vite build' },
    `${FILES} public/app --spa`,
    ['public/app'],
  ],
  ['gatsby', {}, { start: 'gatsby develop' }, `${FILES} public`, ['public']],
  ['react-scripts', {}, { start: 'react-scripts start' }, `${FILES} build --spa`, ['build']],
  ['@vue/cli-service', {}, {}, `${FILES} dist --spa`, ['dist']],
  [
    '@angular/core',
    { 'angular.json': angular('@angular/build:application') },
    { start: 'ng serve' },
    `${FILES} dist/shop/browser --spa`,
    ['dist/shop/browser'],
  ],
  [
    '@angular/core',
    { 'angular.json': angular('@angular-devkit/build-angular:browser') },
    {},
    `${FILES} dist/shop --spa`,
    ['dist/shop'],
  ],
])('%s with %j and the scripts %j', async (packages, files, scripts, command, outputs) => {
  const plan = await planOf(packages, files, { build: 'build', ...scripts })
  expect(plan.processTypes).toEqual({ web: command })
  expect(plan.outputs).toEqual(outputs)
  expect(plan.notes?.[0]).toContain(`${packages.split(' ')[0]} in package.json`)
})

test("the app's own start script wins, and keeps the whole tree", async () => {
  const plan = await planOf('astro', {}, { build: 'astro build', start: 'node server.mjs' })
  expect(plan).toMatchObject({ processTypes: { web: 'node server.mjs' }, outputs: ['.'] })
  expect(plan.assets).toBeUndefined()
})

test('other process types keep the whole tree, too', async () => {
  const plan = await planOf('astro', { Procfile: 'worker: node worker.js' }, { build: 'astro build' })
  expect(plan.outputs).toEqual(['.'])
  expect(plan.processTypes['web']).toBe(`${FILES} dist`)
})

test('what a framework keeps between builds is a cache of the app, in a place that an earlier step makes', async () => {
  const plan = await planOf('next', {}, { build: 'next build' })
  expect(plan.steps[0]?.commands.at(-1)).toEqual(['mkdir', '-p', '.next/cache'])
  expect(plan.steps.at(-1)?.caches).toContainEqual({ id: 'next', path: '.next/cache' })
})

test('an image that takes only what was built is not pruned before', async () => {
  const plan = await planOf('astro', {}, { build: 'astro build' })
  expect(plan.steps.at(-1)?.commands).toEqual([['npm', 'run', 'build']])
})

test.each([
  ['@sveltejs/kit @sveltejs/adapter-vercel', '@sveltejs/adapter-node'],
  ['astro @astrojs/vercel', '@astrojs/node'],
])('%s is refused with the adapter that it needs', async (packages, adapter) => {
  await expect(planOf(packages, {}, { build: 'build' })).rejects.toMatchObject({
    code: 'node.no-adapter',
    help: { fix: expect.stringContaining(adapter) },
  })
})

test('the adapter is the own business of an app that says how it starts', async () => {
  const files = { Procfile: 'web: node run.js' }
  expect((await planOf('astro @astrojs/vercel', files, { build: 'build' })).processTypes).toEqual({
    web: 'node run.js',
  })
})

test("SvelteKit's adapter-auto is led to the adapter for Node.js, with a warning that it is not locked", async () => {
  const plan = await planOf('@sveltejs/kit @sveltejs/adapter-auto', {}, { build: 'vite build' })
  expect(plan.processTypes).toEqual({ web: 'node build' })
  expect(plan.steps.at(-1)?.variables).toMatchObject({ GCP_BUILDPACKS: 'true' })
  expect(plan.warnings).toEqual([expect.stringContaining('adapter-auto fetches @sveltejs/adapter-node')])
})

function angular(builder: string): string {
  return JSON.stringify({ projects: { shop: { architect: { build: { builder, options: {} } } } } })
}

async function planOf(
  packages: string,
  files: Record<string, string>,
  scripts: Record<string, string>,
): Promise<BuildPlan> {
  const dependencies = Object.fromEntries(packages.split(' ').map((name) => [name, '*']))
  const json = JSON.stringify({ scripts, dependencies })
  using source = await sourceOf({ 'package.json': json, 'package-lock.json': '{}', ...files })
  return planFor(source).plan
}
