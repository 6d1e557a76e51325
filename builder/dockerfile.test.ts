import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { configVarsFile, renderDockerfile } from './dockerfile.ts'
import { planExample } from './example-plan.ts'
import type { BuildPlan } from './plan.ts'
import { npmProgram } from './runtime.ts'

const OPTIONS = { stack: 'paas/stack:test', app: 'app_1', certificates: false, runtimes: [] }

test('an app without steps is one COPY on the stack', () => {
  expect(renderDockerfile(planExample('hello-node'), OPTIONS).split('\n')).toEqual([
    'FROM paas/stack:test AS base',
    'WORKDIR /app',
    'COPY --chown=1000:1000 [".","./"]',
    'ENV NODE_ENV="production"',
    'ENV PATH="/app/node_modules/.bin:$PATH"',
    'USER 1000:1000',
    'CMD ["/bin/sh","-c","node server.js"]',
    '',
  ])
})

test('dependencies stand before the source, in one stage when nothing is built', () => {
  const [install] = planExample('node-build').steps
  const text = renderDockerfile({ ...planExample('node-build'), steps: install ? [install] : [] }, OPTIONS)
  expect(text.match(/^FROM /gm)).toHaveLength(1)
  expect(text.indexOf('RUN ')).toBeGreaterThan(
    text.indexOf('COPY --chown=1000:1000 ["package.json","package-lock.json","./"]'),
  )
  expect(text.indexOf('RUN ')).toBeLessThan(text.indexOf('COPY --chown=1000:1000 [".","./"]'))
})

test('what a build leaves behind stays out of the final image', () => {
  const steps = planExample('node-build').steps.filter(({ aside }) => aside === undefined)
  const text = renderDockerfile({ ...planExample('node-build'), steps }, OPTIONS)
  const final = text.slice(text.lastIndexOf('FROM '))
  expect(final).toMatch(/^FROM base\nCOPY --from=build --chown=1000:1000 \["\/app","\/app"\]\n/)
  expect(final).not.toContain('RUN')
})

test('a step aside begins the image, which gets from the others only what the code decides about', () => {
  const text = renderDockerfile(planExample('node-build'), OPTIONS)
  const [installed, aside, build, final] = text.split(/^FROM (?:base|installed).*\n/m).slice(1)
  expect(installed).toMatch(/^USER 1000:1000\nCOPY .*package\.json.*\nRUN .*&& touch .*"ci","--include=dev"\]\n$/)
  expect(aside).toMatch(/^RUN .*"prune".*\n$/)
  expect(build).toMatch(/^COPY .*\["\.","\.\/"\]\nRUN .*"run","build"\]\nUSER 0:0\nRUN .*"node_modules"\]\n$/)
  expect(final).toMatch(
    /^COPY --from=aside .*\["\/app","\/app"\]\nCOPY --from=build .*\["\/run\/paas-given\/","\/app\/"\]\nENV /,
  )
  expect(text.match(/^FROM .*/gm)).toEqual([
    'FROM paas/stack:test AS base',
    'FROM base AS installed',
    'FROM installed AS aside',
    'FROM installed AS build',
    'FROM base',
  ])
})

test('no stage that a build has worked in is mounted or copied whole, for BuildKit would read all of it', () => {
  const built = planExample('node-build')
  const assetSteps = built.steps.filter(({ aside }) => aside === undefined)
  const texts = [built, { ...planExample('python-plain'), assetSteps }].map((plan) => renderDockerfile(plan, OPTIONS))
  for (const text of texts) {
    expect(text).not.toContain('--mount=type=bind,')
    expect(text.match(/^COPY --from=(?:build|assets) .*/gm)).toEqual([expect.stringContaining('["/run/paas-given/",')])
  }
})

test('packages of the build alone stay out of the final image, and so does what it made but the outputs', () => {
  const [install] = planExample('node-build').steps
  const steps = install ? [install] : []
  const plan = { ...planExample('node-build'), packages: ['libpq5'], buildPackages: ['gcc'], steps, outputs: ['lib'] }
  const [base, build, final] = renderDockerfile(plan, OPTIONS).split(/^FROM base.*\n/m)
  expect(base).toContain('"libpq5"')
  expect(build).toMatch(/^RUN .*"gcc"\]\nUSER 1000:1000\nCOPY .*package\.json.*\nRUN /)
  expect(final).toMatch(/^COPY --from=build .*"\/app\/lib".*\nCOPY --chown=1000:1000 \["\.","\.\/"\]\n/)
  expect(final).not.toContain('RUN')
})

test('a step of the run image comes after the outputs and copies the source itself', () => {
  const [install] = planExample('node-build').steps
  const steps = install ? [install, { ...install, inputs: ['.'], inRunImage: true as const }] : []
  const plan = { ...planExample('node-build'), buildPackages: ['gcc'], steps, outputs: ['lib'] }
  const [, , final] = renderDockerfile(plan, OPTIONS).split(/^FROM base.*\n/m)
  expect(final).toMatch(/^COPY --from=build .*\nUSER 1000:1000\nCOPY --chown=1000:1000 \["\.","\.\/"\]\nRUN /)
  expect(final?.match(/COPY --chown/g)).toHaveLength(1)
})

