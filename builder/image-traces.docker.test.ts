import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BuildEvent, BuildRequest } from './build.ts'
import { BuildFixture, scripts } from './build-fixture.ts'
import { docker, doneOf, onDocker, removeImagesOf, SOCKET } from './docker-fixture.ts'
import { ensureStack } from './stack/stack.ts'

const APP = `app_traces_${process.pid}`
const OWN_BASE = `paas-test/traces-base:${process.pid}`
const PROXY = `http://proxy-${process.pid}.example.test:3128`
let directory: string
let certificateBundle: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'traces-'))
  certificateBundle = join(directory, 'all.pem')
  writeFileSync(certificateBundle, rootCertificates.join('\n'))
  const signal = AbortSignal.timeout(280_000)
  const stack = await ensureStack({ socketPath: SOCKET, certificateBundle: null, onLine: () => {}, signal })
  docker('tag', stack, OWN_BASE)
})
afterAll(() => {
  docker('rmi', OWN_BASE)
  removeImagesOf(APP)
  rmSync(directory, { recursive: true, force: true })
})

const TELL = 'echo "it is $API_KEY" && node -e "console.error(process.env.API_KEY)"'
const DOCKERFILE = [
  `FROM ${OWN_BASE} AS first`,
  'ARG SOURCE_VERSION',
  'RUN --mount=type=secret,id=API_KEY cat /run/secrets/API_KEY',
  'RUN --mount=type=secret,id=env,target=/run/env . /run/env && echo "it is $API_KEY"',
  `FROM ${OWN_BASE}`,
  'COPY --from=first /etc/hostname /hostname',
  'RUN --mount=type=secret,id=API_KEY,target=/run/key wc -c < /run/key > /length',
  'CMD ["node", "-v"]',
].join('\n')

const KINDS: [string, Record<string, string>][] = [
  [
    'steps before, at and after installing',
    scripts(TELL, { 'heroku-prebuild': TELL, postinstall: TELL, 'heroku-postbuild': TELL }),
  ],
  ['a build step that fails', scripts(`${TELL} && exit 3`)],
  ['a plan that cannot be made', { 'package.json': '{ "name": "x",, }' }],
  ['a static site', { 'index.html': 'hello' }],
  ['mounts of an own Dockerfile', { Dockerfile: DOCKERFILE }],
  ['an own Dockerfile that fails', { Dockerfile: DOCKERFILE.replace('> /length', '> /length; cat /run/key; exit 4') }],
]

test.each(KINDS)('a config var is nowhere in what is left of a build: %s', async (_, files) => {
  const canary = `canary${randomBytes(12).toString('hex')}`
  using box = new BuildFixture()
  const last = await build(box, files, { environment: { API_KEY: canary, OTHER: `https://u:${canary}@db.test/x` } })
  expect(['done', 'failed']).toContain(last?.type)
  expect(box.events.map(({ type }) => type)).toContain('evidence')
  expect(JSON.stringify(box.events)).not.toContain(canary)
  if (last?.type !== 'done') return
  expect(docker('history', '--no-trunc', last.image) + docker('inspect', last.image)).not.toContain(canary)
  expect(await layersHold(last.image, canary)).toBe(false)
  expect(await layersHold(last.image, 'paas.build')).toBe(true)
})

test('proxies and authorities of the box reach every step, and are not left in the image', async () => {
  const proxy = { HTTP_PROXY: PROXY, https_proxy: PROXY, NO_PROXY: 'localhost' }
  const given = { proxy }
  const look =
    'echo "by $HTTP_PROXY $https_proxy but $NO_PROXY" && grep -c BEGIN "$SSL_CERT_FILE" "$PIP_CERT" "$GIT_SSL_CAINFO"'
  using box = new BuildFixture()
  const made = await build(box, scripts(look, { postinstall: look }), given)
  expect(box.text).toContain(`by ${PROXY} ${PROXY} but localhost`)
  expect(box.text).toContain(`ca.crt:${rootCertificates.length}`)
  const Dockerfile = `FROM ${OWN_BASE}\nRUN echo "by $HTTP_PROXY"\nRUN --mount=type=secret,id=ca,target=/ca grep -c BEGIN /ca\nCMD ["node"]\n`
  const own = await build(box, { Dockerfile }, given)
  expect(box.text).toContain(`by ${PROXY}`)
  for (const event of [made, own]) {
    const { image } = doneOf(event, box)
    expect(docker('history', '--no-trunc', image) + docker('inspect', image)).not.toContain(PROXY)
    expect(docker('run', '--rm', '--network', 'none', image, 'env')).not.toMatch(/proxy|ca\.crt/i)
    expect(await layersHold(image, PROXY)).toBe(false)
  }
  const again = await build(box, scripts(look, { postinstall: look }), { proxy: { HTTP_PROXY: 'http://other.test:1' } })
  expect(again).toMatchObject({ type: 'done', cachedSteps: made?.type === 'done' ? expect.any(Number) : 0 })
})

function build(
  box: BuildFixture,
  files: Record<string, string>,
  change: Partial<BuildRequest>,
): Promise<BuildEvent | undefined> {
  return box.build(files, { ...onDocker(APP), certificateBundle, ...change })
}

/** Looks through the image as it is saved: every layer and every setting of it, byte by byte. */
async function layersHold(image: string, text: string): Promise<boolean> {
  const child = spawn('docker', ['save', image], { stdio: ['ignore', 'pipe', 'inherit'] })
  let rest = Buffer.alloc(0)
  let found = false
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    const all = Buffer.concat([rest, chunk])
    found ||= all.includes(text)
    rest = all.subarray(-text.length)
  }
  return found
}
