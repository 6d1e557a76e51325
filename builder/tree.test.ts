import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BuildFixture, MACHINE_BUNDLE, scripts } from './build-fixture.ts'

test('the image is the tree, what its processes need, and nothing half made', async () => {
  using box = new BuildFixture()
  const done = await box.build({ 'package.json': '{"scripts":{"start":"node server.js"}}', 'server.js': '// hello' })
  expect(done).toMatchObject({ type: 'done', processTypes: { web: 'node server.js' }, cachedSteps: 0 })
  const image = imageOf(done)
  expect(image).toBe(box.directory.join('images', 'bld_1'))
  expect(readFileSync(join(image, 'app', 'server.js'), 'utf8')).toBe('// hello')
  expect(JSON.parse(readFileSync(join(image, 'image.json'), 'utf8'))).toMatchObject({
    app: 'app_1',
    environment: { NODE_ENV: 'production' },
  })
  expect(readdirSync(box.directory.join('images'))).toEqual(['bld_1'])
})

test('a build tells its story in the words of Heroku', async () => {
  using box = new BuildFixture()
  await box.build({ ...scripts('node -p 6*7'), Procfile: 'web: node .\nclock: node clock.js' })
  const headings = box.events.flatMap((event) => (event.type === 'heading' ? [event.text] : []))
  expect(headings).toEqual([
    'Building on the embedded stack',
    'Determining which buildpack to use for this app',
    'Node.js app detected',
    'Running build',
    'Build succeeded!',
    'Discovering process types',
  ])
  expect(box.text).toContain('\n42\n')
  expect(box.text).toContain('Procfile declares types -> web, clock')
})

test('a step whose inputs are unchanged is not run again, and noCache runs it all the same', async () => {
  using box = new BuildFixture()
  const files = { ...scripts('node -p "\'ran \' + 1" && echo built > out.txt'), 'a.txt': '1' }
  expect(await box.build(files)).toMatchObject({ cachedSteps: 0 })
  box.events.length = 0
  const again = await box.build(files)
  expect(again).toMatchObject({ cachedSteps: 1 })
  expect(box.text).not.toContain('ran 1')
  expect(readFileSync(join(imageOf(again), 'app', 'out.txt'), 'utf8')).toBe('built\n')
  expect(await box.build(files, { noCache: true })).toMatchObject({ cachedSteps: 0 })
  expect(await box.build({ ...files, 'a.txt': '2' })).toMatchObject({ cachedSteps: 0 })
})

test('the files of an older image stay as they were when a newer one is built', async () => {
  using box = new BuildFixture()
  const files = scripts('echo "$SOURCE_VERSION" >> out.txt')
  const first = imageOf(await box.build(files))
  const second = imageOf(await box.build({ ...files, 'b.txt': '' }, { sourceVersion: 'newer' }))
  expect(readFileSync(join(first, 'app', 'out.txt'), 'utf8')).toBe('c0ffee\n')
  expect(readFileSync(join(second, 'app', 'out.txt'), 'utf8')).toBe('newer\n')
})

test('steps see config vars, which the output hides, and nothing of our own environment', async () => {
  using box = new BuildFixture()
  const files = scripts('node -p "JSON.stringify([process.env.API_KEY, process.env.VITEST, process.env.NODE_ENV])"')
  await box.build(files, { environment: { API_KEY: 'very-secret-value' } })
  expect(box.text).toContain('["[API_KEY]",null,"production"]')
  expect(box.text).not.toContain('very-secret-value')
})

test('a changed config var does not empty the cache, and is in no image', async () => {
  using box = new BuildFixture()
  const files = scripts('true')
  await box.build(files, { environment: { API_KEY: 'very-secret-value' } })
  const done = await box.build(files, { environment: { API_KEY: 'another-secret-value' } })
  expect(done).toMatchObject({ cachedSteps: 1 })
  expect(readFileSync(join(imageOf(done), 'image.json'), 'utf8')).not.toContain('secret-value')
})

test('a failing build script says which command, its exit code and the way out, and leaves no image', async () => {
  using box = new BuildFixture()
  const failed = await box.build(scripts('echo about to break; exit 7'))
  expect(failed).toMatchObject({
    type: 'failed',
    code: 'build.command-failed',
    message: '`npm run build` ended with exit code 7.',
    fix: expect.stringContaining('The lines above say why'),
    retryable: false,
  })
  expect(box.text).toContain('about to break')
  expect(existsSync(box.directory.join('images'))).toBe(false)
})

test('a tool that is missing in the build is named', async () => {
  using box = new BuildFixture()
  expect(await box.build(scripts('no-such-bundler --out dist'))).toMatchObject({
    code: 'build.command-not-found',
    message: expect.stringMatching(/^no-such-bundler is not there/),
  })
})

test('a build over its time is stopped and says so', async () => {
  using box = new BuildFixture()
  const limits = {
    memoryMb: 512,
    cpus: 1,
    pids: 2_048,
    diskBytes: 50e9,
    timeoutMs: 1_500,
    maxFileBytes: 1e6,
    maxTreeBytes: 1e7,
  }
  const started = performance.now()
  expect(await box.build(scripts('sleep 60'), { limits })).toMatchObject({
    code: 'build.timeout',
    message: 'The build took longer than 1.5 seconds and was stopped.',
  })
  expect(performance.now() - started).toBeLessThan(40_000)
})

test('an app with a Dockerfile is told that it needs containers', async () => {
  using box = new BuildFixture()
  expect(await box.build({ Dockerfile: 'FROM scratch' })).toMatchObject({ code: 'build.needs-containers' })
})

test('a Node.js that the platform does not have is looked for, and a version that does not exist is named', async () => {
  using box = new BuildFixture()
  const json = { engines: { node: '99.x' }, scripts: { start: 'node a.js' } }
  const failed = await box.build({ 'package.json': JSON.stringify(json) }, { certificateBundle: MACHINE_BUNDLE })
  expect(failed).toMatchObject({
    type: 'failed',
    code: expect.stringMatching(/^(?:node\.no-such-version|registry\.)/),
    fix: expect.stringMatching(/.+/),
  })
  expect(readdirSync(box.directory.join('cache', '.runtimes'))).toEqual([])
})

test('a static site brings its server along', async () => {
  using box = new BuildFixture()
  const image = imageOf(await box.build({ 'public/index.html': '<h1>hi</h1>' }))
  expect(statSync(join(image, 'app', '.paas', 'static-server.mjs')).size).toBeGreaterThan(1_000)
})

function imageOf(event: unknown): string {
  return (event as { image: string }).image
}
