import { expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'

const record = (n: number) => ({
  cursor: `c${n}`,
  at: 'now',
  source: 'app' as const,
  process: 'web.1',
  text: `line ${n}`,
})

async function withShop(): Promise<ApiKit> {
  const kit = await ApiKit.start()
  kit.apps.create({ user: kit.alice, scope: 'admin', via: 'api' }, 'shop')
  return kit
}

test('programs get one JSON value a line', async () => {
  await using kit = await withShop()
  kit.logs.records = [record(1), record(2)]
  const texts: string[] = []
  const stream = kit.client().stream('logs.read', { params: { app: 'shop' }, query: { lines: 2 } })
  for await (const { text } of stream) texts.push(text)
  expect(texts).toEqual(['line 1', 'line 2'])
})

test('browsers get events, each with the id to go on from', async () => {
  await using kit = await withShop()
  kit.logs.records = [record(1)]
  const headers = { Accept: 'text/event-stream', 'Last-Event-ID': 'c0' }
  const response = await kit.fetch('GET', '/apps/shop/logs', { token: kit.token(), headers })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  expect(response.headers.get('x-accel-buffering')).toBe('no')
  expect(await response.text()).toBe(`id: c1\ndata: ${JSON.stringify(record(1))}\n\n`)
  expect(kit.logs.asked).toMatchObject([{ after: 'c0' }])
})

test('a reader that goes away ends the reading', async () => {
  await using kit = await withShop()
  kit.logs.records = [record(1)]
  const stop = new AbortController()
  const response = await kit.fetch('GET', '/apps/shop/logs?follow=true', { token: kit.token(), signal: stop.signal })
  await response.body?.getReader().read()
  expect(kit.logs.stopped).toBe(false)
  stop.abort()
  await expect.poll(() => kit.logs.stopped).toBe(true)
})

test('a quiet stream begins at once', async () => {
  await using kit = await withShop()
  const stop = new AbortController()
  const response = await kit.fetch('GET', '/apps/shop/logs?follow=true', { token: kit.token(), signal: stop.signal })
  expect(response.status).toBe(200)
  stop.abort()
})

test('output of a build goes on after the last line that was seen', async () => {
  await using kit = await withShop()
  kit.builds.lines = [1, 2, 3].map((n) => ({ n, text: `step ${n}` }))
  const headers = { Accept: 'text/event-stream', 'Last-Event-ID': '2' }
  const response = await kit.fetch('GET', '/apps/shop/builds/b1/output', { token: kit.token(), headers })
  expect(await response.text()).toBe('id: 3\ndata: {"n":3,"text":"step 3"}\n\n')
})

test('what cannot be streamed is a problem with a status, not a broken stream', async () => {
  await using kit = await withShop()
  const response = await kit.fetch('GET', '/apps/shop/deploys/nope/events', { token: kit.token() })
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ code: 'deploy.not-found' })
})
