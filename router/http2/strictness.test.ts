import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HOST } from '../testing/rig.ts'
import { CODE, FLAG, FRAME } from './frames.ts'
import { blockOf, frame, RawClient } from './testing/raw-client.ts'
import { GET, outcome, POST, RecordedDoor, type RequestLines } from './testing/recorded-door.ts'

let door: RecordedDoor
let client: RawClient

beforeAll(async () => {
  door = await RecordedDoor.start()
})
afterAll(() => door[Symbol.asyncDispose]())
beforeEach(async () => {
  client = await RawClient.connect(door.port)
  door.origin.arrivals.length = 0
})
afterEach(() => client[Symbol.dispose]())

describe('requests that mean something else in HTTP/1.1, or are not well-formed, never reach the app', () => {
  const changed = (name: string, value: string): RequestLines =>
    GET.map((field) => (field[0] === name ? [name, value] : field))
  const cases: [what: string, fields: RequestLines][] = [
    ['a line end in a value', [...GET, ['x-a', 'b\r\nx-injected: 1']]],
    ['a line end in a name', [...GET, ['x-a: b\r\nx-injected', '1']]],
    ['a lone LF in a value', [...GET, ['x-a', 'b\nGET / HTTP/1.1']]],
    ['a lone CR in a value', [...GET, ['x-a', 'b\r']]],
    ['NUL in a value', [...GET, ['x-a', 'b\0']]],
    ['another control character in a value', [...GET, ['x-a', 'b\x0b']]],
    ['a blank before a value', [...GET, ['x-a', ' b']]],
    ['a blank after a value', [...GET, ['x-a', 'b\t']]],
    ['a name with a colon', [...GET, ['x-a:b', 'c']]],
    ['a name with a blank', [...GET, ['x a', 'c']]],
    ['a name with a capital letter', [...GET, ['X-a', 'c']]],
    ['an empty name', [...GET, ['', 'c']]],
    ['a byte above ASCII in a name', [...GET, ['x-\xe4', 'c']]],
    ['Transfer-Encoding', [...GET, ['transfer-encoding', 'chunked']]],
    ['Connection', [...GET, ['connection', 'close']]],
    ['Keep-Alive', [...GET, ['keep-alive', 'timeout=5']]],
    ['Proxy-Connection', [...GET, ['proxy-connection', 'close']]],
    ['Upgrade', [...GET, ['upgrade', 'h2c']]],
    ['TE other than trailers', [...GET, ['te', 'gzip']]],
    ['a path with a blank', changed(':path', '/ HTTP/1.1\tHost: x')],
    ['a path with a line end', changed(':path', '/ HTTP/1.1\r\nHost: other\r\n\r\nGET /')],
    ['a path that is none', changed(':path', 'x')],
    ['a path in absolute form', changed(':path', 'http://other/')],
    ['an empty path', changed(':path', '')],
    ['* with GET', changed(':path', '*')],
    ['a path with a byte above ASCII', changed(':path', '/\xe4')],
    ['a method with a blank', changed(':method', 'GET /x HTTP/1.1')],
    ['an empty method', changed(':method', '')],
    ['an unknown scheme', changed(':scheme', 'ftp')],
    ['an authority with a line end', changed(':authority', `${HOST}\r\nx: y`)],
    ['an empty authority', changed(':authority', '')],
    ['an authority and another Host', [...GET, ['host', 'other.test']]],
    ['two Hosts', [...GET, ['host', HOST], ['host', HOST]]],
    ['no method', GET.slice(1)],
    ['no scheme', GET.filter(([name]) => name !== ':scheme')],
    ['no path', GET.filter(([name]) => name !== ':path')],
    ['two methods', [...GET, [':method', 'GET']]],
    ['two paths', [...GET, [':path', '/']]],
    ['two schemes', [...GET, [':scheme', 'https']]],
    ['two authorities', [...GET, [':authority', HOST]]],
    ['a pseudo-header after another field', [['x-a', 'b'], ...GET]],
    ['an unknown pseudo-header', [...GET, [':x', 'y']]],
    ['a pseudo-header of answers', [...GET, [':status', '200']]],
    ['extended CONNECT', [[':protocol', 'websocket'], [':method', 'CONNECT'], ...GET.slice(1)]],
    ['CONNECT with a path', [[':method', 'CONNECT'], ...GET.slice(1)]],
    ['a length without a body', [...GET, ['content-length', '3']]],
    ['a length that is none', [...GET, ['content-length', '+0']]],
    ['two lengths', [...GET, ['content-length', '0'], ['content-length', '0']]],
  ]
  test.each(cases)('%s', async (_what, fields) => {
    client.request(1, fields)
    expect(await outcome(client, 1)).toBe(`reset ${CODE.protocolError}`)
    client.request(3, GET)
    expect(await outcome(client, 3)).toBe('200')
    expect(door.origin.arrivals).toHaveLength(1)
  })

  test.each<[what: string, fields: RequestLines, status: string]>([
    [
      'CONNECT',
      [
        [':method', 'CONNECT'],
        [':authority', 'other.test:443'],
      ],
      '405',
    ],
    ['no host at all', GET.slice(0, 3), '400'],
    ['a host that is none', changed(':authority', 'user@app.test'), '400'],
    ['an unknown host', changed(':authority', 'nobody.test'), '404'],
    [
      'a head of more than 32 KB',
      [...GET, ...['a', 'b', 'c'].map((name) => [name, 'v'.repeat(12_000)] as const)],
      '431',
    ],
    ['201 fields', [...GET, ...Array.from({ length: 201 }, () => ['a', 'b'] as const)], '431'],
    ['a path of more than 8 KB', changed(':path', `/${'x'.repeat(9_000)}`), '414'],
  ])('%s is answered as in HTTP/1.1', async (_what, fields, status) => {
    const block = blockOf(fields)
    const first = frame(FRAME.headers, FLAG.endStream, 1, block.subarray(0, 16_000))
    const rest = [block.subarray(16_000, 32_000), block.subarray(32_000)]
    client.send(first, frame(FRAME.continuation, 0, 1, rest[0]), frame(FRAME.continuation, FLAG.endHeaders, 1, rest[1]))
    expect(await outcome(client, 1)).toBe(status)
    expect(await client.fate()).toBe('open')
    expect(door.origin.arrivals).toHaveLength(0)
  })
})

