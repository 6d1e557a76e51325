import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LocalBox } from '../../scripts/local-box.ts'
import { Person } from './person.ts'

/** Each look is a whole command. */
const POLL = { timeout: 60_000 }

const APP_JSON = {
  env: {
    SESSION_SECRET: { generator: 'secret' },
    GREETING: 'hello from app.json',
    STRIPE_KEY: { description: 'from the dashboard' },
  },
  formation: { web: { quantity: 2 }, worker: { quantity: 1, size: 'standard-2x' } },
  healthchecks: { web: [{ type: 'startup', path: '/', attempts: 3, timeout: 2, wait: 1 }] },
}

let box: LocalBox
let ada: Person
let cwd: string
/** The app that is pushed to. */
let target = 'shop'
beforeAll(async () => {
  box = await LocalBox.start({ engine: 'embedded' })
  ada = await Person.owner(box)
  cwd = await ada.repository('shop')
  await writeFile(join(cwd, 'worker.cjs'), 'setInterval(() => {}, 1000)\n')
  await writeFile(join(cwd, 'Procfile'), PROCFILE)
})
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})

const PROCFILE = 'web: node server.js\nworker: node worker.cjs\n'

async function push(appJson: object, message = 'app.json') {
  await writeFile(join(cwd, 'app.json'), JSON.stringify(appJson))
  await ada.commit(cwd, message)
  return await ada.git(cwd, 'push', box.sshRemote(target), 'main')
}
const config = async (name: string) => (await ada.done(`config:get ${name}`, { cwd })).trim()

describe('a push with app.json', () => {
  test('is declined before the build when something only a person knows is missing', async () => {
    await ada.done('apps:create shop', { cwd })
    const { code, stderr } = await push(APP_JSON)
    expect(code).toBe(1)
    expect(stderr).toContain('app.json asks for a config var that is not set: STRIPE_KEY.')
    expect(stderr).toContain('Try: paas config:set STRIPE_KEY=<value>')
    expect((await ada.json('config.list', 'config', { cwd })).vars).toEqual({})
  })

  test('sets what is missing, makes secrets, and starts the formation', async () => {
    await ada.done('config:set STRIPE_KEY=sk_test GREETING=mine', { cwd })
    const { code, stderr } = await push(APP_JSON, 'again')
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('SESSION_SECRET (generated)') })
    expect(await config('SESSION_SECRET')).toMatch(/^[0-9a-f]{64}$/)
    expect(await config('GREETING')).toBe('mine')
    expect(await ada.done('scale', { cwd })).toBe('web=2 worker=1\n')
    const { items } = await ada.json('formation.list', 'ps:scale', { cwd })
    expect(items.map(({ type, memoryMb }) => [type, memoryMb])).toEqual([
      ['web', 512],
      ['worker', 1_024],
    ])
    expect(await ada.done('activity', { cwd })).toContain('SESSION_SECRET (app.json)')
  })

  test('changes neither what is set nor what was scaled by hand', async () => {
    const secret = await config('SESSION_SECRET')
    await ada.done('scale web=1 worker=0', { cwd })
    const env = { ...APP_JSON.env, GREETING: 'changed', LATER: 'new' }
    expect((await push({ ...APP_JSON, env }, 'later')).code).toBe(0)
    expect(await config('SESSION_SECRET')).toBe(secret)
    expect(await config('GREETING')).toBe('mine')
    expect(await config('LATER')).toBe('new')
    expect(await ada.done('scale', { cwd })).toBe('web=1 worker=0\n')
  })

  test('does not go live while its health check fails', async () => {
    const web = [{ path: '/nowhere', attempts: 1, timeout: 1, wait: 1 }]
    await writeFile(join(cwd, 'broken.cjs'), BROKEN)
    await writeFile(join(cwd, 'Procfile'), 'web: node broken.cjs\n')
    const { code, stderr } = await push({ healthchecks: { web } }, 'unwell')
    expect(code).toBe(1)
    expect(stderr).toContain('web.1 did not pass its health check at /nowhere within 2 s (answered 404)')
  })

  test('is declined with all mistakes of the file', async () => {
    const { stderr } = await push({ formation: { web: { quantity: 'two' } }, env: { 'A-B': '' } }, 'wrong')
    expect(stderr).toContain('env.A-B cannot name a config var')
    expect(stderr).toContain('formation.web.quantity must be a whole number from 0 to 100')
  })
})

