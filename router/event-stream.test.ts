import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { RouterEvent } from './contract.ts'
import { EventStream } from './event-stream.ts'

const event: RouterEvent = { type: 'dropped', count: 0 }

test('a slow reader misses events, holds no memory, and is told how many are missing', async () => {
  const events = new EventStream()
  const slow = new PassThrough()
  events.add(slow)
  for (let count = 0; count < 200_000; count++) events.publish(event)
  expect(slow.writableLength).toBeLessThan(1_100_000)
  let text = ''
  slow.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  while (!text.includes('"count":1')) await new Promise((resolve) => setTimeout(resolve, 5))
  const lines = text.trim().split('\n')
  const missing = JSON.parse(lines.at(-1) ?? '{}').count
  expect(lines.length - 1 + missing).toBe(200_000)
})

test('a reader that left gets nothing more', () => {
  const events = new EventStream()
  const reader = new PassThrough()
  events.add(reader)
  expect(events.watched).toBe(true)
  reader.emit('close')
  expect(events.watched).toBe(false)
})
