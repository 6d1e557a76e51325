import {
  connect as connectHttp2,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
} from 'node:http2'
import { type AddressInfo, connect, createServer as createNetServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { routingHost } from '../http1/authority.ts'
import { RequestHead } from '../http1/request-head.ts'
import { until } from '../testing/rig.ts'
import { CompressionError, Decoder } from './decoder.ts'
import { FrameReader } from './frame-reader.ts'
import { CODE, FLAG, FRAME, PREFACE } from './frames.ts'
import { RequestFields } from './request-fields.ts'
import { EMPTY_SETTINGS, frame, SETTINGS_ACK } from './testing/raw-client.ts'

type Reading = { method: string; path: string; authority: string; fields: string[] }

const ROUNDS = 15
const PER_ROUND = 120
const SEED = 91_137_541
const PATIENCE_MS = 20_000

let server: Http2Server
let port = 0
/** By the port that the client came from: what node made of its requests. */
const seen = new Map<number, Reading[]>()
const sessions = new Set<ServerHttp2Session>()

beforeAll(async () => {
  server = createServer()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => {}).on('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, headers, _flags, raw) => {
    const from = (stream.session?.socket.remotePort ?? 0) as number
    seen.set(from, [...(seen.get(from) ?? []), readingOf(headers, raw as unknown as string[])])
    stream.on('error', () => {})
    if (!stream.destroyed) stream.respond({ ':status': 204 }, { endStream: true })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(async () => {
  for (const session of sessions) session.destroy()
  await new Promise((resolve) => server.close(resolve))
})

/** Cookies are joined by both sides; what only one hop may see is not compared. */
function readingOf(headers: IncomingHttpHeaders, raw: string[]): Reading {
  const fields: string[] = []
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] as string
    if (!name.startsWith(':') && name !== 'cookie' && name !== 'host') fields.push(`${name}: ${raw[at + 1]}`)
  }
  if (headers.cookie !== undefined) fields.push(`cookie: ${headers.cookie}`)
  const authority = String(headers[':authority'] ?? headers.host ?? '')
  return { method: String(headers[':method']), path: String(headers[':path']), authority, fields }
}

const head = new RequestHead()
const fields = new RequestFields()

/** What our parts make of each block, up to the first that cannot be decoded; null: refused. */
function ours(blocks: Buffer[]): (Reading | null)[] {
  const decoder = new Decoder()
  const readings: (Reading | null)[] = []
  for (const block of blocks) {
    fields.begin(false)
    try {
      decoder.decode(block, 0, block.length, fields)
    } catch (error) {
      if (!(error instanceof CompressionError)) throw error
      return readings
    }
    fields.judge(false)
    readings.push(fields.malformed ? null : asHttp1(Buffer.from(fields.headText(false), 'latin1')))
  }
  return readings
}

function asHttp1(bytes: Buffer): Reading | null {
  if (head.read(bytes, 0, bytes.length) !== bytes.length) return null
  if (routingHost(head.fields.text(bytes, head.host)) === null) return null
  const lines: string[] = []
  for (let index = 0; index < head.fields.count; index++) {
    if (index === head.host) continue
    lines.push(`${head.fields.name(bytes, index)}: ${head.fields.text(bytes, index)}`)
  }
  return {
    method: bytes.toString('latin1', head.start, head.methodEnd),
    path: bytes.toString('latin1', head.methodEnd + 1, head.targetEnd),
    authority: head.fields.text(bytes, head.host),
    fields: lines,
  }
}

/** Sends blocks as requests on one connection; resolves with node's readings of those it accepts. */
function nodes(blocks: Buffer[]): Promise<Reading[]> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      const frames = blocks.map((block, index) =>
        frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 2 * index + 1, block),
      )
      const bye = frame(FRAME.goaway, 0, 0, Buffer.from([0, 0, 0, 0, 0, 0, 0, CODE.noError]))
      from = socket.localPort ?? 0
      socket.write(Buffer.concat([PREFACE, EMPTY_SETTINGS, SETTINGS_ACK, ...frames, bye]))
    })
    let from = 0
    const patience = setTimeout(() => socket.destroy(), PATIENCE_MS)
    socket.on('error', () => {})
    socket.resume()
    socket.on('close', () => {
      clearTimeout(patience)
      resolve(seen.get(from) ?? [])
      seen.delete(from)
    })
  })
}

/** Mulberry32: small, and the same on every machine. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
type Random = ReturnType<typeof randomFrom>

const NAMES = [
  'x-a',
  'cookie',
  'accept',
  'te',
  'content-length',
  'host',
  'x-B',
  'user-agent',
  'connection',
  'range',
  'x y',
  '',
]
const VALUES = [
  '',
  'a',
  'b=c',
  'trailers',
  '0',
  '3',
  'a.test',
  'b.test',
  '\xe4\xff',
  'a\tb',
  ' a',
  'a\r\nb: c',
  'a\0',
  'x'.repeat(200),
]
const PSEUDO: (number | string)[][] = [
  [0x82, 0x83, 'OPTIONS', 'CONNECT', 'G T', 'PUT'],
  [0x87, 0x86, 'ftp'],
  [0x84, 0x85, '/a?b=c', '*', 'x', '/a b', '/\xe4', ''],
  ['a.test', 'A.test:80', 'u@a.test', 'a.test\r\n', ''],
]
const PSEUDO_INDEX = [2, 6, 4, 1]

/** A literal string of less than 254 bytes. */
function stringOf(text: string): Buffer {
  const { length } = text
  return Buffer.concat([Buffer.from(length < 127 ? [length] : [127, length - 127]), Buffer.from(text, 'latin1')])
}

