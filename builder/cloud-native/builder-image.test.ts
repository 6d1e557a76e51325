import { afterEach, beforeEach, expect, test } from 'vitest'
import { EngineApi } from '../buildkit/engine-api.ts'
import { FakeEngine } from '../buildkit/fake-engine.ts'
import { Output } from '../output.ts'
import { builderImage } from './builder-image.ts'
import { renderCloudNative } from './dockerfile.ts'

const PULL = 'POST /images/create'
const APIS = { platform: { deprecated: ['0.3'], supported: ['0.8', '0.12', '0.99'] } }
const STACK = { runImage: { image: 'acme/run:1', mirrors: ['mirror.test:5000/run:1'] } }

let engine: FakeEngine
beforeEach(async () => {
  engine = await FakeEngine.start()
})
afterEach(async () => {
  await engine[Symbol.asyncDispose]()
})

function has(
  name: string,
  config: { metadata?: unknown; env?: string[]; labels?: Record<string, string>; onBuild?: string[] } = {},
): void {
  const { metadata, env = ['CNB_USER_ID=1001', 'CNB_GROUP_ID=1000'], labels = {}, onBuild = [] } = config
  const told = metadata === undefined ? {} : { 'io.buildpacks.builder.metadata': JSON.stringify(metadata) }
  const json = {
    Id: `sha256:${name}`,
    Os: 'linux',
    Architecture: 'arm64',
    Config: { Env: env, Labels: { ...told, ...labels }, OnBuild: onBuild },
  }
  engine.answers[`GET /images/${name}/json`] = () => ({ json })
}

function look(name = 'acme/builder:1') {
  const surroundings = {
    output: new Output(
      () => {},
      (text) => text,
    ),
    signal: AbortSignal.timeout(60_000),
  }
  return builderImage(new EngineApi(engine.socketPath), name, surroundings)
}

test('a builder on the box tells who builds, in which version, and what the image stands on', async () => {
  has('acme/builder:1', { metadata: { lifecycle: { apis: APIS }, stack: STACK } })
  has('acme/run:1', {
    labels: { 'io.buildpacks.base.distro.name': 'debian', 'io.buildpacks.base.distro.version': '12' },
  })
  const builder = await look()
  expect(builder).toEqual({
    image: 'acme/builder:1',
    user: 1001,
    group: 1000,
    platformApi: '0.12',
    runImage: {
      image: 'acme/run:1',
      id: 'sha256:acme/run:1',
      os: 'linux',
      arch: 'arm64',
      distro: { name: 'debian', version: '12' },
    },
  })
  expect(engine.paths()).not.toContain(PULL)
  const text = renderCloudNative(builder, { stack: 'paas/stack:1', app: 'app_1', certificates: true, arch: 'arm64' })
  expect(text).toContain('FROM acme/builder:1 AS build')
  expect(text).toMatch(
    /^RUN .*--mount=type=secret,id=env,target=\/run\/paas\/env,uid=1001,gid=1000.*ld-linux-aarch64\.so\.1/m,
  )
  expect(text).not.toContain('docker.sock')
  expect(text.slice(text.lastIndexOf('FROM '))).toMatch(
    /^FROM acme\/run:1\n(?:COPY --from=build .*\n)+ENV CNB_LAYERS_DIR/,
  )
})

test('what is not on the box is pulled, and a mirror of the run image that is there will do', async () => {
  has('mirror.test:5000/run:1')
  engine.answers[PULL] = ({ query }) => {
    has(`${query.get('fromImage')}:${query.get('tag')}`, {
      metadata: { lifecycle: { api: { platform: '0.9' } }, stack: STACK },
    })
    return { lines: [{ status: 'Pulling' }] }
  }
  expect(await look('host.test:5000/acme/builder')).toMatchObject({
    image: 'host.test:5000/acme/builder:latest',
    platformApi: '0.9',
    runImage: { image: 'mirror.test:5000/run:1' },
  })
})

test.each([
  [{}, 'builder.invalid', 'it has no label'],
  [
    { metadata: { stack: STACK, lifecycle: { apis: APIS } }, env: ['CNB_USER_ID=1001'] },
    'builder.invalid',
    'CNB_GROUP_ID is not set',
  ],
  [
    { metadata: { stack: STACK, lifecycle: { apis: APIS } }, env: ['CNB_USER_ID=0', 'CNB_GROUP_ID=0'] },
    'builder.invalid',
    'never run as root',
  ],
  [{ metadata: { lifecycle: { apis: APIS } } }, 'builder.invalid', 'it names no run image'],
  [
    { metadata: { lifecycle: { apis: APIS }, stack: { runImage: { image: 'paas/app_2:bld_1' } } } },
    'builder.invalid',
    'no run image',
  ],
  [
    { metadata: { lifecycle: { apis: APIS }, stack: { runImage: { image: 'a/b\nCOPY --from=paas/x / /' } } } },
    'builder.invalid',
    'no run image',
  ],
  [{ metadata: { lifecycle: { apis: APIS }, stack: STACK }, onBuild: ['RUN id'] }, 'builder.invalid', 'ONBUILD'],
  [
    { metadata: { stack: STACK, lifecycle: { apis: { platform: { supported: ['0.4'] } } } } },
    'builder.lifecycle',
    'speaks the Platform API 0.4',
  ],
])('an image that cannot build is refused with the reason: %j', async (config, code, reason) => {
  has('acme/builder:1', config)
  has('acme/run:1')
  await expect(look()).rejects.toMatchObject({ code, message: expect.stringContaining(reason) })
})

test('what can be had nowhere is told with the command that loads it', async () => {
  engine.answers[PULL] = () => ({ lines: [{ error: 'no such host' }] })
  await expect(look()).rejects.toMatchObject({
    code: 'builder.unavailable',
    message: expect.stringContaining('no such host'),
    help: { command: 'docker pull acme/builder:1' },
  })
  has('acme/builder:1', { metadata: { lifecycle: { apis: APIS }, stack: STACK } })
  await expect(look()).rejects.toMatchObject({
    code: 'builder.run-image-unavailable',
    help: { command: 'docker pull acme/run:1' },
  })
})
