import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BuildEvent, BuildRequest } from './build.ts'
import { BuildFixture, MACHINE_BUNDLE, scripts } from './build-fixture.ts'
import { spaceOf } from './disk-watch.ts'
import { docker, onDocker, removeImagesOf, SOCKET } from './docker-fixture.ts'
import { ensureStack } from './stack/stack.ts'

const APP = `app_test_${process.pid}`
/** One that the box has and that belongs to nobody. */
const ADMINS_IMAGE = `paas-test/admins-image:${process.pid}`
let stack: string

beforeAll(async () => {
  stack = await ensureStack({
    socketPath: SOCKET,
    certificateBundle: MACHINE_BUNDLE,
    onLine: () => {},
    signal: AbortSignal.timeout(280_000),
  })
  docker('tag', stack, ADMINS_IMAGE)
})
afterAll(() => {
  docker('rmi', ADMINS_IMAGE)
  removeImagesOf(APP)
})

test('an app is built as an image that starts as its own user, and a second time from the cache', async () => {
  using box = new BuildFixture()
  const files = scripts('node -p "\'built by \' + process.getuid()" > out.txt', { start: 'node server.js' })
  const done = await build(box, files)
  expect(done).toMatchObject({ type: 'done', cachedSteps: 0, processTypes: { web: 'node server.js' } })
  expect(run(done, ['sh', '-c', 'cat out.txt; id -u; pwd; echo $NODE_ENV'])).toBe(
    'built by 1000\n1000\n/app\nproduction\n',
  )
  expect(await build(box, files)).toMatchObject({ type: 'done', cachedSteps: 1 })
  expect(box.text).toContain('Running build\n')
})

test('config vars reach the steps, are hidden in the output, and stay out of the image', async () => {
  using box = new BuildFixture()
  const secret = `it's "secret" $(${process.pid})`
  const script = 'node -e "const v = process.env.API_KEY; console.log(v, v.length, process.env.SOURCE_VERSION)"'
  const done = await build(box, scripts(script), { environment: { API_KEY: secret } })
  expect(done).toMatchObject({ type: 'done' })
  expect(box.text).toContain(`[API_KEY] ${secret.length} c0ffee`)
  const history = docker('history', '--no-trunc', imageOf(done)) + docker('inspect', imageOf(done))
  expect(history).not.toContain('secret')
  expect(run(done, ['sh', '-c', 'echo "<$API_KEY>"; ls /run/paas 2>/dev/null; true'])).toBe('<>\n')
})

test('a failing step is told in the words of the plan', async () => {
  using box = new BuildFixture()
  expect(await build(box, scripts('echo about to break; exit 7'))).toMatchObject({
    type: 'failed',
    code: 'build.command-failed',
    message: '`npm run build` ended with exit code 7.',
  })
  expect(box.text).toContain('about to break')
})

test('a step that takes more memory than builds may is told so, with the limit', async () => {
  using box = new BuildFixture()
  const script = 'node -e "const all = []; for (let n = 0; n < 64; n++) all.push(Buffer.alloc(64e6, 1))"'
  expect(await build(box, scripts(script))).toMatchObject({
    type: 'failed',
    code: 'build.out-of-memory',
    message: expect.stringContaining('took more memory than their limit of 512 MB'),
    command: 'paas builds:limits memory=4gb',
  })
  const evidence = box.events.find((event) => event.type === 'evidence')
  expect(evidence?.peakMemoryBytes).toBeGreaterThan(64e6)
})

test('a fork bomb ends at the number of processes that builds may have, and leaves none behind', async () => {
  using box = new BuildFixture()
  const marker = `${600 + (process.pid % 100)}.25`
  const limits = { ...(await box.request({})).limits, pids: 600 }
  const script = `for n in $(seq 1 700); do sleep ${marker} & done`
  expect(await build(box, scripts(script), { limits })).toMatchObject({
    type: 'failed',
    code: 'build.too-many-processes',
    message: expect.stringContaining('more processes and threads than their limit of 600'),
  })
  const left = () => spawnSync('pgrep', ['-f', `sleep ${marker}`], { encoding: 'utf8' }).stdout
  await expect.poll(left).toBe('')
})

test('a build that fills the disk beyond its limit is stopped, and the room is there again', async () => {
  using box = new BuildFixture()
  const limits = { ...(await box.request({})).limits, diskBytes: 3e9 }
  expect(await build(box, scripts('fallocate -l 20G big; sleep 30'), { limits })).toMatchObject({
    type: 'failed',
    code: 'build.disk-limit',
    message: 'The disk filled by more than 2.8 GB during the build, so it was stopped.',
  })
  const free = async () => (await spaceOf(onDocker(APP).endpoint)())?.freeBytes ?? 0
  const full = await free()
  await expect.poll(free, { timeout: 30_000 }).toBeGreaterThan(full - 1e9)
})

