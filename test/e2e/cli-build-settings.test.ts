import { spawnSync } from 'node:child_process'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get } from '../../bench/load.ts'
import { makeBuilder } from '../../builder/cloud-native/stand-in/builder.ts'
import { ensureStack } from '../../builder/stack/stack.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { testEngines } from '../engines.ts'
import { ensureTinyImage } from '../tiny-image.ts'
import { Person } from './person.ts'

const PATIENCE_MS = 280_000

let box: LocalBox
let ada: Person
afterAll(async () => {
  await box?.[Symbol.asyncDispose]()
})

const served = async (app: string, path: string) =>
  (await get({ port: box.ports.http, host: `${app}.localhost`, path })).body

async function write(directory: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
}

describe('a repository of several apps', () => {
  let cwd: string
  beforeAll(async () => {
    box = await LocalBox.start({ engine: 'embedded' })
    ada = await Person.owner(box)
    cwd = await ada.repository('web')
    await mkdir(join(cwd, 'apps', 'web'), { recursive: true })
    for (const file of ['package.json', 'server.js']) await rename(join(cwd, file), join(cwd, 'apps', 'web', file))
    await write(cwd, {
      'README.md': 'all',
      'deploy/Procfile': 'nobody: sees this',
      'apps/web/run/Procfile': 'web: node server.js',
    })
    await ada.commit(cwd, 'in a directory')
    await ada.done('apps:create web', { cwd })
  })

  const push = () => ada.git(cwd, 'push', 'paas', 'main')

  test('the app is the directory that is its root', async () => {
    expect((await push()).stderr).toContain('No buildpack knows this app')
    const set = await ada.paas('build:set root=apps/web procfile=run/Procfile watch=apps/web,packages', { cwd })
    expect(set).toMatchObject({
      code: 0,
      stderr: 'Setting root, procfile, watch of web... done, from the next build on\n',
    })
    const { code, stderr } = await push()
    expect(stderr).toContain('Procfile declares types -> web')
    expect(code).toBe(0)
    expect(await served('web', '/release')).toContain('"v1"')
    expect(await ada.done('build:settings', { cwd })).toMatch(/^root +apps\/web$/m)
  })

  test('a plan needs no box, and the limits of builds are shown and checked', async () => {
    expect(await ada.done('build:plan apps/web', { cwd })).toContain('Node.js app: package.json found')
    expect(await ada.done('builds:limits')).toMatch(/^memory/m)
    const wrong = await ada.paas('builds:limits memory=much')
    expect(wrong.code).not.toBe(0)
    expect(wrong.stderr).toContain('memory')
  })

  test('a push that touches nothing of it is stored and builds nothing', async () => {
    await write(cwd, { 'README.md': 'changed' })
    const commit = await ada.commit(cwd, 'docs')
    const { code, stderr } = await push()
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Nothing changed in apps/web, packages'),
    })
    expect((await ada.git(cwd, 'ls-remote', 'paas', 'main')).stdout).toContain(commit)
    expect((await ada.json('builds.list', 'builds', { cwd })).items).toHaveLength(2)

    await write(cwd, { 'packages/shared/index.js': '' })
    await ada.commit(cwd, 'shared')
    expect((await push()).stderr).toContain('Released v2')
  })

  test('a root that is not there is told with the way out, and unset again', async () => {
    await ada.done('build:set root=apps/none', { cwd })
    const { code, stderr } = await ada.paas('deploy . -a web', { cwd })
    expect(code).toBe(1)
    expect(stderr).toContain('There is no directory apps/none in the source')
    expect(stderr).toContain('Try: paas build:set root=<directory>')
    await ada.done('build:unset root procfile', { cwd })
    expect((await ada.paas('deploy apps/web -a web', { cwd })).stderr).toContain('Released v3')
    expect((await ada.paas('build:set roots=x -a web', { cwd })).code).toBe(2)
    expect((await ada.paas('build:set root=../x -a web', { cwd })).code).toBe(2)
  })
})

describe.runIf(testEngines().includes('docker'))('a Dockerfile in another place', () => {
  let cwd: string
  beforeAll(async () => {
    await box?.[Symbol.asyncDispose]()
    box = await LocalBox.start({ engine: 'docker' })
    ada = await Person.owner(box)
    cwd = await ada.repository('stages')
    const base = await ensureTinyImage()
    await write(cwd, {
      'docker/app.Dockerfile': `ARG BASE
FROM \${BASE} AS prod
ARG FLAVOUR=plain
WORKDIR /app
COPY server.js package.json ./
RUN echo $FLAVOUR > flavour.txt
ENV PORT=7000
EXPOSE 7000
CMD ["node", "server.js"]
FROM prod AS test
EXPOSE 9999
CMD ["false"]
`,
      'docker/app.Dockerfile.dockerignore': 'README.md\n',
    })
    await ada.commit(cwd, 'stages')
    await ada.done('apps:create stages', { cwd })
    await ada.done(`build:set dockerfile=docker/app.Dockerfile target=prod arg.BASE=${base} arg.FLAVOUR=sweet`, { cwd })
  })

  test('is built up to its target, with its arguments, and the port of that stage', async () => {
    const { code, stderr } = await ada.git(cwd, 'push', 'paas', 'main')
    expect(stderr).toContain('Building the docker/app.Dockerfile')
    expect(code).toBe(0)
    expect(await served('stages', '/release')).toContain('"v1"')
    expect(await ada.done(['run', '-a', 'stages', '--', 'cat', 'flavour.txt'])).toBe('sweet\n')
  })

  test('takes no image of another app by an argument', async () => {
    await ada.done('build:set arg.BASE=paas/stages:latest', { cwd })
    await ada.commit(cwd, 'again')
    const { code, stderr } = await ada.git(cwd, 'push', 'paas', 'main')
    expect(code).toBe(1)
    expect(stderr).toContain('belongs to another app or to the platform')
  })

  test('is built by a builder image that is set, and its launcher starts everything', {
    timeout: PATIENCE_MS,
  }, async () => {
    const names = { builder: `paas-test/builder-${process.pid}:e2e`, run: `paas-test/run-${process.pid}:e2e` }
    try {
      makeBuilder({ ...names, base: await stackOf() })
      await ada.done(`build:unset dockerfile target arg.BASE arg.FLAVOUR`, { cwd })
      await ada.done(`build:set builder=${names.builder}`, { cwd })
      expect((await ada.done('build:settings', { cwd })).replaceAll(/ +/g, ' ')).toContain(`builder ${names.builder}`)
      await write(cwd, { 'greeting.txt': 'hello' })
      await ada.commit(cwd, 'greeting')
      const { code, stderr } = await ada.git(cwd, 'push', 'paas', 'main')
      expect(stderr).toContain(`Cloud Native Buildpacks by paas build:set -> ${names.builder}`)
      expect(code).toBe(0)
      expect(await served('stages', '/')).toBe('from the layer 1002')
      expect(await ada.done(['run', '-a', 'stages', '--', 'sh', '-c', 'echo $LAYERED'])).toBe('from the layer\n')
    } finally {
      spawnSync('docker', ['rmi', '--force', ...Object.values(names)])
    }
  })
})

async function stackOf(): Promise<string> {
  const certificateBundle = process.env['NODE_EXTRA_CA_CERTS'] ?? null
  const signal = AbortSignal.timeout(PATIENCE_MS)
  return await ensureStack({ socketPath: '/var/run/docker.sock', certificateBundle, onLine: () => {}, signal })
}
