import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { AccessLog } from './access-log.ts'
import { LATENCY_BOUNDS_MS, type RequestRecord } from './contract.ts'
import { EventStream } from './event-stream.ts'
import { Service } from './service.ts'
import { ServiceTable } from './service-table.ts'
import { service } from './testing/rig.ts'

const record: RequestRecord = {
  at: '2026-01-01T00:00:00.000Z',
  service: 'app',
  method: 'GET',
  path: '/',
  host: 'app.test',
  requestId: 'id',
  fwd: '127.0.0.1',
  instance: 'web.1',
  release: 1,
  connectMs: 1,
  serviceMs: 6,
  status: 200,
  bytes: 10,
  protocol: 'http',
}

test('counters say what each service did in the period, with its latencies, and start anew', async () => {
  const events = new EventStream()
  const sink = new PassThrough()
  events.add(sink)
  const table = new ServiceTable([new Service(service(), { targetChanged: () => {} })])
  using log = new AccessLog(events, () => table, 20)
  log.finished(record)
  log.finished({ ...record, status: 503, serviceMs: 100_000 })
  log.finished({ ...record, service: 'gone' })
  const lines: string[] = []
  sink.setEncoding('utf8').on('data', (chunk: string) => lines.push(...chunk.trim().split('\n')))
  while (lines.length < 5) await new Promise((resolve) => setTimeout(resolve, 5))
  const [first, second] = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'counters')
  const latencyMs = new Array(LATENCY_BOUNDS_MS.length + 1).fill(0)
  latencyMs[LATENCY_BOUNDS_MS.indexOf(10)] = 1
  latencyMs[LATENCY_BOUNDS_MS.length] = 1
  expect(first.services).toEqual({
    app: { requests: 2, status: { 200: 1, 503: 1 }, bytesOut: 20, inFlight: 0, latencyMs },
  })
  expect(second.services.app).toMatchObject({ requests: 0, status: {}, bytesOut: 0 })
})