test('a build that is canceled leaves no process, no container and no image behind, and its caches are free', async () => {
  using box = new BuildFixture()
  const marker = `${700 + (process.pid % 100)}.25`
  const running = () => spawnSync('pgrep', ['-f', `sleep ${marker}`], { encoding: 'utf8' }).stdout
  const containers = () => docker('ps', '--all', '--quiet', '--filter', `label=paas.app=${APP}`)
  const images = () => docker('images', '--quiet', '--filter', `label=paas.app=${APP}`).split('\n').sort()
  const before = images()
  const building = build(box, scripts(`sleep ${marker}`))
  await expect.poll(running, { timeout: 60_000 }).not.toBe('')
  if (process.getuid?.() === 0) await diesBeforeApps(running)
  box.abort.abort()
  expect(await building).toMatchObject({ type: 'failed', code: 'build.canceled' })
  await expect.poll(running).toBe('')
  await expect.poll(containers).toBe('')
  await expect.poll(images).toEqual(before)
  using again = new BuildFixture()
  expect(await build(again, scripts('echo free again'))).toMatchObject({ type: 'done' })
})

/** RELIABILITY F-52: whatever the score of the engine, whose children steps are. */
async function diesBeforeApps(running: () => string): Promise<void> {
  const scores = () =>
    running()
      .split('\n')
      .filter(Boolean)
      .map((pid) => readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim())
  await expect.poll(scores, { timeout: 30_000 }).toEqual(expect.arrayContaining(['500']))
}

test('a Dockerfile of the app is built as it is, and names its port', async () => {
  using box = new BuildFixture()
  const Dockerfile = [
    `FROM ${ADMINS_IMAGE}`,
    'ARG PORT_NUMBER=8123',
    'COPY . /srv',
    'RUN --mount=type=secret,id=API_KEY cat /run/secrets/API_KEY | wc -c > /srv/length',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the Dockerfile
    'EXPOSE ${PORT_NUMBER}',
    'CMD ["node", "-v"]',
  ].join('\n')
  const files = { Dockerfile, '.dockerignore': 'ignored.txt', 'ignored.txt': '', 'kept.txt': '' }
  const done = await build(box, files, { environment: { API_KEY: 'very-secret-value' } })
  expect(done).toMatchObject({ type: 'done', processTypes: { web: null }, plan: { port: 8123 } })
  expect(run(done, ['sh', '-c', 'cat /srv/length; ls /srv'])).toBe('17\nDockerfile\nkept.txt\nlength\n')
})

test("images of other apps and of the platform are not there for an app's Dockerfile", async () => {
  using box = new BuildFixture()
  const theirs = await build(box, scripts('true'))
  const refused = { type: 'failed', code: 'dockerfile.foreign-image' }
  for (const image of [`paas/${APP}:bld_1`, stack]) {
    expect(await build(box, { Dockerfile: `FROM ${image}\nCMD ["true"]\n` })).toMatchObject(refused)
  }
  const id = imageOf(theirs)
  for (const name of [id, id.slice('sha256:'.length), `paas/${APP}@${id}`]) {
    expect(await build(box, { Dockerfile: `FROM ${name}\nCMD ["true"]\n` })).toMatchObject({ type: 'failed' })
  }
})

test('a base image cannot have files taken from another app when it is built upon: their names end in a secret', async () => {
  using box = new BuildFixture()
  await build(box, scripts('true'))
  const tags = docker('images', '--format', '{{.Tag}}', `paas/${APP}`).trim().split('\n')
  expect(new Set(tags).size).toBe(tags.length)
  for (const tag of tags) expect(tag).toMatch(/^bld_\d+-[0-9a-f]{32}$/)
  const container = docker('create', stack, 'true').trim()
  const thief = `paas-test/thief:${process.pid}`
  try {
    docker('commit', '--change', `ONBUILD COPY --from=paas/${APP}:bld_1 /app /stolen`, container, thief)
    expect(await build(box, { Dockerfile: `FROM ${thief}\nCMD ["true"]\n` })).toMatchObject({ type: 'failed' })
  } finally {
    docker('rm', container)
    docker('rmi', thief)
  }
})

test('an image that starts nothing is refused, unless the Procfile says what to start', async () => {
  using box = new BuildFixture()
  const files = { Dockerfile: 'FROM scratch\nCOPY a.txt /', 'a.txt': '' }
  expect(await build(box, files)).toMatchObject({ type: 'failed', code: 'dockerfile.no-command' })
  expect(await build(box, { ...files, Procfile: 'web: /run' })).toMatchObject({ type: 'done' })
})

test('a static site is served by the server it brings along', async () => {
  using box = new BuildFixture()
  const done = await build(box, { 'index.html': '<h1>hi</h1>' })
  const check =
    "const s = require('child_process').spawn('node', ['.paas/static-server.mjs', '.'], { stdio: 'pipe' }); s.stdout.once('data', async () => { console.log(await (await fetch('http://127.0.0.1:5000/')).text()); s.kill() })"
  expect(run(done, ['node', '-e', check])).toBe('<h1>hi</h1>\n')
})

async function build(
  box: BuildFixture,
  files: Record<string, string>,
  change: Pick<Partial<BuildRequest>, 'environment' | 'limits'> = {},
): Promise<BuildEvent | undefined> {
  return box.build(files, { ...onDocker(APP), ...change })
}

function imageOf(event: BuildEvent | undefined): string {
  return event?.type === 'done' ? event.image : expect.unreachable(`no image: ${JSON.stringify(event)}`)
}

function run(event: BuildEvent | undefined, command: string[]): string {
  return docker('run', '--rm', '--network', 'none', imageOf(event), ...command)
}
