import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get } from '../../bench/load.ts'
import { GitHost } from '../../builder/fetch/git-host-fixture.ts'
import { LocalBox, ROOT } from '../../scripts/local-box.ts'
import { testEngines } from '../engines.ts'
import { ImageRegistry } from '../image-registry.ts'
import { ensureTinyImage } from '../tiny-image.ts'
import { Person, Transcript } from './person.ts'

const run = promisify(execFile)

describe.each(testEngines())('without git, on the %s engine', (engine) => {
  let box: LocalBox
  let ada: Person
  let folder: string
  let host: GitHost

  beforeAll(async () => {
    const files = await mkdtemp(join(tmpdir(), 'paas-git-host-'))
    host = await GitHost.start(files)
    box = await LocalBox.start({
      engine,
      environment: { PAAS_SOURCE_HOSTS: '127.0.0.1', PAAS_CERTIFICATE_BUNDLE: host.authority },
    })
    ada = await Person.owner(box)
    folder = join(ada.home, 'shop')
    await cp(join(ROOT, 'builder', 'examples', 'hello-node'), folder, { recursive: true })
    await ada.done('apps:create shop')
  })
  afterAll(async () => {
    await box?.[Symbol.asyncDispose]()
    await host?.[Symbol.asyncDispose]()
    await rm(dirname(host.authority), { recursive: true, force: true })
  })

  const served = async () => (await get({ port: box.ports.http, host: 'shop.localhost', path: '/release' })).body
  const newest = async () => (await ada.json('builds.list', 'builds -n 1 -a shop')).items[0]

  test('a folder is sent, built and put live, with the output of a push', async () => {
    await mkdir(join(folder, 'node_modules', 'left'), { recursive: true })
    await writeFile(join(folder, 'node_modules', 'left', 'package.json'), 'not for the box')
    const { code, stdout, stderr } = await ada.paas('deploy . -a shop', { cwd: folder })
    expect(stderr).toMatch(/^Sending the folder shop\.\.\. done, [\d.]+ KB\n/)
    expect(stderr).toContain('-----> Node.js app detected')
    expect(stderr).toContain('Released v1')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(await served()).toContain('"v1"')
    expect(await newest()).toMatchObject({ state: 'succeeded', commit: expect.stringMatching(/^upload-[0-9a-f]{12}$/) })
  })

  test('an archive is taken from a file or from standard input, under the name that it is given', async () => {
    const archive = join(ada.home, 'app.tar.gz')
    await run('tar', ['-czf', archive, '-C', folder, '--exclude=node_modules', '.'])
    const build = await ada.json('builds.info', ['deploy', '--tar', archive, '--version', '1.4.2', '-a', 'shop'])
    expect(build).toMatchObject({ state: 'succeeded', release: 2, commit: '1.4.2' })
    expect(await ada.done('releases -a shop')).toMatch(/^v2 +Deploy 1\.4\.2 \(current\) +owner/m)

    const bytes = await readFile(archive)
    const child = ada.startPiped('deploy --tar - -a shop', bytes)
    const transcript = new Transcript(child)
    expect(await transcript.ended).toBe(0)
    expect(transcript.text).toContain('Released v3')
    expect(await served()).toContain('"v3"')
  })

  test('what fails says why and leaves what serves alone', async () => {
    await writeFile(join(folder, 'Procfile'), 'web node server.js\n')
    const failed = await ada.paas('deploy . -a shop', { cwd: folder })
    await rm(join(folder, 'Procfile'))
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('The Procfile cannot be read, line 1') })
    expect(await served()).toContain('"v3"')

    const zip = join(ada.home, 'app.zip')
    await writeFile(zip, Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(4_000)]))
    expect(await ada.paas(['deploy', '--tar', zip, '-a', 'shop'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no tar or tar.gz archive'),
    })
    expect(await ada.paas('deploy -a shop')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('paas deploy .'),
    })
    expect((await ada.paas('deploy . -a nobody', { cwd: folder })).code).toBe(5)
    expect((await ada.paas('deploy nowhere -a shop')).stderr).toContain('There is no nowhere.')
    const empty = join(ada.home, 'empty')
    await mkdir(empty)
    expect((await ada.paas('deploy . -a shop', { cwd: empty })).stderr).toContain('There is nothing to build in')
  })

  test('an archive with a link or a path that leaves the tree is refused', async () => {
    const evil = join(ada.home, 'evil.tar')
    await mkdir(join(ada.home, 'evil'))
    await run('ln', ['-s', '/etc/passwd', join(ada.home, 'evil', 'index.html')])
    await run('tar', ['-cf', evil, '-C', join(ada.home, 'evil'), '.'])
    expect(await ada.paas(['deploy', '--tar', evil, '-a', 'shop'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('index.html is a symbolic link that leaves the tree'),
    })
    await run('tar', ['-cPf', evil, '--transform', 's,.*,../outside,', join(folder, 'package.json')])
    expect(await ada.paas(['deploy', '--tar', evil, '-a', 'shop'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('../outside points out of the tree'),
    })
    expect(await served()).toContain('"v3"')
  })

  test('Ctrl-C ends the client only, twice the build; a folder under git is called by its commit', async () => {
    const cwd = await ada.repository('clean')
    const { stdout } = await ada.git(cwd, 'rev-parse', 'HEAD')
    const deploying = ada.start('deploy . -a shop', { cwd })
    const transcript = new Transcript(deploying)
    await expect.poll(() => transcript.text, { timeout: 60_000 }).toContain('Determining which buildpack')
    deploying.kill('SIGINT')
    expect(await transcript.ended).toBe(130)
    expect(transcript.text).toMatch(/The deploy goes on\. Follow it: paas builds:output bld_\w+ -f -a shop/)
    await expect.poll(served, { timeout: 60_000 }).toContain('"v4"')
    expect(await newest()).toMatchObject({ commit: stdout.trim() })

    const manifest = JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8'))
    const slow = { ...manifest, scripts: { ...manifest.scripts, build: 'echo sleeping; sleep 60' } }
    await writeFile(join(cwd, 'package.json'), JSON.stringify(slow))
    const canceling = ada.start('deploy . -a shop', { cwd })
    const said = new Transcript(canceling)
    await expect.poll(() => said.text, { timeout: 60_000 }).toMatch(/sleeping|Running build/)
    canceling.kill('SIGINT')
    await expect.poll(() => said.text, { timeout: 60_000 }).toContain('Ctrl-C again within 5 s')
    canceling.kill('SIGINT')
    expect(await said.ended).toBe(130)
    expect(said.text).toMatch(/Canceled bld_\w+\. What was live before still is\./)
    await expect.poll(async () => (await newest())?.state, { timeout: 60_000 }).toBe('canceled')
    expect(await served()).toContain('"v4"')
    await writeFile(join(cwd, 'package.json'), JSON.stringify(manifest))
  })

  test('a repository elsewhere is fetched by the box, and called by its commit', async () => {
    const server = await readFile(join(folder, 'server.js'), 'utf8')
    const files = { 'server.js': server, 'package.json': await readFile(join(folder, 'package.json'), 'utf8') }
    const library = host.commit('library', { 'lib.txt': 'library' })
    const commit = host.commit('shop', files)
    const { code, stderr } = await ada.paas(['deploy', '--git', `${host.url}/shop.git#main`, '-a', 'shop'])
    expect(stderr).toContain(`-----> Fetching ${host.url}/shop.git`)
    expect(stderr).toContain(`main is at ${commit.slice(0, 7)}`)
    expect(code).toBe(0)
    expect(await newest()).toMatchObject({ commit, state: 'succeeded', release: 5 })
    expect(await ada.done('releases -a shop')).toContain(`Deploy ${commit.slice(0, 8)} (current)`)
    expect(await ada.done('builds:info -a shop')).toContain(`${host.url}/shop.git#main`)

    const refused = await ada.paas(['deploy', '--git', `${host.url}/shop.git#nowhere`, '-a', 'shop'])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('has no branch, tag or commit nowhere') })
    const inside = await ada.paas(['deploy', '--git', 'https://169.254.169.254/latest.git', '-a', 'shop'])
    expect(inside).toMatchObject({ code: 1, stderr: expect.stringContaining('not an address of the public internet') })
    for (const address of ['git@github.com:ada/shop.git', 'http://x.test/y.git', '/srv/x.git', 'https://a:b@x.test/y'])
      expect((await ada.paas(['deploy', '--git', address, '-a', 'shop'])).code).toBe(2)
    expect(await served()).toContain('"v5"')

    const cwd = await ada.repository('with-a-submodule')
    const modules = `[submodule "lib"]\n\tpath = lib\n\turl = ${host.url}/library.git\n`
    await writeFile(join(cwd, '.gitmodules'), modules)
    const manifest = {
      ...JSON.parse(files['package.json']),
      scripts: { build: 'cat lib/lib.txt', start: 'node server.js' },
    }
    await writeFile(join(cwd, 'package.json'), JSON.stringify(manifest))
    await ada.git(cwd, 'add', '-A')
    await ada.git(cwd, 'update-index', '--add', '--cacheinfo', `160000,${library},lib`)
    await ada.git(cwd, 'commit', '-qm', 'a submodule')
    await ada.done('build:set submodules=on -a shop')
    await ada.git(cwd, 'remote', 'add', 'box', box.httpRemote('shop'))
    const pushed = await ada.git(cwd, 'push', '-f', 'box', 'HEAD:main')
    expect(pushed.stderr).toContain('Fetching the submodule lib')
    expect(await served()).toContain('"v6"')
    await ada.done('build:unset submodules -a shop')
  })

  test.runIf(engine === 'embedded')('images need containers', async () => {
    const archive = ['deploy', '--image-file', join(ada.home, 'app.tar.gz'), '-a', 'shop']
    expect((await ada.paas(archive)).stderr).toContain('The embedded engine has no containers')
    expect((await ada.paas('deploy --image nginx -a shop')).stderr).toContain('The embedded engine has no containers')
  })

  test.runIf(engine === 'docker')('an image that is ready is taken as it is, but none of the platform', async () => {
    const image = await ensureTinyImage()
    const own = `paas-test/ready-${process.pid}:1`
    const context = join(ada.home, 'image')
    await mkdir(context)
    await cp(join(ROOT, 'builder', 'examples', 'hello-node', 'server.js'), join(context, 'server.js'))
    const recipe = `FROM ${image}\nCOPY server.js /app/\nENV PORT=7000\nEXPOSE 7000\nCMD ["node", "/app/server.js"]\n`
    await writeFile(join(context, 'Dockerfile'), recipe)
    await run('docker', ['build', '-q', '-t', own, context])
    try {
      await ada.done('build:set root=apps/web target=none -a shop')
      const { code, stderr } = await ada.paas(['deploy', '--image', own, '-a', 'shop'])
      expect(stderr).toContain(`-----> Taking ${own}`)
      expect(code).toBe(0)
      expect(await served()).toContain('"v7"')
      expect(await newest()).toMatchObject({ commit: own, buildpack: 'image' })
      await archived(own)
      await movedTag(own, image)
    } finally {
      await run('docker', ['rmi', '-f', own])
    }
    const platform = await ada.paas(['deploy', '--image', 'paas/shop:bld', '-a', 'shop'])
    expect(platform).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('belongs to another app or to the platform'),
    })
    const none = await ada.paas(['deploy', '--image', 'localhost:1/no/such:1', '-a', 'shop'])
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('could not be pulled') })
    expect((await ada.paas(['deploy', '--image', 'a b', '-a', 'shop'])).code).toBe(2)
    expect((await ada.paas(['deploy', '.', '--image', 'nginx', '-a', 'shop'])).code).toBe(2)
    expect(await served()).toContain('"v9"')
  })

  /** RELIABILITY F-57. */
  test.runIf(engine === 'docker')(
    'an image of a registry runs on when its tag moves and the registry is gone',
    async () => {
      const directory = join(ada.home, 'registry')
      await mkdir(directory)
      await ada.done('apps:create pulled')
      const answer = async () => (await get({ port: box.ports.http, host: 'pulled.localhost' })).body
      const serve = (text: string) =>
        `require('http').createServer((q, r) => r.end('${text} ' + process.env.PAAS_RELEASE)).listen(process.env.PORT)`
      const registry = await ImageRegistry.start(await ensureTinyImage(), directory)
      const { image } = registry
      try {
        registry.startWith(['node', '-e', serve('first')])
        await ada.done(['deploy', '--image', image, '-a', 'pulled'])
        expect(await answer()).toBe('first v1')
        registry.startWith(['node', '-e', serve('moved')])
        await ada.done(['deploy', '--image', image, '-a', 'pulled'])
        expect(await answer()).toBe('moved v2')
      } finally {
        await registry[Symbol.asyncDispose]()
      }
      // Images are in question here, not the cache of everybody's builds.
      await ada.done('disk:set cache-budget=1000gb keep-releases=5')
      await ada.done('disk:gc')
      await ada.done('rollback v1 -a pulled')
      expect(await answer()).toBe('first v3')
      await ada.done('ps:restart -a pulled')
      expect(await answer()).toBe('first v3')
      const gone = await ada.paas(['deploy', '--image', image.replace(/:1$/, ':2'), '-a', 'pulled'])
      expect(gone).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('is not on the box and could not be pulled'),
      })
      expect(await answer()).toBe('first v3')
    },
  )

  /** A release runs by digest: where its tag leads to now, and whether a registry answers, is of no interest to a restart. */
  async function movedTag(own: string, elsewhere: string): Promise<void> {
    await run('docker', ['tag', elsewhere, own])
    await ada.done('ps:restart -a shop')
    await ada.done('ps:scale web=2 -a shop')
    expect(await served()).toContain('"v8"')
    await ada.done('rollback v7 -a shop')
    expect(await served()).toContain('"v9"')
    await ada.done('ps:scale web=1 -a shop')
  }

  /** Saved under a name of the platform, which must not be moved; and nothing of the loading stays. */
  async function archived(own: string): Promise<void> {
    const taken = `paas/taken-${process.pid}:1`
    const archive = join(ada.home, 'image.tar')
    await run('docker', ['tag', own, taken])
    await run('docker', ['save', '-o', archive, taken])
    await run('docker', ['rmi', taken])
    const { code, stderr } = await ada.paas(['deploy', '--image-file', archive, '--version', 'by-hand', '-a', 'shop'])
    expect(stderr).toContain('-----> Loading the image')
    expect(code).toBe(0)
    expect(await served()).toContain('"v8"')
    expect(await newest()).toMatchObject({ commit: 'by-hand', buildpack: 'image', state: 'succeeded' })
    const { stdout } = await run('docker', ['image', 'ls', '--format', '{{.Repository}}'])
    expect(stdout).not.toContain(taken.slice(0, -2))
    expect(stdout).not.toContain('paas-loaded/')
    const none = await ada.paas(['deploy', '--image-file', join(ada.home, 'app.tar.gz'), '-a', 'shop'])
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('no archive of an image') })
  }
})
