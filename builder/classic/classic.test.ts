import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { describe, expect, test } from 'vitest'
import type { BuildEvent } from '../build.ts'
import { BuildFixture } from '../build-fixture.ts'
import { planFor } from '../detect.ts'
import { sourceOf } from '../source-fixture.ts'
import { packFiles, THOROUGH_COMPILE } from './fixture.ts'

const RELEASE = 'echo "default_process_types:\n  web: ./serve\nconfig_vars:\n  COLOUR: blue"'

function imageOf(event: BuildEvent | undefined): Extract<BuildEvent, { type: 'done' }> {
  return event?.type === 'done' ? event : expect.unreachable(JSON.stringify(event))
}

describe('a folder of the app as buildpack, on the embedded engine', () => {
  const files = {
    '.buildpacks': '# ours\n./pack\n./second\n',
    'app.txt': 'the app',
    ...packFiles('pack', { compile: THOROUGH_COMPILE }),
    ...packFiles('second', {
      detect: 'test -f app.txt && echo Second',
      compile: 'echo "$FROM_FIRST" > handed.txt; test ! -e .paas.buildpacks',
      release: RELEASE,
    }),
  }
  const environment = { GREETING: "it's a\nsecret greeting" }

  test('detects, compiles in order and releases, with what the API of buildpacks promises', async () => {
    using box = new BuildFixture()
    const done = imageOf(await box.build(files, { environment }))
    expect(done.processTypes).toEqual({ web: './serve' })
    expect(done.plan).toMatchObject({ title: 'Tiny, Second', environment: { COLOUR: 'blue' }, profile: true })
    const headings = box.events.flatMap((event) => (event.type === 'heading' ? [event.text] : []))
    expect(headings).toContain('Tiny app detected')
    expect(headings).toContain('Compiling')
    expect(headings).toContain('Second app detected')
    expect(box.events).toContainEqual({ type: 'warning', text: 'Careful' })
    expect(box.text).toMatch(/^for heroku-22 at c0ffee in .+, bld_1$/m)
    expect(box.text).toMatch(/^runs: $/m)
    expect(box.text).toMatch(/^length: 22$/m)
    expect(box.text).toMatch(/^vars: GREETING\s*$/m)
    const app = (name: string) => join(done.image, 'app', name)
    expect(readFileSync(app('handed.txt'), 'utf8')).toBe('handed\n')
    expect(readFileSync(app('.profile.d/tiny.sh'), 'utf8')).toContain('FROM_PROFILE')
    expect(existsSync(app('.paas.buildpacks'))).toBe(false)
  })

  test('reaches the network by the proxy and with the authorities of the box', async () => {
    using box = new BuildFixture()
    const own = box.directory.join('own.pem')
    writeFileSync(own, '')
    const compile =
      'echo "by $HTTPS_PROXY $no_proxy"; grep -c BEGIN "$SSL_CERT_FILE" "$PIP_CERT" "$NODE_EXTRA_CA_CERTS"'
    const proxy = { HTTPS_PROXY: 'http://proxy.test:3128', no_proxy: 'localhost' }
    const tree = { '.buildpacks': './pack', ...packFiles('pack', { compile, release: RELEASE }) }
    imageOf(await box.build(tree, { proxy, certificateBundle: own }))
    expect(box.text).toMatch(/^by http:\/\/proxy\.test:3128 localhost$/m)
    expect(box.text.match(new RegExp(`pem:${rootCertificates.length}$`, 'gm'))).toHaveLength(3)
  })

  test('keeps its cache from build to build, and does not run again for the same tree', async () => {
    using box = new BuildFixture()
    await box.build(files, { environment })
    expect(imageOf(await box.build(files, { environment })).cachedSteps).toBe(1)
    expect(imageOf(await box.build({ ...files, 'app.txt': 'other' }, { environment })).cachedSteps).toBe(0)
    expect(box.text).toMatch(/^runs: again$/m)
    const script = { ...files, 'pack/bin/detect': '#!/bin/sh\necho Changed\n' }
    expect(imageOf(await box.build(script, { environment })).plan.title).toBe('Changed, Second')
  })

  test('a Procfile wins over default process types', async () => {
    using box = new BuildFixture()
    const done = imageOf(await box.build({ ...files, Procfile: 'web: ./own\nworker: ./work' }, { environment }))
    expect(done.processTypes).toEqual({ web: './own', worker: './work' })
  })
})

