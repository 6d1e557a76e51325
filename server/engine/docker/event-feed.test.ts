import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../log.ts'
import type { EngineEvent } from '../engine.ts'
import { Connection } from './connection.ts'
import { EventFeed } from './event-feed.ts'
import { answerJson, FakeEngine } from './fake-engine.ts'

const LABELS = {
  'paas.box': 'box1',
  'paas.app': 'blog',
  'paas.release': '7',
  'paas.process': 'web',
  'paas.instance': '1',
  'paas.address': '100.96.0.2',
  'paas.port': '5000',
}
const log = createLog('test', 'error', () => {})

let engine: FakeEngine
let connection: Connection
let feed: EventFeed
let streams: ServerResponse[] = []
let inspections: Record<string, unknown> = {}
let lost = 0
let destroyed: string[] = []
const stop = new AbortController()

beforeEach(async () => {
  streams = []
  inspections = {}
  lost = 0
  destroyed = []
  engine = await FakeEngine.start((request, response) => {
    if (request.url?.startsWith('/events')) {
      streams.push(response)
      response.writeHead(200).flushHeaders()
      return
    }
    const id = request.url?.split('/')[2] ?? ''
    if (inspections[id]) answerJson(response, 200, inspections[id])
    else answerJson(response, 404, { message: 'no such container' })
  })
  connection = new Connection(engine.socketPath)
  connection.open()
  const listener = {
    containerDestroyed: (id: string) => void destroyed.push(id),
    eventsLost: async () => void lost++,
  }
  feed = new EventFeed(connection, 'box1', listener, log)
  await feed.start()
})

afterEach(async () => {
  await feed[Symbol.asyncDispose]()
  await engine[Symbol.asyncDispose]()
})

describe('the event feed', () => {
  it('tells a start with the address, even when the container is gone before it can be looked at', async () => {
    const news = take(1)
    send({ Action: 'start', id: 'c1' })
    expect(await news).toMatchObject([
      {
        type: 'started',
        instance: { id: 'c1', app: 'blog', release: 7, index: 1, endpoint: { host: '100.96.0.2', port: 5000 } },
      },
    ])
  })

  it('tells an exit with its code, and remembers it until the container is destroyed', async () => {
    const news = take(2)
    send({ Action: 'die', id: 'c1', attributes: { exitCode: '3' } })
    send({ Action: 'start', id: 'c1' })
    const [exited, started] = await news
    expect(exited).toMatchObject({ type: 'exited', exit: { code: 3, signal: null, outOfMemory: false } })
    expect(started).toMatchObject({ type: 'started', instance: { lastExit: { code: 3 } } })
    expect(feed.lastExit('c1')?.code).toBe(3)
    send({ Action: 'destroy', id: 'c1' })
    expect(await take(1)).toEqual([{ type: 'removed', id: 'c1', app: 'blog' }])
    expect(feed.lastExit('c1')).toBeNull()
    expect(destroyed).toEqual(['c1'])
  })

  it('calls it out of memory only when the app itself was killed', async () => {
    const news = take(2)
    inspections = { c1: container('c1', 137), c2: container('c2', 0) }
    send({ Action: 'die', id: 'c1', attributes: { exitCode: '137' } })
    send({ Action: 'die', id: 'c2', attributes: { exitCode: '0' } })
    const [killed, childKilled] = await news
    expect(killed).toMatchObject({ exit: { code: 137, signal: 'SIGKILL', outOfMemory: true } })
    expect(childKilled).toMatchObject({ exit: { code: 0, outOfMemory: false } })
  })

  it('keeps one-offs to itself', async () => {
    const news = take(1)
    send({ Action: 'destroy', id: 'run1', labels: { 'paas.app': 'blog', 'paas.run': 'run.1' } })
    send({ Action: 'destroy', id: 'c1' })
    expect(await news).toMatchObject([{ id: 'c1' }])
    expect(destroyed).toEqual(['run1', 'c1'])
  })

  it('loses nothing between the call and the first read', async () => {
    const news = feed.watch(stop.signal)[Symbol.asyncIterator]()
    send({ Action: 'start', id: 'c1' })
    await delay(30)
    expect((await news.next()).value).toMatchObject({ type: 'started' })
  })

  it('connects again by itself and asks for a new list', async () => {
    const news = take(2)
    await engine.stop()
    await delay(120)
    await engine.listen()
    while (streams.length < 2) await delay(5)
    send({ Action: 'start', id: 'c1' })
    expect(await news).toMatchObject([{ type: 'resync' }, { type: 'started' }])
    expect(lost).toBe(1)
  })

  it('ends its watchers with their signal, and all with itself', async () => {
    const one = new AbortController()
    const first = collect(feed.watch(one.signal), 1)
    one.abort()
    expect(await first).toEqual([])
    const second = take(1)
    await feed[Symbol.asyncDispose]()
    expect(await second).toEqual([])
  })
})

function send(event: { Action: string; id: string; labels?: object; attributes?: object }): void {
  const Attributes = { ...(event.labels ?? LABELS), ...event.attributes }
  const line = { Type: 'container', Action: event.Action, Actor: { ID: event.id, Attributes }, timeNano: 1.7e18 }
  streams.at(-1)?.write(`${JSON.stringify(line)}\n`)
}

function take(count: number): Promise<EngineEvent[]> {
  return collect(feed.watch(stop.signal), count)
}

async function collect(events: AsyncIterable<EngineEvent>, count: number): Promise<EngineEvent[]> {
  const found: EngineEvent[] = []
  for await (const event of events) if (found.push(event) === count) break
  return found
}

function container(id: string, code: number): object {
  const times = { StartedAt: '2026-11-21T02:00:00Z', FinishedAt: '2026-11-21T03:00:00Z' }
  return {
    Id: id,
    RestartCount: 0,
    Config: { Labels: LABELS },
    State: { Status: 'exited', ExitCode: code, OOMKilled: true, ...times },
    NetworkSettings: { Networks: {} },
  }
}
