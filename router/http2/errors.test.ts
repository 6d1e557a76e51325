import { connect, type IncomingHttpHeaders } from 'node:http2'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { RawOrigin } from '../testing/origin.ts'
import { HOST, Rig, target, until } from '../testing/rig.ts'
import { openStreamDoor } from '../testing/stream-door.ts'
import { CODE, FLAG, FRAME, PREFACE } from './frames.ts'
import { blockOf, EMPTY_SETTINGS, frame, RawClient } from './testing/raw-client.ts'
import { GET, outcome, POST, RecordedDoor } from './testing/recorded-door.ts'

const GOOD = frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, blockOf(GET))

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
    ['5.1: CONTINUATION on an idle stream', 'protocolError', [frame(FRAME.continuation, 4, 1, blockOf(GET))]],
    ['5.1.1: an even stream', 'protocolError', [frame(FRAME.headers, 5, 2, blockOf(GET))]],
    [
      '5.1.1: a stream below the last',
      'streamClosed',
      [frame(FRAME.headers, 5, 5, blockOf(GET)), frame(FRAME.headers, 5, 3, blockOf(GET))],
    ],
    ['6.1: DATA on stream 0', 'protocolError', [frame(FRAME.data, 0, 0, 'x')]],
    [
      '6.1: more padding than payload',
      'protocolError',
      [frame(FRAME.headers, 4, 1, blockOf(POST)), frame(FRAME.data, FLAG.padded, 1, '\x05ab')],
    ],
    ['6.2: HEADERS on stream 0', 'protocolError', [frame(FRAME.headers, 5, 0, blockOf(GET))]],
    ['6.2: more padding than block', 'protocolError', [frame(FRAME.headers, 5 | FLAG.padded, 1, '\xffab')]],
    [
      '6.2: a frame within a block',
      'protocolError',
      [frame(FRAME.headers, 1, 1, blockOf(GET)), frame(FRAME.ping, 0, 0, '01234567')],
    ],
    [
      '6.2: an unknown frame within a block',
      'protocolError',
      [frame(FRAME.headers, 1, 1, blockOf(GET)), frame(99, 0, 0)],
    ],
    [
      '6.2: DATA within a block',
      'protocolError',
      [frame(FRAME.headers, 1, 1, blockOf(GET)), frame(FRAME.data, 0, 1, 'x')],
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
      [frame(FRAME.headers, 1, 1, blockOf(GET)), frame(FRAME.continuation, 4, 3)],
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
    expect(await outcome(client, 1)).toBe('200')
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
    expect(await outcome(client, 1)).toBe('200')
    client.request(261, GET)
    expect(await outcome(client, 261)).toBe('200')
  })
})

test('6.8: after GOAWAY what is under way is finished, and what comes later is ignored', async () => {
  const post = POST.map(([name, value]) => [name, name === ':path' ? '/after-goaway' : value] as const)
  client.request(1, post, false)
  client.send(frame(FRAME.goaway, 0, 0, Buffer.alloc(8)))
  await until(() => client.of(FRAME.goaway).length > 0)
  expect(client.of(FRAME.goaway)[0]?.payload.readUInt32BE()).toBe(1)
  client.request(3, post, false)
  client.send(frame(FRAME.data, FLAG.endStream, 3, 'late'), frame(FRAME.windowUpdate, 0, 3, Buffer.from([0, 0, 0, 1])))
  client.send(frame(FRAME.data, FLAG.endStream, 1, 'x'))
  await until(() => client.closed)
  expect(client.statuses(1)).toEqual(['200'])
  expect([client.goAwayCode, client.statuses(3)]).toEqual([CODE.noError, []])
  // Requests of the tests before may still be coming in.
  const own = door.origin.arrivals.filter(({ line }) => line.includes('/after-goaway'))
  expect(own).toHaveLength(1)
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
      Buffer.concat([Buffer.from([2]), Buffer.alloc(5), blockOf(GET), Buffer.alloc(2)]),
    ),
  )
  expect(await outcome(client, 1)).toBe('200')
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
