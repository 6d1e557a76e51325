import { expect, test } from 'vitest'
import { planFor } from '../../detect.ts'
import { renderDockerfile } from '../../dockerfile.ts'
import { planExample } from '../../example-plan.ts'
import type { BuildPlan } from '../../plan.ts'
import { sourceOf } from '../../source-fixture.ts'

const OPTIONS = { stack: 'paas/stack:test', app: 'app_1', certificates: false, runtimes: [] }
const JSON_FILE = JSON.stringify({ scripts: { build: 'vite build' }, devDependencies: { vite: '*' } })

test.each([
  ['ruby-rails', 'Ruby'],
  ['php-laravel', 'PHP'],
  ['python-django-uv', 'Python'],
])('in %s the language of the app wins, and Node.js builds its assets before', (example, title) => {
  const plan = planExample(example)
  expect(plan.title).toBe(title)
  expect(plan.notes?.at(-1)).toBe(
    `Node.js runs build of package.json first: what this makes stands among the files of the ${title} app.`,
  )
  expect(plan.assetSteps?.at(-1)).toMatchObject({ commands: [['npm', 'run', 'build']], inputs: ['.'] })
  expect(plan.runtimes.at(-1)).toMatchObject({ name: 'node', only: 'build' })
})

test('packages for assets are installed by the lock file and manifests alone, by the manager that the lock file names', async () => {
  const plan = await planOf({ 'package.json': JSON_FILE, 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" })
  expect(plan.assetSteps?.map(({ inputs }) => inputs)).toEqual([['package.json', 'pnpm-lock.yaml'], ['.']])
  expect(plan.assetSteps?.map(({ commands }) => commands[0]?.slice(0, 2))).toEqual([
    ['pnpm', 'install'],
    ['pnpm', 'run'],
  ])
  expect(plan.runtimes.at(-1)).toMatchObject({ name: 'pnpm', only: 'build' })
})

test('a package.json that builds nothing changes nothing', async () => {
  const plain = await planOf({})
  const { notes, runtimes, ...plan } = await planOf({ 'package.json': '{"devDependencies":{"prettier":"*"}}' })
  expect(plan.assetSteps).toBeUndefined()
  expect({ notes, runtimes, steps: plan.steps }).toEqual({ notes: plain.notes, runtimes: plain.runtimes, steps: [] })
})

test('assets are made in a stage of their own, and stand in the source wherever it is copied', async () => {
  const text = renderDockerfile(await planOf({ 'package.json': JSON_FILE, 'package-lock.json': '{}' }), OPTIONS)
  const [assets, final] = text.split(/^FROM base.*\n/m).slice(1)
  expect(assets).toMatch(
    /COPY .*package-lock\.json.*\nRUN .*"ci".*\nCOPY .*\["\.","\.\/"\]\nRUN .*touch .*"run","build"\]\nUSER 0:0\nRUN .*"node_modules"\]\n$/,
  )
  expect(final).toMatch(
    /^COPY --chown=1000:1000 \["\.","\.\/"\]\nCOPY --from=assets --chown=1000:1000 \["\/run\/paas-given\/","\/app\/"\]\n/,
  )
  const rails = renderDockerfile(planExample('ruby-rails'), OPTIONS)
  expect(rails).toMatch(/COPY .*\["\.","\.\/"\]\nCOPY --from=assets .*\nRUN .*SKIP_JS_BUILD=1.*assets:precompile/)
})

async function planOf(files: Record<string, string>): Promise<BuildPlan> {
  using source = await sourceOf({ 'app.py': '', Procfile: 'web: python3 app.py', ...files })
  return planFor(source).plan
}