test('commands are JSON arrays in which no value meets a shell', () => {
  const plan = withCommand(['npm', 'run', 'a"b $(touch /tmp/x) \\'])
  const run = renderDockerfile(plan, OPTIONS)
    .split('\n')
    .find((line) => line.startsWith('RUN '))
  const argv: string[] = JSON.parse(run?.slice(run.indexOf('[')) ?? '')
  expect(argv.slice(-4)).toEqual(['paas-step-1', 'npm', 'run', 'a"b $(touch /tmp/x) \\'])
  expect(argv.slice(0, 3)).toEqual(['env', 'A=1', 'npm_config_cache=/cache/npm'])
})

test('config vars and certificates are mounted for the step, the cache belongs to the app', () => {
  const run = renderDockerfile(withCommand(['true']), { ...OPTIONS, certificates: true })
  expect(run).toContain('--mount=type=cache,id=paas-app_1-npm,target=/cache/npm,uid=1000,gid=1000')
  expect(run).toContain('--mount=type=secret,id=env,target=/run/paas/env,uid=1000,gid=1000,required=false')
  expect(run).toContain('--mount=type=secret,id=ca,')
  expect(run).toContain('NODE_EXTRA_CA_CERTS=/run/paas/ca.crt')
})

test('another Node.js is installed below everything else', () => {
  const runtimes = [{ name: 'node', version: '>=20 <21', because: 'engines.node' }]
  const text = renderDockerfile(planExample('hello-node'), { ...OPTIONS, runtimes })
  const { package: name } = npmProgram({ name: 'node', version: '>=20 <21', because: '' }) ?? {}
  expect(text).toContain(`"paas-install-node","${name}",">=20 <21","/opt/node",`)
  expect(text).toContain(`\nENV PATH="/opt/node/node_modules/${name}/bin:$PATH"\n`)
  expect(text.indexOf('/opt/node')).toBeLessThan(text.indexOf('COPY'))
  expect(text).not.toContain('type=cache')
})

test('a tool of the build is lent to its steps and is in no layer of the image', () => {
  const runtimes = [{ name: 'pnpm', version: '10.2.0', because: 'packageManager', only: 'build' as const }]
  const text = renderDockerfile(withCommand(['pnpm', 'install']), { ...OPTIONS, runtimes })
  expect(text).toMatch(
    /^FROM paas\/stack:test AS tool-pnpm\nRUN .*"pnpm","10\.2\.0","\/opt\/pnpm",.*\nFROM .* AS base\n/,
  )
  const run = text.split('\n').findLast((line) => line.startsWith('RUN '))
  expect(run).toContain('--mount=type=bind,from=tool-pnpm,source=/opt/pnpm,target=/opt/pnpm')
  expect(run).toContain('"PATH=/opt/pnpm/node_modules/.bin:$PATH; if ')
  expect(text.slice(text.indexOf(' AS base'))).not.toMatch(/ENV PATH=.*opt/)
})

test('manifests of a workspace keep their directories, and a cache may stand in the app itself', () => {
  const [step] = withCommand(['true']).steps
  const inputs = ['package.json', 'apps/web/package.json', 'packages/a/package.json', '.yarn/releases/']
  const caches = [{ id: 'next', path: '.next/cache' }]
  const plan = { ...planExample('hello-node'), steps: step ? [{ ...step, inputs, caches }] : [] }
  const text = renderDockerfile(plan, OPTIONS)
  for (const copy of [
    '"package.json","./"',
    '"apps/web/package.json","./apps/web/"',
    '".yarn/releases/","./.yarn/releases/"',
  ]) {
    expect(text).toContain(`COPY --chown=1000:1000 [${copy}]`)
  }
  expect(text).toContain('--mount=type=cache,id=paas-app_1-next,target=/app/.next/cache,')
})

test('quotes, dollars and backslashes in the environment mean themselves', () => {
  const plan = { ...planExample('hello-node'), environment: { A: 'a "b" $c \\d' } }
  expect(renderDockerfile(plan, OPTIONS)).toContain('ENV A="a \\"b\\" \\$c \\\\d"')
})

test('a shell reads every config var back as it was', () => {
  const values = { A: "it's", B: '$(id) `id` "x" \\', C: 'two\nlines', D: '', E: "'''" }
  const script = `set -a; ${configVarsFile({ ...values, 'x; exit 1; y': '' })} set +a; exec "$0" -e 'console.log(JSON.stringify(process.env))'`
  const seen = JSON.parse(execFileSync('sh', ['-c', script, process.execPath], { env: {}, encoding: 'utf8' }))
  expect(seen).toMatchObject(values)
})

function withCommand(argv: string[]): BuildPlan {
  const step = {
    name: 'Step',
    inputs: ['package.json'],
    commands: [argv],
    caches: [{ id: 'npm', variable: 'npm_config_cache' }],
    variables: { A: '1' },
    secrets: true,
  }
  return { ...planExample('hello-node'), steps: [step] }
}
