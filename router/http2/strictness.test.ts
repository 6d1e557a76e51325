import { connect, type IncomingHttpHeaders } from 'node:http2'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RawOrigin } from '../testing/origin.ts'
import { RecordingOrigin } from '../testing/recording-origin.ts'
import { HOST, Rig, target, until } from '../testing/rig.ts'
import { openStreamDoor, type StreamDoor } from '../testing/stream-door.ts'
import { CODE, FLAG, FRAME, PREFACE } from './frames.ts'
import { blockOf, EMPTY_SETTINGS, frame, RawClient } from './testing/raw-client.ts'

type Fields = (readonly [string, string])[]

let rig: Rig
let origin: RecordingOrigin
let door: StreamDoor
let client: RawClient

beforeAll(async () => {
  rig = await Rig.start()
  origin = await RecordingOrigin.start()
  await rig.serve([target(origin.port)])
  door = await openStreamDoor(rig.plane, { alpn: 'h2' })
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
  await door[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})
beforeEach(async () => {
  client = await RawClient.connect(door.port)
  origin.arrivals.length = 0
})
afterEach(() => client[Symbol.dispose]())

const HEAD: Fields = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/'],
  [':authority', HOST],
]
const POST: Fields = [[':method', 'POST'], ...HEAD.slice(1)]
const GOOD = frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, blockOf(HEAD))

/** Resolves when a stream was answered or reset, or the connection is at its end. */
async function outcome(id: number): Promise<string> {
  await until(
    () => client.statuses(id).length > 0 || client.resetCode(id) !== undefined || client.goAwayCode !== undefined,
  )
  return client.statuses(id).at(-1) ?? `reset ${client.resetCode(id) ?? client.goAwayCode}`
}

