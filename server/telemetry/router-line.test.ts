import { expect, test } from 'vitest'
import type { RequestRecord } from '../../router/contract/event.ts'
import { routerLine } from './router-line.ts'

const served: RequestRecord = {
  at: '2026-01-01T00:00:00.000Z',
  service: 'shop',
  method: 'GET',
  path: '/cart?id=1',
  host: 'shop.example.com',
  requestId: '0b1c2d',
  fwd: '192.0.2.1',
  instance: 'web.1',
  release: 3,
  connectMs: 0.6,
  serviceMs: 18.2,
  status: 200,
  bytes: 13,
  protocol: 'https',
}

test("a served request reads exactly as Heroku's", () => {
  expect(routerLine(served)).toBe(
    'at=info method=GET path="/cart?id=1" host=shop.example.com request_id=0b1c2d fwd="192.0.2.1" dyno=web.1 connect=1ms service=18ms status=200 bytes=13 protocol=https',
  )
})

test('an error has its code and description first', () => {
  const record = { ...served, code: 'H12', desc: 'Request timeout', status: 503, serviceMs: 30_000 }
  expect(routerLine(record)).toMatch(
    /^at=error code=H12 desc="Request timeout" method=GET .* service=30000ms status=503 /,
  )
})

test('a request that reached no instance has no instance and no times', () => {
  const record = { ...served, instance: '', code: 'H14', desc: 'No web processes running', status: 503, bytes: 0 }
  expect(routerLine(record)).toMatch(/ dyno= connect= service= status=503 bytes=0 /)
})

test.each([
  ['H18', 'sock=backend at=error code=H18 '],
  ['H27', 'sock=client at=warning code=H27 '],
  ['H28', 'at=warning code=H28 '],
  ['H80', 'at=info code=H80 '],
  ['H81', 'at=info code=H81 '],
])('%s begins %s', (code, start) => {
  expect(routerLine({ ...served, code, desc: 'x' }).startsWith(start)).toBe(true)
})

test('a client cannot add fields or lines of its own', () => {
  const record = { ...served, path: '/" status=200 x="\n\x1b[2J', host: 'a b\r\nc', fwd: '1", at=info' }
  const line = routerLine(record)
  expect(line).not.toMatch(/\p{Cc}/u)
  expect(line).toContain('path="/%22 status=200 x=%22%0a%1b[2J" host=a%20b%0d%0ac')
  expect(line).toContain('fwd="1%22, at=info"')
})
