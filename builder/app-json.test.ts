import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { missingEnv } from './app-json/env.ts'
import { parseAppJson } from './app-json.ts'
import { BuildFixture, scripts } from './build-fixture.ts'
import { planFor } from './detect.ts'
import { renderDockerfile } from './dockerfile.ts'
import { sourceOf } from './source-fixture.ts'

const read = (value: object) => parseAppJson(JSON.stringify(value))
const mistakeOf = (value: object | string) => {
  try {
    parseAppJson(typeof value === 'string' ? value : JSON.stringify(value))
  } catch (error) {
    return (error as Error).message
  }
  return 'none'
}

test('a file of all that Heroku and Dokku know is read', () => {
  const { manifest, warnings } = read({
    name: 'Shop',
    stack: 'heroku-24',
    env: {
      PLAIN: 'value',
      SECRET_KEY_BASE: { generator: 'secret', description: 'signs cookies' },
      STRIPE_KEY: { description: 'from the dashboard' },
      FORM: { value: '' },
      OPTIONAL: { required: false },
      PORT: '3000',
      LEVEL: 3,
    },
    formation: { web: { quantity: 2, size: 'Standard-2X' }, worker: { quantity: 0 } },
    addons: ['heroku-postgresql:mini', { plan: 'heroku-redis', as: 'CACHE', options: { version: 7 } }],
    buildpacks: [{ url: 'heroku/nodejs' }, { url: 'https://example.com/pack.git#v1' }],
    scripts: { postdeploy: 'rake db:seed', dokku: { predeploy: 'make', postdeploy: 'notify' } },
    cron: [
      { command: 'node tick.js', schedule: '*/5 * * * *' },
      { command: 'x', schedule: '@daily', maintenance: true },
    ],
    healthchecks: {
      web: [{ type: 'startup', path: '/up', timeout: 3, attempts: 4, wait: 2 }],
      worker: [{ uptime: 5 }],
    },
  })
  expect(manifest.env.map(({ name, value, generated, required }) => [name, value, generated, required])).toEqual([
    ['PLAIN', 'value', false, false],
    ['SECRET_KEY_BASE', null, true, true],
    ['STRIPE_KEY', null, false, true],
    ['FORM', null, false, true],
    ['OPTIONAL', null, false, false],
    ['LEVEL', '3', false, false],
  ])
  expect(manifest).toMatchObject({
    formation: { web: { quantity: 2, memoryMb: 1_024 }, worker: { quantity: 0, memoryMb: null } },
    addons: [
      { plan: 'heroku-postgresql:mini', as: null, options: {} },
      { plan: 'heroku-redis', as: 'CACHE', options: { version: '7' } },
    ],
    buildpacks: ['heroku/nodejs', 'https://example.com/pack.git#v1'],
    scripts: { predeploy: 'make', afterFirst: 'rake db:seed', afterEach: 'notify' },
    cron: [
      { command: 'node tick.js', schedule: '*/5 * * * *', concurrency: 'forbid', paused: false },
      { command: 'x', schedule: '@daily', concurrency: 'forbid', paused: true },
    ],
    healthChecks: {
      web: { path: '/up', timeoutMs: 3_000, deadlineMs: 20_000, uptimeMs: null },
      worker: { path: null, timeoutMs: null, deadlineMs: null, uptimeMs: 5_000 },
    },
  })
  expect(warnings).toEqual(['app.json: env.PORT was left out: the platform sets PORT for each instance.'])
})

test('all mistakes are told together, each with its path', () => {
  const message = mistakeOf({
    env: { 'A-B': 'x', KEY: { generator: 'uuid', value: ['x'] }, NUL: 'a\0b' },
    formation: { web: { quantity: -1 } },
    cron: [{ schedule: '61 * * * *', command: 'x' }, { command: 'y' }, 'z', { schedule: '0 0 30 2 *', command: 'q' }],
    healthchecks: { web: { path: '/' } },
    scripts: 'make',
  })
  for (const part of [
    'env.A-B cannot name a config var',
    'env.KEY.generator must be secret',
    'env.KEY.value must be text',
    'env.NUL holds a NUL byte',
    'formation.web.quantity must be a whole number from 0 to 100',
    'cron[0].schedule is no schedule: Invalid value for minute: 61',
    'cron[1].schedule is missing',
    'scripts must be an object, in { }',
    'cron[2] must be an object with command and schedule; cron[3].schedule never comes due; and 1 more',
  ]) {
    expect(message).toContain(part)
  }
})

