import { rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get } from '../../bench/load.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { testEngines } from '../engines.ts'
import { boxSettings } from './box-settings.ts'

const BOOT_TIMEOUT_MS = 8_000
const good = 'require("http").createServer((q, r) => r.end("ok")).listen(process.env.PORT)\n'

type Change = { [file: string]: string | object }
type Case = {
  name: string
  change: Change | ((app: SampleApp) => Promise<void>)
  /** What the user must read, all of it. */
  says: RegExp[]
  engines?: 'docker'[]
}

const start = (script: string): Change => ({ 'server.cjs': script, Procfile: 'web: node server.cjs\n' })

const CASES: Case[] = [
  {
    name: 'no language',
    change: async (app) => {
      await app.git('rm', '-q', '-r', '.')
      await writeFile(join(app.directory, 'notes.txt'), 'nothing to run\n')
    },
    says: [/looked for/i, /package\.json/, /Dockerfile/],
  },
  { name: 'a broken package.json', change: { 'package.json': '{ "name": "x",, }' }, says: [/package\.json/, /line 1/] },
  {
    name: 'a Procfile with a duplicate',
    change: { Procfile: 'web: node server.js\nweb: node other.js\n' },
    says: [/Procfile/, /line 2/, /web/],
  },
  {
    name: 'a Procfile that is not one',
    change: { Procfile: 'this is not a procfile\n' },
    says: [/Procfile/, /line 1/],
  },
  {
    name: 'a lock file out of step',
    change: {
      'package.json': { name: 'x', dependencies: { 'is-number': '7.0.0' }, scripts: { start: 'node server.js' } },
    },
    says: [/lock/i, /npm install/],
  },
  {
    name: 'a failing build script',
    change: {
      'package.json': {
        name: 'x',
        scripts: { start: 'node server.js', build: 'echo compiling; echo no such module >&2; exit 3' },
      },
    },
    says: [/no such module/, /build/, /3/],
  },
  {
    name: 'an app that never listens',
    change: start('setInterval(() => {}, 1000)\n'),
    says: [/did not listen on any port within 8 s/, /PORT/],
  },
  {
    name: 'an app on the wrong port',
    change: start('require("http").createServer((q, r) => r.end("ok")).listen(34567, "0.0.0.0")\n'),
    says: [/listens on port 34567, but PORT is \d+/, /process\.env\.PORT/],
  },
  {
    name: 'an app on 127.0.0.1 only',
    change: start('require("http").createServer((q, r) => r.end("ok")).listen(process.env.PORT, "127.0.0.1")\n'),
    says: [/listens on 127\.0\.0\.1:\d+ only/, /0\.0\.0\.0/],
    engines: ['docker'],
  },
  {
    name: 'an app that crashes at boot',
    change: start('console.error("cannot find my database"); process.exit(7)\n'),
    says: [/cannot find my database/, /web\.1 exited with status 7/],
  },
  {
    name: 'a failing release command',
    change: { Procfile: 'web: node server.js\nrelease: echo migrating; exit 4\n' },
    says: [/migrating/, /release command exited with status 4/, /serves on/],
  },
  {
    name: 'a 300 MB file',
    change: async (app) => {
      await writeFile(join(app.directory, 'huge.bin'), '')
      await truncate(join(app.directory, 'huge.bin'), 300 * 1024 ** 2)
    },
    says: [/ huge\.bin/, /300 MB/, /200 MB/],
  },
  {
    name: 'a symlink out of the tree',
    change: async (app) => symlink('/etc/passwd', join(app.directory, 'passwd')),
    says: [/passwd/, /symlink|link/],
  },
  {
    name: 'a submodule',
    change: async (app) => {
      await writeFile(
        join(app.directory, '.gitmodules'),
        '[submodule "lib"]\n\tpath = lib\n\turl = https://example.test/lib.git\n',
      )
      await app.git('init', '-q', '-b', 'main', 'lib')
      await app.git('-C', 'lib', 'commit', '-q', '--allow-empty', '-m', 'a library')
    },
    says: [/submodule/i, /lib/],
  },
  {
    name: 'a Git LFS pointer',
    change: {
      'model.bin': `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`,
    },
    says: [/LFS/, /model\.bin/],
  },
]

describe.each(testEngines())('what a user may push by mistake, on %s', (engine) => {
  let box: LocalBox
  let app: SampleApp

  beforeAll(async () => {
    box = await LocalBox.start({
      engine,
      prepare: boxSettings({ boot_timeout_ms: BOOT_TIMEOUT_MS, monitor_ms: 1_000 }),
    })
    app = await SampleApp.create(box, 'shop')
    await app.deploy()
    if (engine === 'embedded') await replaceStubborn(box)
  })
  afterAll(async () => {
    await box[Symbol.asyncDispose]()
  })

  const cases = CASES.filter((one) => one.engines === undefined || one.engines.includes(engine as 'docker'))
  test.each(cases)('$name: the push is declined in words, and the old release serves', async ({ change, says }) => {
    const good = (await app.git('rev-parse', 'HEAD')).stdout.trim()
    try {
      if (typeof change === 'function') await change(app)
      else await write(app, change)
      await app.commit('a mistake')
      const { code, stderr } = await app.push()
      expect(code).toBe(1)
      for (const text of says) expect(stderr).toMatch(text)
      expect(stderr).toContain('pre-receive hook declined')
      expect((await app.git('ls-remote', 'paas', 'main')).stdout).toContain(good)
      expect(await served(box)).toBe('v1')
    } finally {
      await app.git('reset', '-q', '--hard', good)
      await app.git('clean', '-qffdx')
    }
  })

  test('an empty repository has nothing to push', async () => {
    const empty = await SampleApp.empty(box, 'empty')
    const { code, stderr } = await empty.push()
    expect(code).not.toBe(0)
    expect(stderr).toContain('src refspec main does not match any')
    await rm(empty.directory, { recursive: true })
  })

  test('an empty commit says that there is nothing to build', async () => {
    const empty = await SampleApp.empty(box, 'void')
    await empty.commit('nothing')
    const { code, stderr } = await empty.push()
    expect(code).toBe(1)
    expect(stderr).toMatch(/nothing to build|empty/i)
  })

  /** Last, because it takes 30 s: the old one was asked to stop before all others. */
  test.runIf(engine === 'embedded')('an app that ignores SIGTERM is replaced all the same, and killed', async () => {
    const releases = async () => (await instancesOf(box, 'stubborn')).map(({ release }) => release)
    await expect.poll(releases, { timeout: 120_000, interval: 500 }).toEqual([2])
  })
})

async function replaceStubborn(box: LocalBox): Promise<void> {
  const stubborn = await SampleApp.empty(box, 'stubborn')
  await write(stubborn, {
    'package.json': { name: 'x', scripts: { start: 'node server.js' } },
    'server.js': `process.on("SIGTERM", () => {})\n${good}`,
  })
  await stubborn.commit('first')
  await stubborn.deploy()
  await stubborn.changeCode('second')
  await stubborn.deploy()
}

async function write(app: SampleApp, files: Change): Promise<void> {
  for (const [file, content] of Object.entries(files)) {
    await writeFile(join(app.directory, file), typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  }
}

async function served(box: LocalBox): Promise<string> {
  const { body } = await get({ port: box.ports.http, host: 'shop.localhost', path: '/release' })
  return (JSON.parse(body) as { release: string }).release
}

async function instancesOf(box: LocalBox, app: string) {
  return (await box.client().call('instances.list', { params: { app } })).items
}