describe('requests that mean something else in HTTP/1.1, or are not well-formed, never reach the app', () => {
  const changed = (name: string, value: string): Fields =>
    HEAD.map((field) => (field[0] === name ? [name, value] : field))
  const cases: [what: string, fields: Fields][] = [
    ['a line end in a value', [...HEAD, ['x-a', 'b\r\nx-injected: 1']]],
    ['a line end in a name', [...HEAD, ['x-a: b\r\nx-injected', '1']]],
    ['a lone LF in a value', [...HEAD, ['x-a', 'b\nGET / HTTP/1.1']]],
    ['a lone CR in a value', [...HEAD, ['x-a', 'b\r']]],
    ['NUL in a value', [...HEAD, ['x-a', 'b\0']]],
    ['another control character in a value', [...HEAD, ['x-a', 'b\x0b']]],
    ['a blank before a value', [...HEAD, ['x-a', ' b']]],
    ['a blank after a value', [...HEAD, ['x-a', 'b\t']]],
    ['a name with a colon', [...HEAD, ['x-a:b', 'c']]],
    ['a name with a blank', [...HEAD, ['x a', 'c']]],
    ['a name with a capital letter', [...HEAD, ['X-a', 'c']]],
    ['an empty name', [...HEAD, ['', 'c']]],
    ['a byte above ASCII in a name', [...HEAD, ['x-\xe4', 'c']]],
    ['Transfer-Encoding', [...HEAD, ['transfer-encoding', 'chunked']]],
    ['Connection', [...HEAD, ['connection', 'close']]],
    ['Keep-Alive', [...HEAD, ['keep-alive', 'timeout=5']]],
    ['Proxy-Connection', [...HEAD, ['proxy-connection', 'close']]],
    ['Upgrade', [...HEAD, ['upgrade', 'h2c']]],
    ['TE other than trailers', [...HEAD, ['te', 'gzip']]],
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
    ['an authority and another Host', [...HEAD, ['host', 'other.test']]],
    ['two Hosts', [...HEAD, ['host', HOST], ['host', HOST]]],
    ['no method', HEAD.slice(1)],
    ['no scheme', HEAD.filter(([name]) => name !== ':scheme')],
    ['no path', HEAD.filter(([name]) => name !== ':path')],
    ['two methods', [...HEAD, [':method', 'GET']]],
    ['two paths', [...HEAD, [':path', '/']]],
    ['two schemes', [...HEAD, [':scheme', 'https']]],
    ['two authorities', [...HEAD, [':authority', HOST]]],
    ['a pseudo-header after another field', [['x-a', 'b'], ...HEAD]],
    ['an unknown pseudo-header', [...HEAD, [':x', 'y']]],
    ['a pseudo-header of answers', [...HEAD, [':status', '200']]],
    ['extended CONNECT', [[':protocol', 'websocket'], [':method', 'CONNECT'], ...HEAD.slice(1)]],
    ['CONNECT with a path', [[':method', 'CONNECT'], ...HEAD.slice(1)]],
    ['a length without a body', [...HEAD, ['content-length', '3']]],
    ['a length that is none', [...HEAD, ['content-length', '+0']]],
    ['two lengths', [...HEAD, ['content-length', '0'], ['content-length', '0']]],
  ]
  test.each(cases)('%s', async (_what, fields) => {
    client.request(1, fields)
    expect(await outcome(1)).toBe(`reset ${CODE.protocolError}`)
    client.request(3, HEAD)
    expect(await outcome(3)).toBe('200')
    expect(origin.arrivals).toHaveLength(1)
  })

  test.each<[what: string, fields: Fields, status: string]>([
    [
      'CONNECT',
      [
        [':method', 'CONNECT'],
        [':authority', 'other.test:443'],
      ],
      '405',
    ],
    ['no host at all', HEAD.slice(0, 3), '400'],
    ['a host that is none', changed(':authority', 'user@app.test'), '400'],
    ['an unknown host', changed(':authority', 'nobody.test'), '404'],
    [
      'a head of more than 32 KB',
      [...HEAD, ...['a', 'b', 'c'].map((name) => [name, 'v'.repeat(12_000)] as const)],
      '431',
    ],
    ['201 fields', [...HEAD, ...Array.from({ length: 201 }, () => ['a', 'b'] as const)], '431'],
    ['a path of more than 8 KB', changed(':path', `/${'x'.repeat(9_000)}`), '414'],
  ])('%s is answered as in HTTP/1.1', async (_what, fields, status) => {
    const block = blockOf(fields)
    const first = frame(FRAME.headers, FLAG.endStream, 1, block.subarray(0, 16_000))
    const rest = [block.subarray(16_000, 32_000), block.subarray(32_000)]
    client.send(first, frame(FRAME.continuation, 0, 1, rest[0]), frame(FRAME.continuation, FLAG.endHeaders, 1, rest[1]))
    expect(await outcome(1)).toBe(status)
    expect(await client.fate()).toBe('open')
    expect(origin.arrivals).toHaveLength(0)
  })
})

test('what is allowed reaches the app once, as one request', async () => {
  const fields: Fields = [
    ...HEAD,
    ['cookie', 'a=b'],
    ['x_under', '1'],
    ['cookie', 'c=d'],
    ['te', 'trailers'],
    ['host', HOST.toUpperCase()],
  ]
  client.request(1, fields)
  expect(await outcome(1)).toBe('200')
  const [arrival] = origin.arrivals
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
  ] as [string, Fields, Buffer[]][])(
    '%s end with a stream error, and the app sees no whole request',
    async (_what, fields, frames) => {
      client.request(1, [...POST, ...fields], false)
      client.send(...frames)
      expect(await outcome(1)).toBe(`reset ${CODE.protocolError}`)
      expect(await client.fate()).toBe('open')
      expect(origin.arrivals.filter(({ complete }) => complete)).toEqual([])
    },
  )

  test('that look like chunks and requests stay bodies', async () => {
    client.request(1, POST, false)
    client.send(
      data('0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'),
      frame(FRAME.data, FLAG.padded | FLAG.endStream, 1, '\x03abc\0\0\0'),
    )
    expect(await outcome(1)).toBe('200')
    expect(origin.arrivals).toMatchObject([{ line: 'POST / HTTP/1.1', bodyBytes: 43, complete: true }])
  })

  test('in empty frames and with padding count as what they hold', async () => {
    client.request(1, [...POST, ['content-length', '2']], false)
    client.send(
      data(''),
      frame(FRAME.data, FLAG.padded, 1, '\x02ab\0\0'),
      frame(FRAME.data, FLAG.padded | FLAG.endStream, 1, '\x00'),
    )
    expect(await outcome(1)).toBe('200')
    expect(origin.arrivals).toMatchObject([{ bodyBytes: 2, complete: true }])
  })
})

