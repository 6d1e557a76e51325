import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RawOrigin } from '../testing/origin.ts'
import { Rig, target, until } from '../testing/rig.ts'
import { LastFields } from './last-fields.ts'
import { RequestHead } from './request-head.ts'

const FIELDS = 'Host: app.test\r\nAccept: text/html\r\nX-Real-IP: 192.0.2.1\r\nX-A: 1\r\n\r\n'

let rig: Rig
beforeEach(async () => {
  rig = await Rig.start()
})
afterEach(async () => {
  await rig[Symbol.asyncDispose]()
})

/** The heads that the app gets of these requests, one after the other on one connection. */
async function heads(requests: string[], rules = {}): Promise<string[]> {
  const seen: string[] = []
  await using app = await RawOrigin.start((socket, first) => {
    const take = (bytes: Buffer | string) => {
      if (!String(bytes).includes('/health')) seen.push(String(bytes))
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    }
    take(first)
    socket.on('data', take)
  })
  await rig.serve([target(app.port)], { rules })
  seen.length = 0
  const socket = connect(rig.port, '127.0.0.1').on('error', () => {})
  for (const [index, request] of requests.entries()) {
    socket.write(request)
    await until(() => seen.length === index + 1)
    await until(() => rig.records.length === index + 1)
  }
  socket.destroy()
  return seen
}

/** Without what differs from request to request. */
const same = (head: string) => head.replace(/X-Request-(Id|Start): \S+/g, 'X-Request-$1: ?')

test('requests with the same fields reach the app as the first one did, each with its line, id and method', async () => {
  const paths = ['/', '/b?c', '/', '/d', '/']
  const seen = await heads(paths.map((path) => `GET ${path} HTTP/1.1\r\n${FIELDS}`))
  for (const [index, path] of paths.entries()) {
    expect(same(seen[index] as string)).toBe(same((seen[0] as string).replace('GET /', `GET ${path}`)))
    expect(seen[index]).not.toContain('X-Real-IP')
  }
  expect(new Set(seen.map((head) => /X-Request-Id: (\S+)/.exec(head)?.[1])).size).toBe(paths.length)
})

test('what differs in one byte is read anew, and so is what only begins alike', async () => {
  const other = FIELDS.replace('X-A: 1', 'X-A: 2')
  const longer = FIELDS.replace('X-A: 1\r\n', 'X-A: 1\r\nX-B: 1\r\n')
  const all = [FIELDS, FIELDS, FIELDS, other, other, longer, longer, FIELDS]
  const seen = await heads(all.map((fields) => `GET / HTTP/1.1\r\n${fields}`))
  expect(seen.map((head) => [/X-A: (.)/.exec(head)?.[1], head.includes('X-B')])).toEqual([
    ...[
      ['1', false],
      ['1', false],
      ['1', false],
      ['2', false],
      ['2', false],
    ],
    ...[
      ['1', true],
      ['1', true],
      ['1', false],
    ],
  ])
})

test('a method that expects a body says that it has none, though the request before expected none', async () => {
  const seen = await heads(['GET', 'GET', 'POST', 'GET'].map((method) => `${method} / HTTP/1.1\r\n${FIELDS}`))
  expect(seen.map((head) => head.includes('Content-Length: 0'))).toEqual([false, false, true, false])
})

test('names with an underscore pass the second and the third time as well, where they may', async () => {
  const fields = FIELDS.replace('X-A', 'X_A')
  const requests = Array.from({ length: 3 }, () => `GET / HTTP/1.1\r\n${fields}`)
  for (const head of await heads(requests, { underscores: true })) expect(head).toContain('X_A: 1')
})

test.each([
  ['a length', 'Content-Length: 0'],
  ['an upgrade', 'Connection: upgrade\r\nUpgrade: websocket'],
  ['the end of the connection', 'Connection: close'],
  ['fields of this hop', 'Connection: x-a'],
  ['an id of its own', 'X-Request-Id: 01234567890123456789'],
  ['an expectation', 'Expect: 100-continue'],
])('a head that names %s is no pattern for the next', (_, line) => {
  const bytes = Buffer.from(`POST / HTTP/1.1\r\nHost: app.test\r\n${line}\r\n\r\n`)
  const head = new RequestHead()
  expect(head.read(bytes, 0, bytes.length)).toBe(bytes.length)
  expect(head.plain).toBe(false)
})

test('whose fields differ all the time is compared no more', () => {
  const last = new LastFields()
  const bytes = Buffer.from('Host: a\r\n\r\n')
  for (let count = 0; count < 8; count += 1) last.keep(bytes, 0, bytes.length, '', undefined)
  expect(last.repeated(bytes, 0, bytes.length)).toBe(bytes.length)
  for (let count = 0; count < 9; count += 1) last.keep(bytes, 0, bytes.length, '', undefined)
  expect(last.repeated(bytes, 0, bytes.length)).toBe(-1)
})