test.each([
  ['{', 'app.json cannot be used: it is no JSON: line 1, column 2 has the end of the file'],
  ['[]', 'it must be an object, in { }'],
  [{ cron: [{ command: 'x', schedule: '* * * *' }] }, 'cron[0].schedule must be five fields'],
  [{ cron: [{ command: 'x', schedule: '2030-01-01T00:00:00' }] }, 'cron[0].schedule must be five fields'],
  [{ cron: [{ command: 'x', schedule: '0 0 30 2 *' }] }, 'cron[0].schedule never comes due'],
  [{ cron: [{ command: 'x', schedule: '@hourly', timezone: 'Europe/Berlin' }] }, 'cron[0].timezone must be UTC'],
  [{ cron: [1, 2].map(() => ({ command: 'x', schedule: '@hourly' })) }, 'cron[1] is the same as cron[0]'],
  [{ healthchecks: { web: [{ path: '/ HTTP/1.1\r\nX: y' }] } }, 'healthchecks.web[0].path must be a path'],
  [{ addons: [{}] }, 'addons[0].plan is missing'],
  [{ buildpacks: [{}] }, 'buildpacks[0] needs a url'],
])('%j is refused', (value, message) => {
  expect(mistakeOf(value)).toContain(message)
})

test('what is not followed is said, and stops nothing', () => {
  const { warnings } = read({
    enviroment: {},
    environments: { review: {} },
    scripts: { 'pr-predestroy': 'x', release: 'y' },
    formation: { web: { size: 'huge', max_parallel: 2 }, release: { quantity: 1 } },
    healthchecks: {
      web: [
        { type: 'liveness', path: '/' },
        { path: '/', content: 'ok' },
      ],
    },
  })
  expect(warnings).toEqual([
    'app.json: enviroment is not known and was left out.',
    'app.json: environments is not read: there are no review apps and no tests here.',
    'app.json: formation.web.max_parallel is not known here and was left out.',
    'app.json: formation.web.size: the size huge is not known here; instances get 512 MB.',
    'app.json: formation.release was left out: the release command is not scaled.',
    'app.json: scripts.pr-predestroy is not run: there are no review apps here.',
    'app.json: scripts.release is not run: the release command is the line `release: ...` of the Procfile.',
    'app.json: healthchecks.web[0] was left out: there are checks at the start here, none of the type liveness.',
    'app.json: healthchecks.web[1].content is not looked at by the checks of this box.',
  ])
})

test('config vars are given where the app has none, and never changed', () => {
  const { manifest } = read({ env: { A: '1', B: '2', KEY: { generator: 'secret' }, OLD: { generator: 'secret' } } })
  const { config, generated } = missingEnv(manifest, { B: 'mine', OLD: 'kept' })
  expect(config).toEqual({ A: '1', KEY: expect.stringMatching(/^[0-9a-f]{64}$/) })
  expect(generated).toEqual(['KEY'])
  expect(missingEnv(manifest, {}).config['KEY']).not.toBe(config['KEY'])
})

test('what only a person can know is asked for by one command for all of it', () => {
  const { manifest } = read({ env: { STRIPE: { description: 'from the dashboard' }, DSN: {}, C: { required: false } } })
  expect(() => missingEnv(manifest, {})).toThrow(
    expect.objectContaining({
      code: 'config.missing',
      message: 'app.json asks for config vars that are not set: STRIPE, DSN.',
      help: {
        fix: 'Set all of them with one command, then push again. STRIPE: from the dashboard',
        command: 'paas config:set STRIPE=<value> DSN=<value>',
      },
    }),
  )
  expect(missingEnv(manifest, { STRIPE: 'x', DSN: '' }).config).toEqual({})
})