describe('connection errors (RFC 9113)', () => {
  const increment = (bytes: number) => Buffer.from(Uint32Array.of(bytes).buffer).swap32()
  const setting = (id: number, value: number) => Buffer.concat([Buffer.from([0, id]), increment(value)])
  test.each<[what: string, code: keyof typeof CODE, frames: Buffer[]]>([
    ['4.2: a frame that is too long', 'frameSizeError', [frame(FRAME.ping, 0, 0, Buffer.alloc(16_385))]],
    [
      '4.3: a field block that cannot be decoded',
      'compressionError',
      [frame(FRAME.headers, 5, 1, Buffer.from([0xff]))],
    ],
    ['5.1: DATA on an idle stream', 'protocolError', [frame(FRAME.data, 0, 1, 'x')]],
    ['5.1: RST_STREAM on an idle stream', 'protocolError', [frame(FRAME.rstStream, 0, 1, increment(8))]],
    ['5.1: WINDOW_UPDATE on an idle stream', 'protocolError', [frame(FRAME.windowUpdate, 0, 1, increment(8))]],
    ['5.1: CONTINUATION on an idle stream', 'protocolError', [frame(FRAME.continuation, 4, 1, blockOf(HEAD))]],
    ['5.1.1: an even stream', 'protocolError', [frame(FRAME.headers, 5, 2, blockOf(HEAD))]],
    [
      '5.1.1: a stream below the last',
      'streamClosed',
      [frame(FRAME.headers, 5, 5, blockOf(HEAD)), frame(FRAME.headers, 5, 3, blockOf(HEAD))],
    ],
    ['6.1: DATA on stream 0', 'protocolError', [frame(FRAME.data, 0, 0, 'x')]],
    [
      '6.1: more padding than payload',
      'protocolError',
      [frame(FRAME.headers, 4, 1, blockOf(POST)), frame(FRAME.data, FLAG.padded, 1, '\x05ab')],
    ],
    ['6.2: HEADERS on stream 0', 'protocolError', [frame(FRAME.headers, 5, 0, blockOf(HEAD))]],
    ['6.2: more padding than block', 'protocolError', [frame(FRAME.headers, 5 | FLAG.padded, 1, '\xffab')]],
    [
      '6.2: a frame within a block',
      'protocolError',
      [frame(FRAME.headers, 1, 1, blockOf(HEAD)), frame(FRAME.ping, 0, 0, '01234567')],
    ],
    [
      '6.2: an unknown frame within a block',
      'protocolError',
      [frame(FRAME.headers, 1, 1, blockOf(HEAD)), frame(99, 0, 0)],
    ],
    [
      '6.2: DATA within a block',
      'protocolError',
      [frame(FRAME.headers, 1, 1, blockOf(HEAD)), frame(FRAME.data, 0, 1, 'x')],
    ],
    ['6.3: PRIORITY on stream 0', 'protocolError', [frame(FRAME.priority, 0, 0, '01234')]],
    ['6.3: PRIORITY of another size', 'frameSizeError', [frame(FRAME.priority, 0, 1, '0123')]],
    ['6.4: RST_STREAM on stream 0', 'protocolError', [frame(FRAME.rstStream, 0, 0, increment(8))]],
    ['6.4: RST_STREAM of another size', 'frameSizeError', [GOOD, frame(FRAME.rstStream, 0, 1, 'abc')]],
    ['6.5: SETTINGS on a stream', 'protocolError', [frame(FRAME.settings, 0, 1)]],
    ['6.5: SETTINGS of another size', 'frameSizeError', [frame(FRAME.settings, 0, 0, 'abcde')]],
    ['6.5: an acknowledgement with a payload', 'frameSizeError', [frame(FRAME.settings, FLAG.ack, 0, setting(1, 1))]],
    ['6.5.2: ENABLE_PUSH of 2', 'protocolError', [frame(FRAME.settings, 0, 0, setting(2, 2))]],
    ['6.5.2: INITIAL_WINDOW_SIZE above 2^31-1', 'flowControlError', [frame(FRAME.settings, 0, 0, setting(4, 2 ** 31))]],
    ['6.5.2: MAX_FRAME_SIZE below 16384', 'protocolError', [frame(FRAME.settings, 0, 0, setting(5, 16_383))]],
    ['6.5.2: MAX_FRAME_SIZE above 2^24-1', 'protocolError', [frame(FRAME.settings, 0, 0, setting(5, 2 ** 24))]],
    ['6.6: PUSH_PROMISE', 'protocolError', [frame(FRAME.pushPromise, 4, 1, increment(2))]],
    ['6.7: PING on a stream', 'protocolError', [frame(FRAME.ping, 0, 1, '01234567')]],
    ['6.7: PING of another size', 'frameSizeError', [frame(FRAME.ping, 0, 0, '0123456')]],
    ['6.8: GOAWAY on a stream', 'protocolError', [frame(FRAME.goaway, 0, 1, Buffer.alloc(8))]],
    ['6.9: WINDOW_UPDATE of another size', 'frameSizeError', [frame(FRAME.windowUpdate, 0, 0, 'abc')]],
    ['6.9: WINDOW_UPDATE by 0', 'protocolError', [frame(FRAME.windowUpdate, 0, 0, increment(0))]],
    ['6.9.1: a window above 2^31-1', 'flowControlError', [frame(FRAME.windowUpdate, 0, 0, increment(2 ** 31 - 1))]],
    [
      '6.10: CONTINUATION of another stream',
      'protocolError',
      [frame(FRAME.headers, 1, 1, blockOf(HEAD)), frame(FRAME.continuation, 4, 3)],
    ],
    ['6.10: CONTINUATION after the end of a block', 'protocolError', [GOOD, frame(FRAME.continuation, 4, 1)]],
  ])('%s: %s', async (_what, code, frames) => {
    client.send(...frames)
    expect(await client.fate()).toBe(CODE[code])
    await until(() => client.closed)
  })

  test('3.4: without the preface, or with another first frame', async () => {
    for (const bytes of [
      Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      Buffer.concat([PREFACE, GOOD]),
      Buffer.concat([PREFACE, frame(FRAME.settings, FLAG.ack, 0)]),
    ]) {
      using other = await RawClient.connect(door.port, true)
      other.send(bytes)
      await until(() => other.goAwayCode === CODE.protocolError)
    }
  })

  test('5.1: frames for a stream that both sides have closed', async () => {
    client.send(GOOD)
    expect(await outcome(1)).toBe('200')
    client.send(frame(FRAME.data, 0, 1, 'x'))
    expect(await client.fate()).toBe(CODE.streamClosed)
  })
})

