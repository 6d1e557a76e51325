import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv, promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Refusal, TestBox } from './test-box.ts'
import { type Finished, type Surroundings, TestCli } from './test-cli.ts'
import { shopHandlers } from './test-handlers.ts'
import { Shop } from './test-shop.ts'

let cli: TestCli
let box: TestBox
let shop: Shop

beforeAll(async () => {
  cli = await TestCli.build()
})
afterAll(() => cli[Symbol.asyncDispose]())
beforeEach(async () => {
  shop = new Shop()
  box = await TestBox.start(shopHandlers(shop))
  await cli.signIn({ url: box.url, ssh: { host: 'box.example.com', port: 2222 } })
  return () => box[Symbol.asyncDispose]()
})

function paas(line: string, around?: Surroundings): Promise<Finished> {
  return cli.run(line.split(' '), around)
}
const run = promisify(execFile)

test('config:set makes one release of all pairs and says so when it serves', async () => {
  const { code, stdout, stderr } = await paas('config:set FOO=a=b BAR= -a shop')
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: '',
    stderr: 'Setting FOO, BAR and restarting shop... done, v10\n',
  })
  expect(shop.vars).toMatchObject({ FOO: 'a=b', BAR: '' })
  expect(box.requestsOf('deploys.watch')).toHaveLength(1)
})

test.each([
  'config:set FOO',
  'config:set A-B=1',
  'config:set =1',
  'config:set __X=1',
  'config:set A=1 A=2',
  'config:set',
  'scale web=x',
  'scale web=101',
  'logs -n many',
  'run',
  'rollback latest',
  'config:get A=B',
  'ps --nonsense',
  'apps one two',
  'run -e X ls',
])('paas %s is refused with exit code 2 before anything is sent', async (line) => {
  const { code, stdout, stderr } = await paas(`-a shop ${line}`)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^ › {2}Error: .+\n( {4,}.+\n)*$/)
  expect(box.requests).toEqual([])
})

test('a deploy that fails is exit code 1 with its reason, and the old release is said to serve', async () => {
  shop.deployReason = 'web.1 crashed at boot.'
  const { code, stderr } = await paas('config:set FOO=bar -a shop')
  expect(code).toBe(1)
  expect(stderr).toContain('restarting shop... !\n ›  Error: Release v10 failed: web.1 crashed at boot.\n')
  expect(stderr).toContain('What served before still serves.')
})

test('a deploy is followed on when the box goes away in the middle of it', async () => {
  let calls = 0
  box.handlers['deploys.watch'] = async function* (_, response) {
    calls += 1
    yield shop.deploy('starting')
    if (calls === 1) response.destroy()
    else yield shop.deploy('live')
  }
  const { code, stderr } = await paas('rollback v8 -a shop')
  expect({ code, calls }).toEqual({ code: 0, calls: 2 })
  expect(stderr).toContain('Rolling back shop to v8... done, v10\n')
  expect(stderr).toContain('To undo: paas rollback v9 -a shop')
})

test('config:export is read back by config:import as it was, in both forms', async () => {
  shop.vars = {
    PLAIN: 'a',
    EMPTY: '',
    SPACES: ' a  b ',
    HASH: 'a#b',
    QUOTES: `it's "so"`,
    LINES: 'a\nb',
    SLASH: 'a\\nb',
    DOLLAR: '$HOME',
  }
  const before = { ...shop.vars }
  const env = await paas('config:export -a shop')
  expect(parseEnv(env.stdout)).toEqual(before)
  const json = await paas('config:export --format json -a shop')
  for (const stdin of [env.stdout, json.stdout]) {
    shop.vars = {}
    expect((await paas('config:import - -a shop', { stdin })).stderr).toBe(
      `Setting 8 config vars and restarting shop... done, v${shop.release}\n`,
    )
    expect(shop.vars).toEqual(before)
  }
})

test('config:export --format shell survives a real shell', async () => {
  shop.vars = { TRICKY: `a'b "c" $(echo no) \\ \n d` }
  const { stdout } = await paas('config:export --format shell -a shop')
  const { stdout: printed } = await run('sh', ['-c', `${stdout}\nprintf %s "$TRICKY"`])
  expect(printed).toBe(shop.vars['TRICKY'])
})

test('config:get prints the raw value; a name that is not set is exit code 5', async () => {
  expect(await paas('config:get SECRET -a shop')).toEqual({ code: 0, stdout: 'hunter2\n', stderr: '' })
  expect(await paas('config:get toString -a shop')).toMatchObject({ code: 5, stdout: '' })
})

test('every --json is the answer of the API', async () => {
  const lines: [string, unknown][] = [
    ['apps', { items: [shop.app()], next: null }],
    ['apps:info -a shop', shop.app()],
    ['config -a shop', { vars: shop.vars }],
    ['scale -a shop', { items: shop.processes, next: null }],
    ['releases:info v8 -a shop', shop.releaseInfo(8)],
    ['builds -a shop', { items: [shop.build()], next: null }],
  ]
  for (const [line, answer] of lines) {
    const { code, stdout } = await paas(`${line} --json`)
    expect({ code, answer: JSON.parse(stdout) }).toEqual({ code: 0, answer })
  }
  const { stdout } = await paas('logs -a shop --json')
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).text),
  ).toEqual(['line 1', 'line 2'])
})

