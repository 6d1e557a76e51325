import { expect, test } from 'vitest'
import { EngineApi } from '../buildkit/engine-api.ts'
import { FakeEngine } from '../buildkit/fake-engine.ts'
import { ensureBase } from './base.ts'
import { pullImage } from './pull.ts'

const OWN = 'paas/base:bookworm'
const PULL = 'POST /images/create'

async function base(engine: FakeEngine): Promise<string> {
  const signal = AbortSignal.timeout(60_000)
  return ensureBase(new EngineApi(engine.socketPath), { own: OWN, signal, onLine: () => {} })
}

test('an image that is there is used without a word to any registry', async () => {
  await using engine = await FakeEngine.start()
  engine.answers[`GET /images/${OWN}/json`] = () => ({ json: {} })
  expect(await base(engine)).toBe(OWN)
  engine.answers['GET /images/debian:bookworm-slim/json'] = () => ({ json: {} })
  expect(await base(engine)).toBe('debian:bookworm-slim')
  expect(engine.paths()).not.toContain(PULL)
})

test('an image that is absent is pulled where a registry answers', async () => {
  await using engine = await FakeEngine.start()
  engine.answers[PULL] = () => ({ lines: [{ status: 'Pulling from library/debian' }, { status: 'Download complete' }] })
  expect(await base(engine)).toBe('debian:bookworm-slim')
  const pull = engine.received.at(-1)
  expect(pull?.query.get('fromImage')).toBe('debian')
  expect(pull?.query.get('tag')).toBe('bookworm-slim')
})

test('a pull that fails half way, or is refused at once, is a failure with the reason', async () => {
  await using engine = await FakeEngine.start()
  const pull = () => pullImage(new EngineApi(engine.socketPath), 'debian:x', new AbortController().signal)
  engine.answers[PULL] = () => ({ lines: [{ status: 'Pulling' }, { error: 'toomanyrequests' }] })
  await expect(pull()).rejects.toThrow('toomanyrequests')
  engine.answers[PULL] = () => ({ status: 500, json: { message: 'no such host' } })
  await expect(pull()).rejects.toThrow('no such host')
})

test('the caller can break off a pull that does not move', async () => {
  await using engine = await FakeEngine.start()
  engine.answers[PULL] = () => ({ hangs: true })
  const pull = pullImage(new EngineApi(engine.socketPath), 'debian:x', AbortSignal.timeout(50))
  await expect(pull).rejects.toThrow('timeout')
})