describe('scripts behind a deploy', () => {
  const scripts = {
    postdeploy: 'echo seeded $SESSION_SECRET',
    dokku: { predeploy: 'echo made > made.txt', postdeploy: 'echo told $PAAS_RELEASE; cat made.txt; exit 3' },
  }

  test('are shown in the push, hide config vars, and do not undo what serves', async () => {
    await ada.done('apps:create fresh')
    target = 'fresh'
    await writeFile(join(cwd, 'Procfile'), PROCFILE)
    const env = { SESSION_SECRET: { generator: 'secret' } }
    const { code, stderr } = await push({ env, scripts }, 'scripts')
    expect(code).toBe(0)
    expect(stderr).toMatch(/Running predeploy of app\.json[\s\S]+told v1 +\n[\s\S]+made +\n/)
    expect(stderr).toContain('dokku.postdeploy exited with status 3. The release serves all the same.')
    expect(stderr).toContain('seeded [SESSION_SECRET]')
    await expect.poll(() => ada.done('activity -a fresh'), POLL).toContain('dokku-postdeploy.1 exited with status 3')
  })

  test('postdeploy runs once in the life of an app, dokku.postdeploy behind each deploy', async () => {
    const { code, stderr } = await push({ scripts }, 'again')
    expect(code).toBe(0)
    expect(stderr).toContain('told v2')
    expect(stderr).not.toContain('seeded')
    await ada.done('config:set -a fresh A=1')
    await expect.poll(() => ada.done('logs -a fresh -n 200'), POLL).toContain('told v3')
    const { items } = await ada.json('runs.list', 'runs -a fresh')
    expect(items.map(({ name }) => name).sort()).toEqual([
      'dokku-postdeploy.1',
      'dokku-postdeploy.2',
      'dokku-postdeploy.3',
      'postdeploy.1',
    ])
  })
})

describe('cron', () => {
  const cron = [
    { schedule: '* * * * * *', command: 'echo tick of $PAAS_RELEASE by $PAAS_INSTANCE' },
    { schedule: '@yearly', command: 'echo party; exit 7' },
  ]
  const jobs = async () => (await ada.json('cron.list', 'cron -a fresh')).items

  test('fires by itself, in the log under its name', async () => {
    expect((await push({ cron }, 'cron')).code).toBe(0)
    const tick = /app\[cron\.1\]: tick of v4 by cron\.1/
    await expect.poll(() => ada.done('logs -a fresh -p cron -n 50'), POLL).toMatch(tick)
    await expect.poll(async () => (await jobs())[0]?.lastRun?.exitCode, POLL).toBe(0)
    expect(await ada.done('cron -a fresh')).toMatch(
      /cron\.2 +@yearly +20\d\d\/01\/01 00:00:00 \+0000 +never +echo party/,
    )
  })

  test('runs one now, and a failure is in the activity', async () => {
    expect(await ada.done('cron:run 2 -a fresh')).toBe('cron.2\n')
    await expect.poll(async () => (await jobs())[1]?.lastRun, POLL).toMatchObject({ exitCode: 7, by: 'owner' })
    await expect.poll(() => ada.done('activity -a fresh'), POLL).toContain('cron.2 exited with status 7')
    const none = await ada.paas('cron:run 3 -a fresh')
    expect(none).toMatchObject({ code: 5, stderr: expect.stringContaining('There is no cron job 3: fresh has 2.') })
  })

  test('goes on while the server is killed, is waited for, and is not started beside itself', async () => {
    const end = join(box.data, 'end-of-job')
    const slow = [{ schedule: '* * * * * *', command: `until [ -e ${end} ]; do sleep 0.1; done` }]
    expect((await push({ cron: slow }, 'slow')).code).toBe(0)
    // Not one of the jobs before, which may still be at their last.
    const running = async () =>
      (await ada.json('runs.list', 'runs -a fresh')).items.filter(({ state }) => state === 'running')
    const isSlow = ({ command }: { command: string[] }) => command.join(' ').includes(end)
    await expect.poll(async () => (await running()).some(isSlow), POLL).toBe(true)
    const { id } = (await running()).find(isSlow) ?? expect.unreachable()
    await box.stopServer('SIGKILL')
    await box.startServer()
    expect((await running()).map((run) => run.id)).toEqual([id])
    await writeFile(end, '')
    const outcome = async () => (await ada.json('runs.list', 'runs -a fresh')).items.find((run) => run.id === id)
    await expect.poll(outcome, POLL).toMatchObject({ state: 'ended', exitCode: 0 })
  })

  test('stands still in maintenance mode, and goes with a rollback to the jobs of that release', async () => {
    await ada.done('maintenance:on -a fresh')
    expect((await jobs()).map(({ nextAt }) => nextAt)).toEqual([null])
    await expect.poll(async () => (await jobs())[0]?.lastRun?.state, POLL).toBe('ended')
    const last = (await jobs())[0]?.lastRun?.id
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    expect((await jobs())[0]?.lastRun?.id).toBe(last)
    await ada.done('maintenance:off -a fresh')
    await ada.done('rollback v3 -a fresh')
    expect(await jobs()).toEqual([])
  })
})

describe('addons', () => {
  test('are made before the first release, which has their variables', async () => {
    await ada.done('apps:create data')
    target = 'data'
    await writeFile(join(cwd, 'Procfile'), PROCFILE)
    const { code, stderr } = await push({ env: { DATABASE_URL: {} }, addons: ['heroku-postgresql:mini'] }, 'addons')
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('Released v1') })
    expect(stderr).toMatch(/Creating postgresql-\S+ \(postgresql mini\) from app\.json/)
    expect(await ada.done(['run', '-a', 'data', '--', 'printenv', 'DATABASE_URL'])).toMatch(/^postgres/)
    expect((await push({ addons: ['heroku-postgresql'] }, 'more')).stderr).not.toContain('Creating')
  })
})

const BROKEN =
  "require('http').createServer((q, r) => { r.statusCode = 404; r.end() }).listen(process.env.PORT, '0.0.0.0')\n"
