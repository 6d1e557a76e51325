import { expect, test } from 'vitest'
import { explain } from './explain.ts'

const LIMITS = { memoryMb: 2048, cpus: 2, pids: 64 }
const LLB = 'failed to solve with frontend dockerfile.v0: failed to create LLB definition: '

function told(message: string, rest: { step?: string; output?: string[] } = {}) {
  return explain({ message, output: [], limits: LIMITS, ...rest })
}

test.each([
  ['20.10', 'executor failed running [/bin/sh -c npm test]: exit code: 3'],
  ['28', 'process "/bin/sh -c npm test" did not complete successfully: exit code: 3'],
])('a command that fails is named with its exit code (engine %s)', (_, message) => {
  const error = told(message, { step: 'RUN --mount=type=cache,target=/root/.npm npm test', output: ['1 failing'] })
  expect(error).toMatchObject({
    code: 'build.step-failed',
    message: '`RUN npm test` failed with exit code 3.',
    exitCode: 3,
    failedStep: 'RUN --mount=type=cache,target=/root/.npm npm test',
    output: ['1 failing'],
    retryable: false,
  })
})

test('a command that the image does not have is called that', () => {
  expect(told('executor failed running [/bin/sh -c yarn]: exit code: 127', { step: 'RUN yarn' }).message).toBe(
    '`RUN yarn` failed with exit code 127: the image has no such command.',
  )
})

test.each([
  ['executor failed running [make]: exit code: 137', []],
  ['executor failed running [npm run build]: exit code: 1', ['npm error signal SIGKILL']],
  ['executor failed running [sh]: exit code: 2', ['Killed']],
])('%s %j is explained as out of memory, with the limit', (message, output) => {
  const error = told(message, { output })
  expect(error.code).toBe('build.out-of-memory')
  expect(error.message).toContain('2048 MB')
})

test('what the kernel counted is certain, and elsewhere what was said counts with it', () => {
  const failed = {
    message: 'executor failed running [make]: exit code: 2',
    step: 'RUN make',
    output: [],
    limits: LIMITS,
  }
  const nothing = { killed: 0, pressed: 0, refused: 0 }
  expect(explain({ ...failed, hits: { ...nothing, killed: 1 } })).toMatchObject({
    code: 'build.out-of-memory',
    message: expect.stringMatching(/^`RUN make` failed with exit code 2: .* limit of 2048 MB/),
    exceeded: { what: 'memory', limitMb: 2048 },
  })
  expect(explain({ ...failed, hits: { ...nothing, pressed: 1 } }).code).toBe('build.step-failed')
  expect(explain({ ...failed, output: ['Killed'], hits: { ...nothing, pressed: 1 } }).exceeded?.what).toBe('memory')
  expect(explain({ ...failed, hits: { ...nothing, refused: 1 } })).toMatchObject({
    code: 'build.too-many-processes',
    message: expect.stringContaining('limit of 64'),
  })
  for (const line of [
    'sh: 1: Cannot fork',
    'bash: fork: retry: Resource temporarily unavailable',
    'Error: spawn sh EAGAIN',
  ])
    expect(explain({ ...failed, output: [line], hits: nothing }).exceeded).toEqual({ what: 'processes', limit: 64 })
})

test('a full disk is the cause, wherever it was said', () => {
  const said = { output: ['cp: error writing: No space left on device'] }
  expect(told('executor failed running [cp]: exit code: 1', said).code).toBe('build.disk-full')
  expect(told('failed to copy files: write /x: no space left on device').retryable).toBe(true)
})

test.each([
  [
    `${LLB}dockerfile parse error line 2: unknown instruction: FOO`,
    'dockerfile.invalid',
    'in line 2: unknown instruction: FOO.',
  ],
  ['dockerfile parse error on line 7: unknown flag: --foo', 'dockerfile.invalid', 'in line 7: unknown flag: --foo.'],
  [`${LLB}the Dockerfile cannot be empty`, 'dockerfile.invalid', 'is empty'],
  ['failed to compute cache key: "/nope" not found: not found', 'dockerfile.missing-file', 'copies `nope`'],
  ['failed to calculate checksum of ref a1::b2: "/dist/x": not found', 'dockerfile.missing-file', 'copies `dist/x`'],
  ['secret zz not found: not found', 'dockerfile.missing-secret', '`zz`'],
  ['secret zz: not found', 'dockerfile.missing-secret', '`zz`'],
  [`${LLB}target stage web could not be found`, 'dockerfile.missing-target', '`web`'],
  [
    `${LLB}failed to do request: Head "https://registry-1.docker.io/v2/library/python/manifests/3": dial tcp: lookup registry-1.docker.io: no such host`,
    'image.unreachable',
    '`python:3` is not on the box and could not be pulled from registry-1.docker.io: dial tcp',
  ],
  [
    `${LLB}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
    'image.not-found',
    'does not exist in its registry',
  ],
  ['docker.io/library/python:99: not found', 'image.not-found', '`docker.io/library/python:99`'],
  [
    'failed to load cache key: Get "https://example.test/x": dial tcp: no such host',
    'build.download-failed',
    'https://example.test/x',
  ],
  ['rpc error: code = Unknown desc = context canceled', 'engine.interrupted', 'stopped the build'],
  [`${LLB}something new`, 'build.failed', 'The build failed: something new.'],
])('%s', (message, code, words) => {
  const error = told(message)
  expect(error.code).toBe(code)
  expect(error.message).toContain(words)
})

test('a long command is shortened', () => {
  const error = told('exit code: 1', { step: `RUN ${'x'.repeat(500)}` })
  expect(error.message.length).toBeLessThan(200)
})
