import { expect, test } from 'vitest'
import { requestLine } from './request-line.ts'
import { finished } from './testing/finished.ts'

test('a request is one line of JSON with the fields of its record', () => {
  const line = requestLine(finished({ connectMicros: 1_400 }))
  expect(line.endsWith('}\n')).toBe(true)
  expect(JSON.parse(line)).toEqual({
    type: 'request',
    at: '2026-01-01T12:30:00.007Z',
    service: 'app',
    serviceId: 'app_1',
    method: 'GET',
    path: '/',
    host: 'app.test',
    requestId: '0b1c2d3e-0000-4000-8000-000000000000',
    fwd: '192.0.2.1',
    instance: 'web.1',
    release: 1,
    connectMs: 1,
    serviceMs: 17,
    status: 200,
    bytes: 13,
    protocol: 'http',
  })
})

test('a failure has its code with what it means, and nobody who answered', () => {
  const record = JSON.parse(requestLine(finished({ target: null, status: 503, code: 'H14' })))
  expect(record).toMatchObject({ code: 'H14', desc: 'No web processes running', instance: '', release: 0 })
})

test('a service without an id has none in its record', () => {
  expect(JSON.parse(requestLine(finished({ service: { name: 'app', spec: {} } })))).not.toHaveProperty('serviceId')
})

test.each(['/"', '/\\', '/\u0000\u001f', '/\n{"type":"request"}', '/\u0085\u2028\u2029', '/ÿé', '/\\"},"status":1'])(
  'the path %j comes out as it went in, on one line',
  (path) => {
    const line = requestLine(finished({ asked: { method: 'GET', path, authority: 'a"b', requestId: 'r' } }))
    expect(line.trimEnd().split(/[\r\n]/).length).toBe(1)
    expect(JSON.parse(line)).toMatchObject({ path, host: 'a"b', status: 200 })
  },
)