describe('stream errors (RFC 9113)', () => {
  test.each([
    ['5.1: DATA after the end of a request', CODE.streamClosed, frame(FRAME.data, 0, 1, 'x')],
    ['5.1: HEADERS after the end of a request', CODE.streamClosed, frame(FRAME.headers, 5, 1, blockOf([['x', 'y']]))],
    ['6.9: WINDOW_UPDATE by 0', CODE.protocolError, frame(FRAME.windowUpdate, 0, 1, '\0\0\0\0')],
    ['6.9.1: a window above 2^31-1', CODE.flowControlError, frame(FRAME.windowUpdate, 0, 1, '\x7f\xff\xff\xff')],
    ['6.3: PRIORITY of another size', CODE.frameSizeError, frame(FRAME.priority, 0, 1, 'abc')],
  ])('%s', async (_what, code, bytes) => {
    client.send(Buffer.concat([GOOD, bytes]))
    await until(() => client.resetCode(1) === code)
    expect(await client.fate()).toBe('open')
  })

  test('5.1.2: more streams than allowed are refused, and may be asked again', async () => {
    for (let id = 1; id < 2 * 130; id += 2) client.request(id, POST, false)
    await until(() => client.of(FRAME.rstStream).length === 2)
    expect([client.resetCode(257), client.resetCode(259)]).toEqual([CODE.refusedStream, CODE.refusedStream])
    client.send(frame(FRAME.data, FLAG.endStream, 1, 'x'))
    expect(await outcome(1)).toBe('200')
    client.request(261, HEAD)
    expect(await outcome(261)).toBe('200')
  })
})

