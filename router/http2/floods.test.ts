import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DataPlane } from '../http1/data-plane.ts'
import { Origin } from '../testing/origin.ts'
import { HOST, Rig, target, until } from '../testing/rig.ts'
import { openStreamDoor, type StreamDoor } from '../testing/stream-door.ts'
import { CODE, FLAG, FRAME, PREFACE } from './frames.ts'
import { blockOf, EMPTY_SETTINGS, frame, RawClient, SETTINGS_ACK } from './testing/raw-client.ts'

const LIMITS = { headersMs: 1_000, checkEveryMs: 25 }
const HEAD = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/'],
  [':authority', HOST],
] as const
const CANCEL = Buffer.from([0, 0, 0, 8])

let rig: Rig
let app: Origin
let plane: DataPlane
let door: StreamDoor
let attacker: RawClient
let visitor: RawClient
let visits = 0

beforeAll(async () => {
  rig = await Rig.start()
  app = await Origin.start((request, response) => void (request.url === '/' && response.end('hello')))
  await rig.serve([target(app.port)])
  plane = new DataPlane(rig.router, { finished: () => {}, answered: () => {} }, LIMITS)
  door = await openStreamDoor(plane, { alpn: 'h2' })
})
afterAll(async () => {
  await plane.stop(0)
  await door[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})
beforeEach(async () => {
  attacker = await RawClient.connect(door.port)
  visitor = await RawClient.connect(door.port)
  visits = 0
  app.requests.length = 0
})
afterEach(async () => {
  await visit()
  expect(await visitor.fate()).toBe('open')
  visitor[Symbol.dispose]()
  attacker[Symbol.dispose]()
})

/** Another client, who must not notice anything. */
async function visit(): Promise<void> {
  const id = 2 * visits++ + 1
  visitor.request(id, HEAD)
  await until(() => visitor.statuses(id).length > 0)
  expect(visitor.statuses(id)).toEqual(['200'])
}

const request = (id: number, path = '/', flags: number = FLAG.endHeaders | FLAG.endStream) =>
  frame(FRAME.headers, flags, id, blockOf(HEAD.map(([name, value]) => [name, name === ':path' ? path : value])))

/** Sends in batches, with visits between them, until the connection ends. Returns how many batches it took. */
async function flood(batch: (round: number) => Buffer[], rounds: number): Promise<number> {
  for (let round = 0; round < rounds; round++) {
    attacker.send(...batch(round))
    await visit()
    if (attacker.goAwayCode !== undefined || attacker.closed) return round
  }
  return rounds
}

describe('a connection is closed with ENHANCE_YOUR_CALM, and others are served on, at a flood of', () => {
  const times = (count: number, make: (index: number) => Buffer) =>
    Array.from({ length: count }, (_, index) => make(index))
  const floods: [what: string, batch: (round: number) => Buffer[]][] = [
    [
      'streams that are reset at once',
      (round) =>
        times(50, (index) => {
          const id = 2 * (50 * round + index) + 1
          return Buffer.concat([request(id, '/wait'), frame(FRAME.rstStream, 0, id, CANCEL)])
        }),
    ],
    [
      'streams that make us reset them',
      (round) =>
        times(50, (index) => {
          const id = 2 * (50 * round + index) + 1
          return Buffer.concat([request(id, '/wait'), frame(FRAME.windowUpdate, 0, id, Buffer.alloc(4))])
        }),
    ],
    ['malformed requests', (round) => times(50, (index) => request(2 * (50 * round + index) + 1, 'no path'))],
    ['more streams than allowed', (round) => times(50, (index) => request(2 * (50 * round + index) + 1, '/wait'))],
    ['PING', () => times(100, () => frame(FRAME.ping, 0, 0, '01234567'))],
    ['SETTINGS', () => times(100, () => EMPTY_SETTINGS)],
    ['acknowledgements of SETTINGS', () => times(100, () => SETTINGS_ACK)],
    ['PRIORITY', () => times(300, (index) => frame(FRAME.priority, 0, 2 * index + 1, Buffer.from([0, 0, 0, 0, 1])))],
    ['WINDOW_UPDATE', () => times(300, () => frame(FRAME.windowUpdate, 0, 0, Buffer.from([0, 0, 0, 1])))],
    ['unknown frames', () => times(300, () => frame(77, 0, 0))],
    [
      'empty DATA',
      (round) => [
        ...(round === 0 ? [request(1, '/wait', FLAG.endHeaders)] : []),
        ...times(300, () => frame(FRAME.data, 0, 1)),
      ],
    ],
    [
      'CONTINUATION',
      (round) => [
        ...(round === 0 ? [request(1, '/', FLAG.endStream)] : []),
        ...times(4, () => frame(FRAME.continuation, 0, 1, blockOf([['x', 'y'.repeat(1_000)]]))),
      ],
    ],
    [
      'empty CONTINUATION',
      (round) => [
        ...(round === 0 ? [request(1, '/', FLAG.endStream)] : []),
        ...times(4, () => frame(FRAME.continuation, 0, 1)),
      ],
    ],
    [
      'one field block in large frames',
      (round) => [
        ...(round === 0 ? [request(1, '/', FLAG.endStream)] : []),
        frame(FRAME.continuation, 0, 1, Buffer.alloc(16_384, 0x82)),
      ],
    ],
  ]
  test.each(floods)('%s', async (_what, batch) => {
    expect(await flood(batch, 60)).toBeLessThan(60)
    expect(attacker.goAwayCode).toBe(CODE.enhanceYourCalm)
    expect(app.requests.filter(({ url }) => url !== '/').length).toBeLessThan(300)
    await until(() => attacker.closed)
  })
})

test('one who cancels now and then, pings and opens windows as he reads is not taken for an attacker', async () => {
  for (let round = 0; round < 300; round++) {
    const id = 4 * round + 1
    attacker.send(request(id), request(id + 2, '/wait'), frame(FRAME.rstStream, 0, id + 2, CANCEL))
    attacker.send(frame(FRAME.windowUpdate, 0, 0, Buffer.from([0, 0, 0, 5])))
    if (round % 10 === 0) attacker.send(frame(FRAME.ping, 0, 0, '01234567'))
    await until(() => attacker.statuses(id).length > 0)
  }
  expect(await attacker.fate()).toBe('open')
})

test('a block of a few bytes that stands for megabytes is refused as a head that is too large', async () => {
  const entry = Buffer.concat([Buffer.from([0x40, 1, 0x61, 0x7f, 0x91, 0x1e]), Buffer.alloc(4_000, 0x62)])
  const bomb = Buffer.concat([blockOf(HEAD), entry, Buffer.alloc(10_000, 0xbe)])
  attacker.send(frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, bomb))
  await until(() => attacker.statuses(1).length > 0)
  expect(attacker.statuses(1)).toEqual(['431'])
  expect(await attacker.fate()).toBe('open')
})

