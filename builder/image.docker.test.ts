import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EngineApi } from './buildkit/engine-api.ts'
import { buildImage, type ImageOptions, type ImageResult } from './image.ts'
import { ensureStack } from './stack/stack.ts'

const SOCKET = '/var/run/docker.sock'
const RUN = randomUUID()
const TAG = `paas-test/${RUN}:1`

let directory: string
let stack: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'image-'))
  const { signal } = new AbortController()
  stack = await ensureStack({ socketPath: SOCKET, certificateBundle: null, onLine: () => {}, signal })
})
afterAll(async () => {
  rmSync(directory, { recursive: true })
  const api = new EngineApi(SOCKET)
  await api.open('DELETE', `/images/${TAG}`, { query: { force: '1' } })
  // Each build took the tag from the one before.
  const filters = JSON.stringify({ dangling: ['true'], label: [`paas.test=${RUN}`] })
  await api.json('POST', '/images/prune', { query: { filters } })
})

function sourceTar(files: Record<string, string>): string {
  const tree = mkdtempSync(join(directory, 'tree-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), content)
  }
  execFileSync('tar', ['cf', `${tree}.tar`, '-C', tree, '.'])
  return `${tree}.tar`
}

type Built = { result: ImageResult; lines: string[]; steps: string[] }

async function build(instructions: string[], options: Partial<ImageOptions> = {}): Promise<Built> {
  const lines: string[] = []
  const steps: string[] = []
  const result = await buildImage({
    socketPath: SOCKET,
    tag: TAG,
    dockerfile: [`FROM ${stack}`, ...instructions, ''].join('\n'),
    sourceTar: sourceTar({ 'a.txt': 'a' }),
    secrets: {},
    labels: { 'paas.test': RUN },
    noCache: false,
    limits: {
      memoryMb: 4096,
      cpus: 2,
      pids: 2_048,
      diskBytes: 50e9,
      timeoutMs: 60_000,
      maxFileBytes: 1e9,
      maxTreeBytes: 1e9,
    },
    signal: new AbortController().signal,
    onLine: (line) => lines.push(line),
    onStep: ({ name, state }) => steps.push(`${state} ${name}`),
    ...options,
  })
  return { result, lines, steps }
}

const failing = (instructions: string[], options?: Partial<ImageOptions>) =>
  build(instructions, options).then(
    () => expect.unreachable('the build should have failed'),
    (error: unknown) => error,
  )

test('an image is built, described, and taken from the cache the next time', async () => {
  const instructions = ['COPY . .', `RUN echo ${randomUUID()} && cat a.txt`, 'EXPOSE 3000 53/udp', 'CMD ["node"]']
  const first = await build(instructions)
  expect(first.lines.at(-1)).toBe('a')
  expect(first.result).toMatchObject({ exposedPorts: [3000], cmd: ['node'], entrypoint: null, cachedSteps: 0 })
  expect(first.result.image).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(first.result.sizeBytes).toBeGreaterThan(1e6)
  const second = await build(instructions)
  expect(second.result).toEqual({ ...first.result, cachedSteps: 2 })
  expect(second.steps).toContain('cached COPY . .')
})

test('after a change of the source what stands before it comes from the cache', async () => {
  const instructions = ['COPY package.json ./', `RUN echo ${randomUUID()}`, 'COPY . .']
  await build(instructions, { sourceTar: sourceTar({ 'package.json': '{}', 'a.js': '1' }) })
  const { result, lines } = await build(instructions, { sourceTar: sourceTar({ 'package.json': '{}', 'a.js': '2' }) })
  expect(result.cachedSteps).toBe(2)
  expect(lines).toEqual([])
})

test('a secret is seen by the step that mounts it and is in neither image nor history', async () => {
  const secret = `s3cret-${randomUUID()}`
  const run = 'RUN --mount=type=secret,id=env --mount=type=secret,id=none,required=false sh -c'
  const { lines } = await build(
    [`${run} 'echo $(cat /run/secrets/env | wc -c) ${randomUUID()}; sleep 2'`, `${run} 'wc -c < /run/secrets/env'`],
    {
      secrets: { env: Buffer.from(secret) },
    },
  )
  expect(lines.map((line) => line.split(' ')[0])).toEqual([String(secret.length), String(secret.length)])
  const history = await new EngineApi(SOCKET).json('GET', `/images/${TAG}/history`)
  expect(JSON.stringify(history)).not.toContain(secret)
})

test('a failing command is named with its exit code and last lines', async () => {
  expect(await failing(['RUN echo because && exit 3'])).toMatchObject({
    code: 'build.step-failed',
    message: '`RUN echo because && exit 3` failed with exit code 3.',
    exitCode: 3,
    output: ['because'],
  })
})

test('a killed command is explained as out of memory', async () => {
  expect(await failing(['RUN exit 137'])).toMatchObject({ code: 'build.out-of-memory', exitCode: 137 })
})

test.each([
  ['FOO bar', 'dockerfile.invalid', 'line 2'],
  ['COPY nope /x', 'dockerfile.missing-file', '`nope`'],
  ['RUN --mount=type=secret,id=zz,required=true true', 'dockerfile.missing-secret', '`zz`'],
])('the mistake in `%s` is explained', async (instruction, code, words) => {
  const error = await failing([instruction])
  expect(error).toMatchObject({ code, retryable: false })
  expect(String(error)).toContain(words)
})

test('an image that cannot be had is named', async () => {
  const error = await failing([], { dockerfile: 'FROM 127.0.0.1:1/none/such:1\n' })
  expect(error).toMatchObject({ code: 'image.unreachable' })
  expect(String(error)).toContain('`none/such:1`')
})

test('a frontend from a registry is not fetched', async () => {
  const { lines } = await build([], { dockerfile: `# syntax=none/such:1\nFROM ${stack}\nRUN true\n` })
  expect(lines[0]).toContain('Ignored `# syntax=none/such:1`')
})

test('a build that takes too long is stopped, and so is one that is canceled', async () => {
  const sleep = [`RUN echo ${randomUUID()}; sleep 60`]
  const limits = {
    memoryMb: 4096,
    cpus: 2,
    pids: 2_048,
    diskBytes: 50e9,
    timeoutMs: 1_000,
    maxFileBytes: 1,
    maxTreeBytes: 1,
  }
  expect(await failing(sleep, { limits })).toMatchObject({
    code: 'build.timeout',
    message: 'The build was stopped: it took longer than the limit of 1 s.',
  })
  const abort = new AbortController()
  const onLine = () => abort.abort()
  expect(await failing(sleep, { signal: abort.signal, onLine })).toMatchObject({ code: 'build.canceled' })
})

test('paths that .dockerignore leaves out are not in the image', async () => {
  const tar = sourceTar({ 'keep.txt': '', 'secrets/key.pem': 'x' })
  const instructions = ['COPY . .', `RUN ls; echo ${randomUUID()}`]
  const { lines } = await build(instructions, { sourceTar: tar, entryFilter: (path) => !path.startsWith('secrets') })
  expect(lines.slice(0, -1)).toEqual(['keep.txt'])
})
