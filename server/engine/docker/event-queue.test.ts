import { expect, it } from 'vitest'
import type { EngineEvent } from '../engine.ts'
import { EventQueue } from './event-queue.ts'

const gone = (id: string): EngineEvent => ({ type: 'removed', id, app: 'blog' })

it('tells a reader that fell far behind to list again', async () => {
  const stop = new AbortController()
  const queue = new EventQueue(stop.signal)
  for (let n = 0; n < 10_002; n++) queue.push(gone(String(n)))
  const news = queue[Symbol.asyncIterator]()
  expect([(await news.next()).value, (await news.next()).value]).toEqual([{ type: 'resync' }, gone('10001')])
  stop.abort()
  expect((await news.next()).done).toBe(true)
})