test('apps come whole, however many pages there are', async () => {
  box.handlers['apps.list'] = ({ query }) =>
    query['cursor'] === 'two'
      ? { items: [{ ...shop.app(), name: 'second' }], next: null }
      : { items: [shop.app()], next: 'two' }
  expect((await paas('apps')).stdout).toMatch(/^NAME .*\nshop .*\nsecond .*\n$/)
})

test('scale without arguments prints what scale takes', async () => {
  const { stdout } = await paas('scale -a shop')
  expect(stdout).toBe('web=1 worker=0\n')
  expect((await paas(`ps scale ${stdout.trim()} -a shop`)).stderr).toBe(
    'Scaling shop... done, now running web at 1, worker at 0\n',
  )
})

test('destroy needs the name, and never asks where nobody can answer', async () => {
  expect(await paas('apps:destroy -a shop')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--confirm shop'),
  })
  expect(await paas('apps:destroy -a shop --confirm other')).toMatchObject({ code: 2 })
  expect(box.requestsOf('apps.destroy')).toEqual([])
  expect(await paas('destroy -a shop --confirm shop')).toMatchObject({ code: 0, stderr: 'Destroying shop... done\n' })
  expect(box.requestsOf('apps.destroy')[0]?.query).toEqual({ confirm: 'shop' })
})

test('what the API refuses is shown with its way out, its request and its exit code', async () => {
  expect(await paas('ps -a nope')).toEqual({
    code: 5,
    stdout: '',
    stderr:
      ' ›  Error: There is no app nope.\n    Fix: See which apps there are.\n    Try: paas apps\n    Request: req-1\n',
  })
  box.handlers['builds.cancel'] = () => {
    throw new Refusal({ status: 503, code: 'box.busy', detail: 'Busy.' })
  }
  expect((await paas('builds:cancel bld_1 -a shop')).code).toBe(75)
  expect((await paas('apps', { env: { PAAS_TOKEN: 'paas_x_y' } })).code).toBe(4)
})

test('a private key is not sent, a public one is', async () => {
  const file = join(cli.work, 'id')
  await writeFile(file, '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n')
  expect(await paas('keys:add id')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('private key. It was not sent.'),
  })
  expect(box.requests).toEqual([])
  expect(await paas('keys:add -', { stdin: 'ssh-ed25519 AAAAC3Nza ada@laptop\n' })).toMatchObject({ code: 0 })
  expect(box.requestsOf('keys.add')[0]?.body).toEqual({ publicKey: 'ssh-ed25519 AAAAC3Nza ada@laptop' })
})

test('builds:output -f stays through a lost connection, repeats no line, and fails with the build', async () => {
  shop.buildState = 'running'
  let calls = 0
  box.handlers['builds.output'] = async function* (_, response) {
    calls += 1
    yield { n: 0, text: 'one' }
    yield { n: 1, text: 'two' }
    if (calls === 1) return void response.destroy()
    yield { n: 2, text: 'three' }
    shop.buildState = 'failed'
  }
  expect(await paas('builds:output -f -a shop')).toMatchObject({ code: 1, stdout: 'one\ntwo\nthree\n' })
})

test('ps says what was killed for memory, with the limit, although it is up again', async () => {
  const usual = box.handlers['instances.list']
  const killed = { code: 137, signal: 'SIGKILL', outOfMemory: true, at: '2026-01-02T10:00:00.000Z' }
  box.handlers['instances.list'] = async (request, response) => {
    const listed = (await usual?.(request, response)) as { items: object[] } | undefined
    return { items: listed?.items.map((item) => ({ ...item, restarts: 3, lastExit: killed })), next: null }
  }
  const { stdout } = await paas('ps -a shop')
  expect(stdout).toMatch(/^web\.1: up .*, restarted 3 times, killed: out of memory \(512 MB\)$/m)
})

test('NO_COLOR and --no-color win over FORCE_COLOR', async () => {
  const esc = String.fromCharCode(27)
  expect((await paas('ps -a shop', { env: { FORCE_COLOR: '1' } })).stdout).toContain(esc)
  expect((await paas('ps -a shop --no-color', { env: { FORCE_COLOR: '1' } })).stdout).not.toContain(esc)
  expect((await paas('ps -a shop', { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toContain(esc)
})

test('completion knows commands, verbs, options, apps, process types and config vars, and asks once a minute', async () => {
  const complete = async (...words: string[]) =>
    (await cli.run(['__complete', '--', ...words])).stdout.trim().split('\n')
  expect(await complete('config:')).toEqual([
    'config:set',
    'config:unset',
    'config:get',
    'config:import',
    'config:export',
  ])
  expect(await complete('config', 'un')).toEqual(['unset'])
  expect(await complete('logs', '--t')).toEqual(['--tail'])
  expect(await complete('ps', '-a', '')).toEqual(['shop'])
  expect(await complete('ps', '-a', 'sh')).toEqual(['shop'])
  expect(box.requestsOf('apps.list')).toHaveLength(1)
  expect(await complete('scale', '-a', 'shop', 'w')).toEqual(['web=', 'worker='])
  expect(await complete('config:get', '-a', 'shop', '')).toEqual(['NODE_ENV', 'SECRET'])
  await box[Symbol.asyncDispose]()
  expect(await complete('restart', '-a', 'other', '')).toEqual([''])
})
