import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual, promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commands } from '../../cli/commands.ts'
import { LocalBox, NODE } from '../../scripts/local-box.ts'
import { fillPath } from '../../server/contract/client.ts'
import { API_PREFIX, type OperationId, paths } from '../../server/contract/paths.ts'
import { Person } from './person.ts'

let box: LocalBox
let ada: Person
let cwd: string

beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  ada = await Person.owner(box)
  cwd = await ada.repository('shop')
  await ada.done('apps:create shop', { cwd })
  await ada.done('config:set GREETING=hello', { cwd })
  const { code, stderr } = await ada.git(cwd, 'push', 'paas', 'main')
  if (code !== 0) throw new Error(stderr)
  await ada.done('run true', { cwd })
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})

test('every command is tried in one of these files, under one of its names', async () => {
  const files = (await readdir(import.meta.dirname)).filter((file) => /^cli.*\.test\.ts$/.test(file))
  const texts = await Promise.all(files.map((file) => readFile(join(import.meta.dirname, file), 'utf8')))
  const tried = new Set(
    texts.flatMap((text) =>
      [...text.matchAll(/['`]([a-z-]+(?:[: ][a-z-]+){0,2})(?=[ '`])/g)].flatMap(([, words = '']) =>
        words.split(/[: ]/).map((_, last, parts) => parts.slice(0, last + 1).join(':')),
      ),
    ),
  )
  const untried = commands.filter(({ name, aliases }) => ![name, ...aliases].some((one) => tried.has(one)))
  expect(untried.map(({ name }) => name)).toEqual([])
})

test('help is the same in either way, and by another name', async () => {
  const help = await ada.done('help scale')
  expect(help).toMatch(/^Usage: paas ps:scale .*Examples?:/s)
  expect(await ada.done('scale --help')).toBe(help)
  expect(await ada.done('help ps:scale')).toBe(help)
})

describe('--json prints what the API answers', () => {
  const READS: [words: string, id: OperationId, query?: string][] = [
    ['apps', 'apps.list'],
    ['apps:info', 'apps.info'],
    ['open', 'apps.info'],
    ['maintenance', 'apps.info'],
    ['ps', 'instances.list'],
    ['scale', 'formation.list'],
    ['cron', 'cron.list'],
    ['config', 'config.list'],
    ['config:get GREETING', 'config.list'],
    ['config:export', 'config.list'],
    ['releases', 'releases.list'],
    ['releases:info v1', 'releases.info'],
    ['builds', 'builds.list'],
    ['runs', 'runs.list'],
    ['domains', 'domains.list'],
    ['routing', 'routing.show'],
    ['routing:headers', 'routing.show'],
    ['routing:paths', 'paths.list'],
    ['members', 'members.list'],
    ['activity', 'activity.list', '?limit=15'],
    ['activity --all', 'activity.all', '?limit=15'],
    ['whoami', 'users.me'],
    ['users', 'users.list'],
    ['keys', 'keys.list'],
    ['box:settings', 'box.settings'],
    ['certs --all', 'certs.all'],
    ['certs:settings', 'acme.settings'],
  ]

  test.each(READS)('%s', async (words, id, query = '') => {
    const path = fillPath(paths[id].split(' ')[1] ?? '', { app: 'shop', release: 1 })
    const headers = { authorization: `Bearer ${box.token}` }
    const answer = async () => (await fetch(`${box.apiUrl}${API_PREFIX}${path}${query}`, { headers })).json()
    // A deploy may come to its end just then: what was the same before and after was so in between.
    for (;;) {
      const before: unknown = await answer()
      const said: unknown = JSON.parse(await ada.done([...words.split(' '), '--json'], { cwd }))
      if (isDeepStrictEqual(await answer(), before)) return expect(said).toEqual(before)
    }
  })

  test('changes print theirs, and nothing is mixed into it', async () => {
    await ada.json('config.update', 'config:set A=1', { cwd })
    await ada.json('formation.scale', 'scale web=1', { cwd })
    await ada.json('instances.restart', 'restart web', { cwd })
    await ada.json('releases.rollback', 'rollback v1', { cwd })
    await ada.json('domains.add', 'domains:add www.shop.test', { cwd })
    await ada.json('apps.update', 'maintenance on', { cwd })
    await ada.json('apps.update', 'maintenance off', { cwd })
    await ada.json('users.create', 'users:create grace')
    await ada.json('members.add', 'members:add grace', { cwd })
    await ada.json('tokens.create', 'tokens:create ci --days 1')
    await ada.json('box.info', 'status')
    await ada.json('tokens.list', 'tokens')
  })

  test('streams print one value a line', async () => {
    for (const words of ['logs', 'builds:output']) {
      const lines = (await ada.done([words, '--json'], { cwd })).trimEnd().split('\n')
      expect(lines.length).toBeGreaterThan(2)
      for (const line of lines) expect(JSON.parse(line)).toHaveProperty('text')
    }
  })
})

describe('which app', () => {
  const named = async (words: string, around: { cwd?: string; env?: Record<string, string> } = {}) =>
    (await ada.json('apps.info', words, { cwd, ...around })).name

  beforeAll(async () => {
    await ada.done('apps:create staging --without-remote')
  })

  test('the remote paas says so, also in a folder of the repository; -a and PAAS_APP say otherwise', async () => {
    const folder = join(cwd, 'lib', 'deep')
    await mkdir(folder, { recursive: true })
    expect(await named('info', { cwd: folder })).toBe('shop')
    expect(await named('info -a staging')).toBe('staging')
    expect(await named('info staging')).toBe('staging')
    expect(await named('info', { env: { PAAS_APP: 'staging' } })).toBe('staging')
  })

  test('with several remotes and none called paas, they are listed until one is chosen', async () => {
    await ada.git(cwd, 'remote', 'rename', 'paas', 'live')
    expect(await named('info')).toBe('shop')
    await ada.done('git:remote -a staging --as test', { cwd })
    const { code, stdout, stderr } = await ada.paas('restart', { cwd })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('Several apps have a git remote here.')
    expect(stderr).toMatch(/shop \(live\)\n +staging \(test\)/)
    expect(await named('info -r test')).toBe('staging')
    expect((await ada.paas('info -r nothing', { cwd })).code).toBe(2)
    await ada.git(cwd, 'config', 'paas.remote', 'live')
    expect(await named('info')).toBe('shop')
    await ada.git(cwd, 'remote', 'rename', 'live', 'paas')
    await ada.git(cwd, 'config', '--unset', 'paas.remote')
  })

  test('outside of a repository one has to be named', async () => {
    const { code, stderr } = await ada.paas('ps')
    expect(code).toBe(2)
    expect(stderr).toContain('Name the app with -a')
  })
})

describe('exit codes', () => {
  test.each([
    ['apps', 0],
    ['domains:add shop.paas.test --no-such-option', 2],
    ['no-such-command', 2],
    ['apps:info one two', 2],
    ['rollback', 0],
    ['info -a nothing', 5],
    ['releases:info v99', 5],
    ['logs --num many', 2],
    ['completion tcsh', 2],
    ['rename shop', 0],
    ['rename staging', 1],
    ['rename Shop', 2],
  ])('paas %s ends with %i', async (words, code) => {
    expect((await ada.paas(words, { cwd })).code).toBe(code)
  })

  test('whoever is not signed in is told how, with 4, by every command that needs it', async () => {
    const env = { HOME: join(ada.home, 'nowhere') }
    for (const words of ['apps', 'info -a shop', 'config:set A=1 -a shop', 'keys', 'status', 'run -a shop ls']) {
      const { code, stderr } = await ada.paas(words, { env })
      expect({ words, code }).toEqual({ words, code: 4 })
      expect(stderr).toContain('Try: paas login')
    }
  })
})

test('status tells what the box is, and activity who did what', async () => {
  const status = await ada.done('status')
  expect(status).toMatch(/Engine: +embedded .*does not isolate apps/)
  expect(status).toContain(box.sshFingerprint)
  const activity = await ada.done('activity -n 500', { cwd })
  for (const line of ['owner +api +app.create +shop', 'owner +ssh +push +main', 'config.update +Set GREETING']) {
    expect(activity).toMatch(new RegExp(line))
  }
  expect(activity).not.toContain('hello')
})

test('version says which program this is', async () => {
  expect(await ada.done('version')).toBe(`paas 0.1.0 ${process.platform}-${process.arch} node-${process.version}\n`)
  expect(await ada.done('--version')).toBe(await ada.done('version'))
})

test('bash completes commands, apps, process types and config vars of the real box', async () => {
  await ada.done('apps:create sandbox --without-remote')
  const bin = join(box.data, 'bin')
  const completed = async (line: string) => {
    const script = `source <(paas completion bash); COMP_LINE="$1"; COMP_POINT=\${#1}; _paas; printf '%s\\n' "\${COMPREPLY[@]}"`
    const env = { HOME: ada.home, PATH: `${bin}:${dirname(NODE)}:/usr/bin:/bin` }
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', script, 'bash', line], { cwd, env })
    return stdout.trim().split('\n')
  }
  expect(await completed('paas rele')).toContain('releases')
  expect(await completed('paas config:un')).toEqual(['unset'])
  // A box that does not answer soon enough has nothing to add.
  await expect.poll(() => completed('paas ps -a sand')).toEqual(['sandbox'])
  const types = expect.arrayContaining([expect.stringMatching(/^web/)])
  await expect.poll(() => completed('paas ps:scale we')).toEqual(types)
  await expect.poll(() => completed('paas config:get GREE')).toEqual(['GREETING'])
})
