import { expect, test } from 'vitest'
import type { EngineEvent } from '../engine.ts'
import { type Bench, body, ENVIRONMENT_APP, eventually, WORKER } from './bench.ts'

/** Listens where no router can reach it. */
const LOOPBACK = `require('node:http').createServer().listen(4123, '127.0.0.1'); ${WORKER}`
const BUSY = `setInterval(() => { const end = Date.now() + 40; while (Date.now() < end); }, 50)
  process.on('SIGTERM', () => process.exit(0))`

export function observationContract(bench: Bench): void {
  test('watch tells what starts, exits and is removed, from the moment of the call', async () => {
    const stop = new AbortController()
    const workload = bench.workload(ENVIRONMENT_APP)
    const events: EngineEvent[] = []
    const stream = bench.engine.watch(stop.signal)
    const watching = (async () => {
      for await (const event of stream) if (appOf(event) === workload.app) events.push(event)
    })()
    const { id, endpoint } = await bench.applyOne(workload)
    await body(endpoint)
    await fetch(`http://${endpoint?.host}:${endpoint?.port}/crash`).catch(() => {})
    await eventually(() => events.filter(({ type }) => type === 'started').length === 2)
    await bench.engine.remove(workload, 1_000)
    await eventually(() => events.some(({ type }) => type === 'removed'))
    stop.abort()
    await watching

    const types = events.map(({ type }) => type)
    expect(types.slice(0, 3)).toEqual(['started', 'exited', 'started'])
    expect(types.at(-1)).toBe('removed')
    expect(events[0]).toMatchObject({ instance: { id, state: 'running', endpoint } })
    expect(events[1]).toMatchObject({ instance: { id }, exit: { code: 3, outOfMemory: false } })
    expect(events.at(-1)).toEqual({ type: 'removed', id, app: workload.app })
  })

  test('a watch that is not wanted any more ends', async () => {
    const stop = new AbortController()
    const stream = bench.engine.watch(stop.signal)
    stop.abort()
    const seen: EngineEvent[] = []
    for await (const event of stream) seen.push(event)
    expect(seen).toEqual([])
  })

  test('listening names the sockets of the instance, also the wrong ones', async () => {
    const { id } = await bench.applyOne(bench.workload(LOOPBACK))
    const sockets = await eventually(async () => {
      const found = await bench.engine.listening(id)
      return found.length > 0 && found
    })
    expect(sockets).toEqual([{ address: '127.0.0.1', port: 4123 }])
  })

  test('stats tell memory and cpu of each instance', async () => {
    const { id } = await bench.applyOne(bench.workload(BUSY))
    const stats = await eventually(async () => {
      const [measured] = await bench.engine.stats([id, 'no-such-instance'])
      return measured && measured.cpuCores > 0.05 && measured
    })
    expect(stats.id).toBe(id)
    expect(stats.cpuCores).toBeLessThan(2)
    expect(stats.memoryBytes).toBeGreaterThan(1024 * 1024)
    expect(stats.memoryLimitBytes).toBe(256 * 1024 * 1024)
  })

  test('it knows which images it has', async () => {
    expect(await bench.engine.hasImage(bench.image)).toBe(true)
    expect(await bench.engine.hasImage(`${bench.image}-not-there`)).toBe(false)
  })
}

function appOf(event: EngineEvent): string | undefined {
  if (event.type === 'resync') return undefined
  return event.type === 'removed' ? event.app : event.instance.app
}