/** Random bits are mostly short codes, and sometimes no code at all. */
function huffmanString(random: Random): Buffer {
  const bytes = Buffer.from(Array.from({ length: random(12) }, () => random(random(3) ? 240 : 256)))
  if (bytes.length > 0) bytes[bytes.length - 1] = (bytes.at(-1) as number) | ((1 << random(8)) - 1)
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

const pick = <Item>(random: Random, items: readonly Item[]) => items[random(items.length)] as Item

function madeField(random: Random): Buffer {
  const first = pick(random, [0x00, 0x10, 0x40, 0x40])
  if (random(6) === 0) return Buffer.from([0x80 | (15 + random(58))])
  if (random(3) > 0)
    return Buffer.concat([Buffer.from([first]), stringOf(pick(random, NAMES)), stringOf(pick(random, VALUES))])
  if (random(2)) return Buffer.concat([Buffer.from([first]), stringOf('x-h'), huffmanString(random)])
  const index = 15 + random(52)
  const most = first === 0x40 ? 63 : 15
  const number = index < most ? [first | index] : [first | most, index - most]
  return Buffer.concat([Buffer.from(number), stringOf(pick(random, VALUES))])
}

function madeBlock(random: Random): Buffer {
  const parts: Buffer[] = PSEUDO.map((choices, index) => {
    const choice = random(12) === 0 ? pick(random, choices) : (choices[0] as number | string)
    if (typeof choice === 'number') return Buffer.from([choice])
    return Buffer.concat([Buffer.from([0x40 | (PSEUDO_INDEX[index] as number)]), stringOf(choice)])
  })
  if (random(15) === 0) parts.splice(random(4), 1)
  for (let count = random(6); count > 0; count--) parts.push(madeField(random))
  if (random(15) === 0) parts.sort(() => random(3) - 1)
  const block = Buffer.concat(parts)
  if (random(4) === 0 && block.length > 0) {
    const at = random(block.length)
    block[at] = random(2) ? random(256) : (block[at] as number) ^ (1 << random(8))
  }
  if (random(12) === 0) return block.subarray(0, random(block.length))
  return random(10) === 0 ? Buffer.concat([Buffer.from([0x20 | random(32)]), block]) : block
}

/** We may refuse what node accepts, but never read another request, and never one that it refuses as not well-formed. */
function difference(own: (Reading | null)[], node: Reading[]): string | null {
  const left = node.map((reading) => JSON.stringify(reading))
  for (const reading of own) {
    if (reading === null) continue
    const at = left.indexOf(JSON.stringify(reading))
    if (at < 0) return `ours ${JSON.stringify(reading)}\nnode ${left.join('\n     ')}`
    left.splice(0, at + 1)
  }
  return null
}

test('a request that we read from field blocks is the one that node reads', async () => {
  const random = randomFrom(SEED)
  const found: string[] = []
  let accepted = 0
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(
      Array.from({ length: PER_ROUND }, async () => {
        const blocks = Array.from({ length: 1 + random(4) }, () => madeBlock(random))
        const own = ours(blocks)
        accepted += own.filter(Boolean).length
        const complaint = difference(own, await nodes(blocks))
        if (complaint) found.push(`${blocks.map((block) => block.toString('hex')).join(' ')}\n${complaint}`)
      }),
    )
  }
  expect(found).toEqual([])
  expect(accepted).toBeGreaterThan((ROUNDS * PER_ROUND) / 4)
})

test('what node compresses, we read as it was', async () => {
  const random = randomFrom(SEED)
  const decoder = new Decoder()
  const got: string[] = []
  const catcher = createNetServer((socket) => {
    socket.on('error', () => {}).write(Buffer.concat([EMPTY_SETTINGS, SETTINGS_ACK]))
    const reader = new FrameReader({
      reading: true,
      frame: (type, _flags, _id, bytes, start, end) => {
        if (type !== FRAME.headers) return
        decoder.decode(bytes, start, end, { take: ({ name, value }) => void (name === 'x-v' && got.push(value)) })
      },
      dataBegins: () => {},
      data: () => {},
      dataEnds: () => {},
      failed: (code) => void got.push(`failed ${code}`),
    })
    socket.on('data', (bytes) => reader.read(bytes, 0, bytes.length))
  })
  await new Promise<void>((resolve) => catcher.listen(0, '127.0.0.1', resolve))
  const client = connectHttp2(`http://127.0.0.1:${(catcher.address() as AddressInfo).port}`)
  client.on('error', () => {})
  const visible = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
  const values = Array.from({ length: 400 }, (_, index) => {
    // One byte among short codes, so that the whole is compressed; each byte that a value may hold has its turn.
    if (index < 128) return `aaaaaaaaaaaa${String.fromCharCode(128 + index)}eeeeeeeeeeee`
    return `a${Array.from({ length: random(40) }, () => pick(random, visible)).join('')}e`
  })
  for (const value of values) client.request({ 'x-v': value }).on('error', () => {})
  await until(() => got.length === values.length)
  client.destroy()
  await new Promise((resolve) => catcher.close(resolve))
  expect(got).toEqual(values)
})
