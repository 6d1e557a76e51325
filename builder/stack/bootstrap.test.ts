import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { EngineApi } from '../buildkit/engine-api.ts'
import { FakeEngine } from '../buildkit/fake-engine.ts'
import { BootstrapFailed, bootstrapBase } from './bootstrap.ts'

const IMPORT = 'POST /images/create'
const MIRROR = { debian: 'http://mirror.example.test/debian', security: 'http://mirror.example.test/debian-security' }
const directory = mkdtempSync(join(tmpdir(), 'bootstrap-'))
afterAll(() => rmSync(directory, { recursive: true }))

function program(text: string): string {
  const file = join(mkdtempSync(join(directory, 'bin-')), 'mmdebstrap')
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  return file
}

async function bootstrap(engine: FakeEngine, name: string, signal = AbortSignal.timeout(60_000)): Promise<unknown> {
  engine.answers[IMPORT] = () => ({ lines: [{ status: 'sha256:abc' }] })
  return bootstrapBase(new EngineApi(engine.socketPath), 'paas/base:x', signal, { program: name, mirror: MIRROR }).then(
    () => 'made',
    (error: unknown) => error,
  )
}

test('the tree goes straight into the engine', async () => {
  await using engine = await FakeEngine.start()
  expect(await bootstrap(engine, program('printf "%s" "$*"'))).toBe('made')
  const [request] = engine.received
  expect(request?.query.get('repo')).toBe('paas/base')
  expect(request?.query.get('tag')).toBe('x')
  expect(request?.body.toString()).toMatch(/--variant=minbase .*bookworm - deb http:\/\/mirror\.example\.test/)
})

test('a program that fails half way leaves no image, and its last words are the reason', async () => {
  await using engine = await FakeEngine.start()
  const error = await bootstrap(engine, program('head -c 200000 /dev/zero; echo "E: no mirror" >&2; exit 25'))
  expect(error).toBeInstanceOf(BootstrapFailed)
  expect(String(error)).toContain('E: no mirror')
})

test('a program that is not there is called that', async () => {
  await using engine = await FakeEngine.start()
  const error = await bootstrap(engine, 'no-such-mmdebstrap')
  expect(error).toBeInstanceOf(BootstrapFailed)
  expect(String(error)).toContain('no-such-mmdebstrap is not installed')
})

test('it can be broken off', async () => {
  await using engine = await FakeEngine.start()
  const started = performance.now()
  await bootstrap(engine, program('exec sleep 60'), AbortSignal.timeout(100))
  expect(performance.now() - started).toBeLessThan(30_000)
})
