import { expect, test } from 'vitest'
import { EngineApi } from './engine-api.ts'
import { ImageBuildError } from './failure.ts'
import { type Answer, FakeEngine } from './fake-engine.ts'
import { Progress } from './progress.ts'
import { SolveError, solve } from './solve.ts'
import { encodeTrace } from './trace-fixture.ts'

async function* context() {
  yield Buffer.from('tar')
}

const BUILD = 'POST /build'

async function building(answer: Answer | (() => Answer), signal = new AbortController().signal, body = context()) {
  await using engine = await FakeEngine.start()
  engine.answers[BUILD] = typeof answer === 'function' ? answer : () => answer
  engine.answers['POST /build/cancel'] = () => ({})
  const lines: string[] = []
  const progress = new Progress({ onLine: (line) => lines.push(line), onStep: () => {} })
  const request = { tag: 'paas/app:1', context: body, buildArgs: { A: '1' }, labels: { l: 'x' }, noCache: false }
  const outcome = await solve(new EngineApi(engine.socketPath), request, progress, signal).catch((error) => error)
  return { outcome, lines, engine }
}

test('the context is uploaded and the image id comes back, output line by line', async () => {
  const { outcome, lines, engine } = await building({
    lines: [
      { id: 'moby.buildkit.trace', aux: encodeTrace([], [['a', 'hello\nno end']]) },
      { id: 'moby.image.id', aux: { ID: 'sha256:abc' } },
    ],
  })
  expect(outcome).toBe('sha256:abc')
  expect(lines).toEqual(['hello', 'no end'])
  const [request] = engine.received
  expect(request?.body.toString()).toBe('tar')
  expect(Object.fromEntries(request?.query ?? [])).toMatchObject({
    version: '2',
    t: 'paas/app:1',
    buildargs: '{"A":"1"}',
  })
  expect(request?.query.has('nocache')).toBe(false)
})

test('a failure inside an answer of status 200 is a failure', async () => {
  const { outcome } = await building({ lines: [{ errorDetail: {}, error: 'exit code: 1' }] })
  expect(outcome).toBeInstanceOf(SolveError)
  expect(outcome.message).toBe('exit code: 1')
})

test('an answer that ends without an image is a failure', async () => {
  expect((await building({ lines: [] })).outcome).toBeInstanceOf(SolveError)
})

test('a refused build carries the reason of the engine', async () => {
  const { outcome } = await building({ status: 500, json: { message: 'no active sessions' } })
  expect(outcome).toBeInstanceOf(SolveError)
  expect(outcome.message).toBe('no active sessions')
})

test('an engine older than 20.10 is named as the cause', async () => {
  const { outcome } = await building({ headers: { 'api-version': '1.40' } })
  expect(outcome).toBeInstanceOf(ImageBuildError)
  expect(outcome.code).toBe('engine.too-old')
  expect(outcome.message).toContain('Docker 20.10')
})

test('an engine that is not there is unavailable, to be tried again', async () => {
  const progress = new Progress({ onLine: () => {}, onStep: () => {} })
  const request = { tag: 't', context: context(), buildArgs: {}, labels: {}, noCache: true }
  const outcome = solve(new EngineApi('/nonexistent.sock'), request, progress, new AbortController().signal)
  await expect(outcome).rejects.toMatchObject({ code: 'engine.unavailable', retryable: true })
})

test('an abort cancels the build at the engine and lets go of the connection', async () => {
  const abort = new AbortController()
  const { outcome, engine } = await building(() => {
    setTimeout(() => abort.abort(new Error('enough')), 50)
    return { hangs: true }
  }, abort.signal)
  expect(outcome.message).toBe('enough')
  const cancel = engine.received.find(({ path }) => path === '/build/cancel')
  expect(cancel?.query.get('id')).toBe(engine.received[0]?.query.get('buildid'))
})

test('an engine that dies in the middle is named as the cause, to be tried again', async () => {
  const { outcome, lines } = await building({
    lines: [{ id: 'moby.buildkit.trace', aux: encodeTrace([], [['a', 'working\n']]) }],
    dies: true,
  })
  expect(outcome).toMatchObject({ code: 'engine.interrupted', retryable: true })
  expect(lines).toEqual(['working'])
})

test('a context that breaks off is told by its own reason', async () => {
  async function* broken() {
    yield Buffer.from('tar')
    throw new Error('the source is gone')
  }
  const { outcome } = await building({}, undefined, broken())
  expect(outcome.message).toBe('the source is gone')
})