test('what is allowed reaches the app once, as one request', async () => {
  const fields: RequestLines = [
    ...GET,
    ['cookie', 'a=b'],
    ['x_under', '1'],
    ['cookie', 'c=d'],
    ['te', 'trailers'],
    ['host', HOST.toUpperCase()],
  ]
  client.request(1, fields)
  expect(await outcome(client, 1)).toBe('200')
  const [arrival] = door.origin.arrivals
  expect(arrival?.line).toBe('GET / HTTP/1.1')
  expect(arrival?.headers).toEqual(
    expect.arrayContaining([
      ['host', HOST],
      ['cookie', 'a=b; c=d'],
      ['te', 'trailers'],
    ]),
  )
  expect(arrival?.headers.some(([name]) => name === 'x_under' || name === 'connection')).toBe(false)
})

describe('bodies', () => {
  const data = (text: string, flags = 0, id = 1) => frame(FRAME.data, flags, id, text)

  test.each([
    ['longer than announced', [['content-length', '3']], [data('abcd', FLAG.endStream)]],
    ['longer than announced, later', [['content-length', '3']], [data('abc'), data('GET / HTTP/1.1', FLAG.endStream)]],
    ['shorter than announced', [['content-length', '3']], [data('ab', FLAG.endStream)]],
    [
      'shorter than announced, with trailers',
      [['content-length', '3']],
      [data('ab'), frame(FRAME.headers, 5, 1, blockOf([['x', 'y']]))],
    ],
    ['with a pseudo-header in trailers', [], [data('ab'), frame(FRAME.headers, 5, 1, blockOf([[':path', '/']]))]],
    [
      'with a line end in trailers',
      [],
      [data('ab'), frame(FRAME.headers, 5, 1, blockOf([['x', 'y\r\n\r\nGET / HTTP/1.1']]))],
    ],
    ['with trailers that do not end them', [], [data('ab'), frame(FRAME.headers, 4, 1, blockOf([['x', 'y']]))]],
  ] as [string, RequestLines, Buffer[]][])(
    '%s end with a stream error, and the app sees no whole request',
    async (_what, fields, frames) => {
      client.request(1, [...POST, ...fields], false)
      client.send(...frames)
      expect(await outcome(client, 1)).toBe(`reset ${CODE.protocolError}`)
      expect(await client.fate()).toBe('open')
      expect(door.origin.arrivals.filter(({ complete }) => complete)).toEqual([])
    },
  )

  test('that look like chunks and requests stay bodies', async () => {
    client.request(1, POST, false)
    client.send(
      data('0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'),
      frame(FRAME.data, FLAG.padded | FLAG.endStream, 1, '\x03abc\0\0\0'),
    )
    expect(await outcome(client, 1)).toBe('200')
    expect(door.origin.arrivals).toMatchObject([{ line: 'POST / HTTP/1.1', bodyBytes: 43, complete: true }])
  })

  test('in empty frames and with padding count as what they hold', async () => {
    client.request(1, [...POST, ['content-length', '2']], false)
    client.send(
      data(''),
      frame(FRAME.data, FLAG.padded, 1, '\x02ab\0\0'),
      frame(FRAME.data, FLAG.padded | FLAG.endStream, 1, '\x00'),
    )
    expect(await outcome(client, 1)).toBe('200')
    expect(door.origin.arrivals).toMatchObject([{ bodyBytes: 2, complete: true }])
  })
})
