import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BuildEvent } from '../build.ts'
import { BuildFixture, MACHINE_BUNDLE } from '../build-fixture.ts'
import { ampleLimits, answerOf, docker, doneOf, onDocker, removeImagesOf, SOCKET } from '../docker-fixture.ts'
import { ensureStack } from '../stack/stack.ts'
import { makeBuilder } from './stand-in/builder.ts'

const APP = `app_cloud_native_${process.pid}`
const BUILDER = `paas-test/builder-${process.pid}:1`
const RUN = `paas-test/run-${process.pid}:1`
const PATIENCE_MS = 280_000
const SECRET = "it's a\nsecret greeting"

beforeAll(async () => {
  const options = {
    socketPath: SOCKET,
    certificateBundle: MACHINE_BUNDLE,
    onLine: () => {},
    signal: AbortSignal.timeout(PATIENCE_MS),
  }
  makeBuilder({ builder: BUILDER, run: RUN, base: await ensureStack(options) })
}, PATIENCE_MS)
afterAll(() => {
  removeImagesOf(APP)
  spawnSync('docker', ['rmi', '--force', BUILDER, RUN])
})

const files = {
  'project.toml': `[_]
schema-version = "0.2"
[io.buildpacks]
builder = "${BUILDER}"
exclude = ["spec/"]
[[io.buildpacks.build.env]]
name = "FLAVOUR"
value = "sweet"
`,
  'greeting.txt': `${process.pid} ${Date.now()}`,
  'spec/greeting.test': 'not for the build',
}

test(
  'a builder image builds by its buildpacks, and the image stands on its run image without secrets and what only the build needs',
  async () => {
    using box = new BuildFixture()
    const image = doneOf(await build(box, files), box)
    expect(image).toMatchObject({ processTypes: { web: null, worker: '/cnb/process/worker' } })
    expect(box.text).toMatch(/^Greeter 0\.9\.0$/m)
    expect(box.text).toMatch(/^length: 22, flavour: sweet$/m)
    expect(box.text).toMatch(/^vars: (?=.*\bGREETING\b)(?=.*\bSOURCE_VERSION\b)(?=.*\bSSL_CERT_FILE\b)?/m)
    expect(box.text).toMatch(/^runs: *$/m)
    expect(answerOf(image.image, '/')).toBe('from the layer 1002\n')
    const inside = (...argv: string[]) =>
      docker(
        'run',
        '--rm',
        '--network',
        'none',
        '--user',
        '0',
        '--entrypoint',
        argv[0] ?? '',
        image.image,
        ...argv.slice(1),
      )
    expect(
      inside('find', '/cnb', '-path', '/cnb/node_modules', '-prune', '-o', '-print').split('\n').toSorted(),
    ).toEqual([
      ...[
        '',
        '/cnb',
        '/cnb/lifecycle',
        '/cnb/lifecycle/launcher',
        '/cnb/process',
        '/cnb/process/web',
        '/cnb/process/worker',
      ],
    ])
    expect(inside('ls', '/')).not.toMatch(/^paas/m)
    const layers = inside('find', '/layers').split('\n').filter(Boolean).toSorted()
    expect(layers).toEqual([
      ...[
        '/layers',
        '/layers/config',
        '/layers/config/metadata.toml',
        '/layers/test_greeter',
        '/layers/test_greeter/served',
      ],
      ...['/layers/test_greeter/served/env.launch', '/layers/test_greeter/served/env.launch/LAYERED'],
    ])
    expect(inside('ls', '-A', '/workspace').split('\n')).toEqual([
      'greeting.txt',
      'made.txt',
      'project.toml',
      'server.mjs',
      '',
    ])
    expect(
      inside('sh', '-c', "grep -rlsF 'secret greeting' /layers /workspace /platform /tmp /run /var /etc /cnb || true"),
    ).toBe('')
    expect(docker('history', '--no-trunc', image.image) + docker('inspect', image.image)).not.toContain(
      'secret greeting',
    )

    const changed = {
      ...files,
      'greeting.txt': `${files['greeting.txt']} again`,
      Procfile: 'web: node server.mjs\nrelease: true\n',
    }
    const named = {
      ...changed,
      'project.toml': `${files['project.toml']}[[io.buildpacks.group]]\nid = "test/greeter"\n`,
    }
    const again = doneOf(await build(box, named), box)
    expect(again.processTypes).toEqual({ web: 'node server.mjs', release: 'true', worker: '/cnb/process/worker' })
    expect(box.text).toMatch(/^Greeter 0\.10\.0$/m)
    expect(box.text).toMatch(/^runs: again count = 1 \[metadata\]\s+stored = true$/m)
    const launcher = docker(
      'run',
      '--rm',
      '--network',
      'none',
      '--entrypoint',
      '/cnb/lifecycle/launcher',
      again.image,
      'echo "$LAYERED"',
    )
    expect(launcher).toBe('from the layer\n')
    expect(doneOf(await build(box, named), box).cachedSteps).toBe(1)
  },
  PATIENCE_MS,
)

test(
  'an app that no buildpack knows, a buildpack that is not there, and a builder that cannot be had are told',
  async () => {
    using box = new BuildFixture()
    const { 'greeting.txt': _, ...unknown } = files
    expect(await build(box, unknown)).toMatchObject({
      code: 'builder.no-match',
      message: expect.stringContaining(BUILDER),
    })
    const lacking = { ...files, 'project.toml': `${files['project.toml']}[[io.buildpacks.group]]\nid = "test/other"\n` }
    expect(await build(box, lacking)).toMatchObject({ code: 'builder.lacks-buildpack' })
    const nowhere = 'registry.invalid/ada/builder:2'
    expect(await build(box, files, nowhere)).toMatchObject({
      code: 'builder.unavailable',
      command: `docker pull ${nowhere}`,
    })
    expect(await build(box, files, RUN)).toMatchObject({ code: 'builder.invalid' })
  },
  PATIENCE_MS,
)

function build(box: BuildFixture, tree: Record<string, string>, builder?: string): Promise<BuildEvent | undefined> {
  return box.build(tree, {
    ...onDocker(APP),
    environment: { GREETING: SECRET },
    limits: ampleLimits(PATIENCE_MS),
    ...(builder === undefined ? {} : { settings: { builder } }),
  })
}