test('what the addons of the file will bring is not asked for', () => {
  const env = { DATABASE_URL: {}, CACHE_URL: {}, REDIS_URL: {}, MEMCACHED_URL: {} }
  const { manifest } = read({
    env,
    addons: ['heroku-postgresql', 'memcached:mini', { plan: 'heroku-redis', as: 'CACHE' }],
  })
  expect(() => missingEnv(manifest, {})).toThrow('app.json asks for a config var that is not set: REDIS_URL.')
  const { manifest: ofMysql } = read({ env: { DATABASE_URL: {} }, addons: ['mysql:small'] })
  expect(missingEnv(ofMysql, {}).config).toEqual({})
})

const NODE = { 'package.json': '{}', 'server.js': '', 'app.json': '{"scripts":{"dokku":{"predeploy":"make $X"}}}' }

test('predeploy is the last step, in the image that runs and with the whole source', async () => {
  using source = await sourceOf(NODE)
  const { plan } = planFor(source)
  const text = 'export PATH="$PWD/node_modules/.bin:$PATH"\nmake $X'
  const variables = { NODE_ENV: 'production' }
  expect(plan.steps.at(-1)).toMatchObject({
    commands: [['sh', '-c', text]],
    variables,
    inRunImage: true,
    secrets: true,
  })
  const lines = renderDockerfile(plan, { stack: 'stack', app: 'shop', certificates: false, runtimes: [] }).split('\n')
  const at = lines.findIndex((line) => line.includes('make $X'))
  expect(lines[at - 1]).toBe('COPY --chown=1000:1000 [".","./"]')
  expect(lines.slice(at).some((line) => line.startsWith('FROM'))).toBe(false)
})

test('a build gives what the app lacks to its steps and to whoever asked, hidden in the output', async () => {
  using box = new BuildFixture()
  const env = { SIGNING_KEY: { generator: 'secret' }, GREETING: 'good morning', MINE: 'from the file' }
  const predeploy = 'echo "$SIGNING_KEY-$MINE" | tee seen.txt'
  const files = {
    'package.json': '{}',
    'server.js': '',
    'app.json': JSON.stringify({ env, scripts: { dokku: { predeploy } } }),
  }
  const done = await box.build(files, { environment: { MINE: 'set by hand' } })
  if (done?.type !== 'done') throw new Error(JSON.stringify(done))
  const key = done.config?.['SIGNING_KEY'] ?? ''
  expect(done.config).toEqual({ SIGNING_KEY: expect.stringMatching(/^[0-9a-f]{64}$/), GREETING: 'good morning' })
  expect(readFileSync(join(done.image, 'app', 'seen.txt'), 'utf8')).toBe(`${key}-set by hand\n`)
  expect(box.text).toContain('GREETING\nSIGNING_KEY (generated)\n')
  expect(box.text).toContain('[SIGNING_KEY]-[MINE]')
  expect(JSON.stringify(box.events.slice(0, -1))).not.toContain(key)
})

test('a build without what it needs fails before its first step', async () => {
  using box = new BuildFixture()
  const files = { ...scripts('echo built'), 'app.json': '{"env":{"STRIPE_KEY":{}}}' }
  expect(await box.build(files)).toMatchObject({
    code: 'config.missing',
    command: 'paas config:set STRIPE_KEY=<value>',
  })
  expect(box.text).not.toContain('built')
})

test('a Dockerfile is left as it is, with a word on what that means', async () => {
  using source = await sourceOf({ ...NODE, Dockerfile: 'FROM node' })
  const { plan } = planFor(source)
  expect(plan.steps).toEqual([])
  expect(plan.warnings).toContainEqual(
    'app.json: scripts.dokku.predeploy is not run: make it a RUN line of the Dockerfile.',
  )
})

test('foreign buildpacks and process types that are not there are told at the push', async () => {
  const wishes = { buildpacks: ['heroku/nodejs', 'https://example.com/x'], formation: { clock: {} } }
  using source = await sourceOf({ ...NODE, 'app.json': JSON.stringify(wishes) })
  expect(planFor(source).plan.warnings.filter((line) => line.startsWith('app.json'))).toEqual([
    expect.stringContaining(
      'app.json: its buildpacks are not followed; Node.js was found. heroku/nodejs cannot be used',
    ),
    'app.json: formation.clock was left out: there is no such line in the Procfile.',
  ])
})
