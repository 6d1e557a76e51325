import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { RouterEvent } from './contract/event.ts'
import { EventStream } from './event-stream.ts'
import { BATCH_CHARS } from './line-batch.ts'

const event: RouterEvent = { type: 'dropped', count: 0 }
const line = (number: number) => `{"type":"request","number":${number}}\n`

function reader(): { sink: PassThrough; lines: () => { type: string; number?: number; count?: number }[] } {
  const sink = new PassThrough({ readableHighWaterMark: 1e9, writableHighWaterMark: 1e9 })
  let text = ''
  sink.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  return {
    sink,
    lines: () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((part) => JSON.parse(part)),
  }
}

test('a slow reader misses events, holds no memory, and is told how many are missing', async () => {
  const events = new EventStream()
  const slow = new PassThrough()
  events.add(slow)
  for (let count = 0; count < 100_000; count++) events.publish(event)
  for (let count = 0; count < 100_000; count++) events.append(line(count))
  events.flush()
  expect(slow.writableLength).toBeLessThan(1_200_000)
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
  expect(events.wanted).toBe(true)
  reader.emit('close')
  expect(events.wanted).toBe(false)
})

test('whoever reads another type alone does not have the lines of requests made', () => {
  const events = new EventStream()
  const { sink, lines } = reader()
  events.add(sink, 'target')
  expect(events.wanted).toBe(false)
  events.publish(event)
  expect(lines()).toEqual([])
})

test('lines leave together, in order, before whatever happens after them', async () => {
  const events = new EventStream()
  const { sink, lines } = reader()
  events.add(sink)
  for (let number = 0; number < 3; number++) events.append(line(number))
  expect(lines()).toEqual([])
  events.publish(event)
  await new Promise((resolve) => setImmediate(resolve))
  expect(lines().map(({ type, number }) => number ?? type)).toEqual([0, 1, 2, 'dropped'])
})

test('lines wait for others only a moment, and many of them not at all', async () => {
  const events = new EventStream()
  const { sink, lines } = reader()
  events.add(sink)
  events.append(line(1))
  while (lines().length < 1) await new Promise((resolve) => setTimeout(resolve, 5))
  const many = Math.ceil(BATCH_CHARS / line(2).length)
  for (let count = 0; count < many; count++) events.append(line(2))
  await new Promise((resolve) => setImmediate(resolve))
  expect(lines().length).toBe(1 + many)
})