test('6.8: after GOAWAY what is under way is finished, and what comes later is ignored', async () => {
  client.request(1, POST, false)
  client.send(frame(FRAME.goaway, 0, 0, Buffer.alloc(8)))
  await until(() => client.of(FRAME.goaway).length > 0)
  expect(client.of(FRAME.goaway)[0]?.payload.readUInt32BE()).toBe(1)
  client.request(3, POST, false)
  client.send(frame(FRAME.data, FLAG.endStream, 3, 'late'), frame(FRAME.windowUpdate, 0, 3, Buffer.from([0, 0, 0, 1])))
  client.send(frame(FRAME.data, FLAG.endStream, 1, 'x'))
  await until(() => client.closed)
  expect(client.statuses(1)).toEqual(['200'])
  expect([client.goAwayCode, client.statuses(3)]).toEqual([CODE.noError, []])
  expect(origin.arrivals).toHaveLength(1)
})

test('a head of the app that is very long comes in CONTINUATION frames', async () => {
  const value = 'v'.repeat(15_000)
  const lines = ['a', 'b', 'c'].map((name) => `X-${name}: ${value}\r\n`).join('')
  await using app = await RawOrigin.start(
    (socket) => void socket.end(`HTTP/1.1 200 OK\r\n${lines}Content-Length: 2\r\n\r\nok`),
  )
  await using own = await Rig.start()
  await own.serve([target(app.port)])
  await using way = await openStreamDoor(own.plane, { alpn: 'h2' })
  const visitor = connect(`http://127.0.0.1:${way.port}`, { maxSendHeaderBlockLength: 100_000 })
  visitor.on('error', () => {})
  const headers = await new Promise<IncomingHttpHeaders>((resolve) => {
    visitor.request({ ':authority': HOST }).on('response', resolve).resume()
  })
  expect([headers['x-a'], headers['x-b'], headers['x-c']]).toEqual([value, value, value])
  visitor.destroy()
})

test('unknown frames, settings and flags are ignored', async () => {
  client.send(
    frame(99, 255, 0, 'abc'),
    frame(FRAME.settings, 0, 0, Buffer.from([0, 99, 0, 0, 0, 1])),
    frame(FRAME.priority, 0, 7, '\0\0\0\x03\x01'),
  )
  client.send(
    frame(
      FRAME.headers,
      FLAG.endHeaders | FLAG.endStream | FLAG.priority | FLAG.padded | 0xc2,
      1,
      Buffer.concat([Buffer.from([2]), Buffer.alloc(5), blockOf(HEAD), Buffer.alloc(2)]),
    ),
  )
  expect(await outcome(1)).toBe('200')
})

test('bytes that come one by one are the same request', async () => {
  using slow = await RawClient.connect(door.port, true)
  const bytes = Buffer.concat([
    PREFACE,
    EMPTY_SETTINGS,
    frame(FRAME.headers, FLAG.endStream, 1, blockOf(POST.slice(0, 2))),
    frame(FRAME.continuation, FLAG.endHeaders, 1, blockOf(POST.slice(2))),
  ])
  slow.socket.setNoDelay(true)
  for (const byte of bytes) {
    slow.send(Buffer.from([byte]))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await until(() => slow.statuses(1).length === 1)
  expect(slow.statuses(1)).toEqual(['200'])
})
