import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import type { Measurements, RouterEvent } from './contract/event.ts'
import { EventStream } from './event-stream.ts'
import { NOTHING_MEASURED } from './measurements.ts'
import { RELEASES_KEPT, Telemetry, type TelemetryOptions } from './telemetry.ts'
import { parseExposition } from './testing/exposition.ts'
import { finished } from './testing/finished.ts'
import { Traffic } from './traffic.ts'

type Counted = Extract<RouterEvent, { type: 'counters' }>

function news(name: string, release = 1): Measurements {
  const traffic = new Traffic()
  traffic.inFlight = 1
  traffic.finished(finished({ target: { instance: 'web.1', release } }))
  const counters = traffic.take()
  return { ...NOTHING_MEASURED, services: counters ? { [name]: counters } : {} }
}

function open(measure: TelemetryOptions['measure'], serves = (_: string) => true) {
  const events = new EventStream()
  const sink = new PassThrough()
  events.add(sink)
  const telemetry = new Telemetry({ events, measure, serves, certificates: () => [], everyMs: 1_000_000 })
  const last = () => JSON.parse(String(sink.read()).trim().split('\n').at(-1) ?? '') as Counted
  const requests = async () => {
    const samples = parseExposition([...(await telemetry.metrics())].join(''))
    return samples.filter(({ name }) => name === 'paas_router_requests_total')
  }
  return { telemetry, last, requests, [Symbol.dispose]: () => telemetry[Symbol.dispose]() }
}

test('an event tells of its period alone, also of what was asked for in between; the metrics of all', async () => {
  using rig = open(() => news('app'))
  await rig.telemetry.report()
  expect(rig.last().services['app']?.releases[1]?.requests).toBe(1)
  expect((await rig.requests())[0]?.value).toBe(2)
  await rig.telemetry.report()
  const second = rig.last()
  expect(second.services['app']?.releases[1]?.requests).toBe(2)
  expect(second.ms).toBeGreaterThanOrEqual(0)
  expect((await rig.requests())[0]?.value).toBe(4)
})

test('a service that left the table leaves the metrics', async () => {
  let serves = true
  using rig = open(
    () => (serves ? news('app') : NOTHING_MEASURED),
    () => serves,
  )
  expect((await rig.requests()).length).toBe(1)
  serves = false
  expect(await rig.requests()).toEqual([])
})

test('of each service the newest releases are in the metrics, and what reached none', async () => {
  let release = -1
  using rig = open(() => news('app', ++release))
  for (let count = 0; count < 20; count++) await rig.telemetry.report()
  const releases = (await rig.requests()).map(({ labels }) => Number(labels['release']))
  expect(releases.sort((a, b) => a - b)).toEqual([0, ...Array.from({ length: RELEASES_KEPT }, (_, n) => 13 + n)])
})