describe('what goes wrong is told by its buildpack', () => {
  const one = (scripts: Parameters<typeof packFiles>[1]) => ({ '.buildpacks': 'pack', ...packFiles('pack', scripts) })

  test.each([
    [
      'detect says no',
      one({ detect: 'echo nothing here; exit 1' }),
      'buildpack.not-for-app',
      'its bin/detect ended with 1',
    ],
    [
      'compile fails',
      one({ compile: 'echo broken; exit 7' }),
      'build.command-failed',
      'bin/compile of pack` ended with exit code 7',
    ],
    [
      'compile is killed',
      one({ compile: 'kill -9 $$' }),
      'build.out-of-memory',
      'bin/compile of pack` was ended by SIGKILL',
    ],
    [
      'release fails',
      one({ release: 'exit 2' }),
      'build.command-failed',
      'bin/release of pack` ended with exit code 2',
    ],
    ['release prints no YAML', one({ release: 'echo "a: [b"' }), 'buildpack.release-invalid', 'bin/release of pack'],
    [
      'release names no text',
      one({ release: 'echo "default_process_types: {web: [a]}"' }),
      'buildpack.release-invalid',
      'web is no text',
    ],
    [
      'release nests too deep',
      one({ release: `printf '%05000d' 0 | tr 0 '['` }),
      'buildpack.release-invalid',
      'bin/release of pack',
    ],
    ['nobody says what starts', one({}), 'buildpack.no-start', 'Tiny has no default process types'],
    ['no scripts', { '.buildpacks': 'pack', 'pack/README': '' }, 'buildpack.invalid', 'it has no bin/detect'],
    [
      'git in a private network',
      { '.buildpacks': 'https://127.0.0.1/x.git' },
      'fetch.private-address',
      '127.0.0.1 is not an address of the public internet',
    ],
    [
      'an archive in a private network',
      { '.buildpacks': 'https://[::1]/x.tgz' },
      'fetch.private-address',
      '::1 is not an address of the public internet',
    ],
    [
      'two languages',
      { '.buildpacks': 'heroku/ruby\nheroku/nodejs' },
      'buildpack.mixed',
      'heroku/ruby and heroku/nodejs cannot be used',
    ],
    [
      'a language beside others',
      { '.buildpacks': './pack\npython' },
      'buildpack.mixed',
      'python cannot be used together with other buildpacks',
    ],
  ])('%s', async (_, files, code, message) => {
    using box = new BuildFixture()
    expect(await box.build(files)).toMatchObject({ type: 'failed', code, message: expect.stringContaining(message) })
    expect(box.text).not.toContain('paas-buildpack-failed')
  })
})

describe('who says what an app is built by', () => {
  const tree = { 'package.json': '{"scripts":{"start":"node x"}}', 'requirements.txt': '', 'app.py': '' }
  const planOf = async (
    files: Record<string, string>,
    buildpacks: string[] = [],
    environment: Record<string, string> = {},
  ) => {
    using source = await sourceOf({ ...tree, ...files })
    return planFor(source, { buildpacks }, environment).plan
  }

  test('a language that is named is taken whatever the tree looks like, and says whose word it was', async () => {
    expect(await planOf({})).toMatchObject({ buildpack: 'node' })
    const plan = await planOf({ Dockerfile: 'FROM scratch' }, ['python'])
    expect(plan).toMatchObject({ buildpack: 'python', because: 'requirements.txt (chosen by paas buildpacks)' })
    expect(plan.warnings).toEqual([])
  })

  test('the app on the box comes before its config vars, those before its files', async () => {
    const file = { '.buildpacks': 'ruby' }
    expect((await planOf(file, ['python'], { BUILDPACK_URL: 'node' })).buildpack).toBe('python')
    expect((await planOf(file, [], { BUILDPACK_URL: 'node' })).buildpack).toBe('node')
    await expect(planOf(file)).rejects.toMatchObject({ code: 'buildpack.not-for-app' })
  })

  test('the list of app.json is followed where paas can, and told where it cannot', async () => {
    const appJson = (...urls: string[]) => ({
      'app.json': JSON.stringify({ buildpacks: urls.map((url) => ({ url })) }),
    })
    expect((await planOf(appJson('heroku/python'))).because).toBe('requirements.txt (chosen by app.json)')
    expect((await planOf(appJson('./pack', 'https://host.test/x'))).classic).toEqual(['./pack', 'https://host.test/x'])
    expect((await planOf(appJson('heroku/python'), ['node'])).buildpack).toBe('node')
    for (const urls of [['heroku/python', 'heroku/nodejs'], ['heroku/clojure'], ['heroku/ruby']]) {
      const plan = await planOf(appJson(...urls))
      expect(plan.buildpack).toBe('node')
      expect(plan.warnings.join()).toContain('app.json: its buildpacks are not followed; Node.js was found.')
    }
  })

  test('Node.js before another language is what package.json builds first', async () => {
    const files = { 'package.json': '{"scripts":{"start":"node x","build":"vite build"}}' }
    const plan = await planOf(files, ['heroku/nodejs', 'heroku/python'])
    expect(plan).toMatchObject({ buildpack: 'python', because: 'requirements.txt (chosen by paas buildpacks)' })
    expect(plan.notes?.join()).toContain('Node.js runs build of package.json first')
    expect(plan.warnings.join()).toContain('heroku/nodejs and heroku/python stand for the languages of paas')
  })

  test("Heroku's names mean our languages, and the push says so", async () => {
    const plan = await planOf({}, ['heroku-community/apt', 'heroku/python'])
    expect(plan.buildpack).toBe('python')
    expect(plan.warnings.join()).toContain('heroku/python stands for the language of paas')
  })

  test('STACK is that of Heroku which Debian 12 can stand in for, unless the app says another', async () => {
    const [step] = (await planOf({}, ['./pack'])).steps
    expect(step?.variables).toEqual({ PAAS_STACK: 'heroku-22' })
    const [other] = (await planOf({}, ['./pack'], { STACK: 'heroku-24' })).steps
    expect(other?.variables).toEqual({ PAAS_STACK: 'heroku-24' })
  })

  test('an app of any language has its .profile read', async () => {
    expect((await planOf({ '.profile': '' })).profile).toBe(true)
    expect((await planOf({ '.profile.d/a.sh': '' })).profile).toBe(true)
    expect((await planOf({ '.profile.d/a.txt': '' })).profile).toBeUndefined()
  })
})