describe('a connection is closed in time', () => {
  test.each<[what: string, code: number | undefined, bytes: Buffer[]]>([
    ['that sends nothing', CODE.settingsTimeout, []],
    ['that sends half a preface', CODE.settingsTimeout, [PREFACE.subarray(0, 10)]],
    ['that sends no SETTINGS', CODE.settingsTimeout, [PREFACE]],
    ['that does not acknowledge ours', CODE.settingsTimeout, [PREFACE, EMPTY_SETTINGS]],
    [
      'that does not complete a field block',
      CODE.enhanceYourCalm,
      [PREFACE, EMPTY_SETTINGS, SETTINGS_ACK, request(1, '/', FLAG.endStream)],
    ],
    [
      'that does not complete a frame',
      CODE.enhanceYourCalm,
      [PREFACE, EMPTY_SETTINGS, SETTINGS_ACK, request(1).subarray(0, 20)],
    ],
  ])('%s', async (_what, code, bytes) => {
    using slow = await RawClient.connect(door.port, true)
    slow.send(...bytes)
    await until(() => slow.closed)
    expect(slow.goAwayCode).toBe(code)
  })

  test('that drips a field block', async () => {
    using slow = await RawClient.connect(door.port)
    slow.send(request(1, '/', FLAG.endStream))
    const drip = setInterval(() => slow.send(frame(FRAME.continuation, 0, 1, blockOf([['a', 'b']]))), 100)
    await until(() => slow.closed)
    clearInterval(drip)
    expect(slow.goAwayCode).toBe(CODE.enhanceYourCalm)
  })
})
