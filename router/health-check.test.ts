import { describe, expect, test } from 'vitest'
import { DEFAULT_HEALTH_CHECK, type HealthCheckSpec } from './contract/table.ts'
import { checkOnce, untilHealthy } from './health-check.ts'
import { Origin, RawOrigin } from './testing/origin.ts'

const never = new AbortController().signal
const at = (port: number) => ({ host: '127.0.0.1', port })
const path: HealthCheckSpec = { path: '/up', host: 'app.test', timeoutMs: 10_000, successes: 2 }

function answering(text: string): Promise<RawOrigin> {
  return RawOrigin.start(() => {}, text)
}

describe('one check', () => {
  test.each([
    ['HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n', null, 'answered 500'],
    ['HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', null, 'answered 404'],
    ['HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n', null, null],
    ['HTTP/1.0 200 OK\r\n\r\nold', null, null],
    ['SSH-2.0-OpenSSH_9.2\r\n', 'answered something that is not HTTP', 'answered something that is not HTTP'],
    ['', 'closed the connection without an answer', 'closed the connection without an answer'],
  ])('judges %j', async (text, withoutPath, withPath) => {
    await using app = await answering(text)
    expect(await checkOnce(at(app.port), { ...DEFAULT_HEALTH_CHECK, timeoutMs: 10_000 }, never)).toBe(withoutPath)
    expect(await checkOnce(at(app.port), path, never)).toBe(withPath)
  })

  test('names a refused connection and a silent app', async () => {
    const gone = await answering('')
    await gone[Symbol.asyncDispose]()
    expect(await checkOnce(at(gone.port), path, never)).toBe('connection refused')
    await using silent = await RawOrigin.start(() => {}, null)
    expect(await checkOnce(at(silent.port), { ...path, timeoutMs: 300 }, never)).toBe('no answer within 300 ms')
  })

  test('asks for the path with the host it was given', async () => {
    const asked: string[] = []
    await using app = new Origin(() => {})
    app.server.removeAllListeners('request')
    app.server.on('request', (incoming, response) => {
      asked.push(`${incoming.method} ${incoming.url} ${incoming.headers.host}`)
      response.end()
    })
    await new Promise<void>((resolve) => app.server.listen(0, '127.0.0.1', resolve))
    const address = app.server.address()
    if (typeof address !== 'object' || !address) throw new Error('not listening')
    expect(await checkOnce(at(address.port), path, never)).toBeNull()
    expect(asked).toEqual(['GET /up app.test'])
  })
})

describe('polling', () => {
  test('finds an app soon after it begins to listen, and wants successes in a row', async () => {
    const holder = await answering('')
    await holder[Symbol.asyncDispose]()
    await using app = await Origin.start()
    const verdict = await untilHealthy(at(app.port), DEFAULT_HEALTH_CHECK, never)
    expect(verdict).toEqual({ healthy: true, attempts: 2, lastError: null })
    const late = new Origin((_incoming, response) => response.end())
    let ready = 0
    setTimeout(() => late.server.listen(holder.port, '127.0.0.1', () => (ready = performance.now())), 100)
    expect((await untilHealthy(at(holder.port), DEFAULT_HEALTH_CHECK, never)).healthy).toBe(true)
    // At its slowest it looks once a second.
    expect(performance.now() - ready).toBeLessThan(900)
    await late[Symbol.asyncDispose]()
  })

  test('ends with the signal and tells what was wrong last', async () => {
    await using app = await answering('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n')
    const verdict = await untilHealthy(at(app.port), path, AbortSignal.timeout(1_000))
    expect(verdict).toMatchObject({ healthy: false, lastError: 'answered 503' })
    expect(verdict.attempts).toBeGreaterThan(1)
  })
})
