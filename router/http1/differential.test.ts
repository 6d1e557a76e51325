import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RequestHead } from './request-head.ts'

type Reading = { method: string; target: string; headers: string[]; length: number; chunked: boolean }

const ROUNDS = 12
const PER_ROUND = 150
const SEED = 20_261
const PATIENCE_MS = 1_000

let server: Server
let port = 0
const seen = new Map<string, Reading>()

beforeAll(async () => {
  server = createServer({ requireHostHeader: false, maxHeaderSize: 64 * 1024 }, (incoming, response) => {
    seen.set(incoming.headers['x-fuzz'] as string, readingOf(incoming))
    response.end()
  })
  for (const event of ['checkContinue', 'checkExpectation']) {
    server.on(event, (incoming, response) => server.emit('request', incoming, response))
  }
  server.on('upgrade', (incoming, socket) => {
    seen.set(incoming.headers['x-fuzz'] as string, readingOf(incoming))
    socket.destroy()
  })
  server.on('connect', (_incoming, socket) => socket.destroy())
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** What Node makes of a head, in the terms of ours. */
function readingOf({ method = '', url = '', rawHeaders, headers }: IncomingMessage): Reading {
  const chunked = headers['transfer-encoding'] !== undefined
  const length = headers['content-length'] === undefined ? -1 : Number(headers['content-length'])
  return { method, target: url, headers: rawHeaders, length, chunked }
}

const head = new RequestHead()

function ours(bytes: Buffer): Reading | null {
  const after = head.read(bytes, 0, bytes.length)
  if (after < 0) return null
  const { fields, start, methodEnd, targetEnd } = head
  const headers: string[] = []
  for (let index = 0; index < fields.count; index++) {
    headers.push(bytes.toString('latin1', fields.start[index], fields.nameEnd[index]), fields.text(bytes, index))
  }
  return {
    method: bytes.toString('latin1', start, methodEnd),
    target: bytes.toString('latin1', methodEnd + 1, targetEnd),
    headers,
    length: head.contentLength,
    chunked: head.chunked,
  }
}

/** Node's reading, or null when it refuses or waits for more. */
function nodes(bytes: Buffer, id: string): Promise<Reading | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
    const patience = setTimeout(() => socket.destroy(), PATIENCE_MS)
    socket.on('error', () => {})
    socket.resume()
    socket.on('close', () => {
      clearTimeout(patience)
      resolve(seen.get(id) ?? null)
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

const LINES = [
  'Content-Length: 3',
  'Content-Length: 0',
  'content-length:3',
  'Transfer-Encoding: chunked',
  'transfer-encoding:\tchunked ',
  'Transfer-Encoding: gzip, chunked',
  'Connection: close',
  'Connection: keep-alive, x-a',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Expect: 100-continue',
  'Host: b.test',
  'X-A: b',
  'X-A:',
  'X_A: b',
  'Cookie: a=b; c=d',
  'TE: trailers',
]
const LINES_FIRST = [
  'GET / HTTP/1.1',
  'POST /a?b=c HTTP/1.1',
  'HEAD /x HTTP/1.0',
  'PUT http://a.test/x HTTP/1.1',
  'OPTIONS * HTTP/1.1',
]
const ODD = [
  '\0',
  '\t',
  ' ',
  '\r',
  '\n',
  '\r\n',
  '\x0b',
  '\x7f',
  '\x80',
  '\xff',
  ':',
  ',',
  ';',
  '0',
  '+',
  '-',
  '_',
  'chunked',
  '%0d',
  '"',
]

function made(random: (below: number) => number, id: string): Buffer {
  const pick = <Item>(items: readonly Item[]) => items[random(items.length)] as Item
  const lines = [pick(LINES_FIRST), `X-Fuzz: ${id}`, 'Host: a.test']
  for (let count = random(4); count > 0; count--) lines.push(pick(LINES))
  let text = `${lines.join('\r\n')}\r\n\r\n`
  const protectedEnd = text.indexOf(id) + id.length
  for (let count = random(3); count > 0; count--) {
    const span = random(2) ? text.length : protectedEnd
    const at = random(span)
    const cut = random(3) === 0 ? 1 + random(3) : 0
    const mutated = text.slice(0, at) + (cut && random(2) ? '' : pick(ODD)) + text.slice(at + cut)
    if (mutated.includes(`X-Fuzz: ${id}\r\n`)) text = mutated
  }
  return Buffer.from(`${text}abc\r\n0\r\n\r\n`, 'latin1')
}

/** Both accept and read different requests: how smuggling begins. */
function difference(bytes: Buffer, own: Reading | null, node: Reading | null): string | null {
  if (!own || !node) return null
  return JSON.stringify(own) === JSON.stringify(node)
    ? null
    : `${JSON.stringify(bytes.toString('latin1'))}\nours ${JSON.stringify(own)}\nnode ${JSON.stringify(node)}`
}

test('a head that we and Node both accept is the same request to both', async () => {
  const random = randomFrom(SEED)
  const found: string[] = []
  let accepted = 0
  for (let round = 0; round < ROUNDS; round++) {
    const inputs = Array.from({ length: PER_ROUND }, (_, index) => {
      const id = `f${round}-${index}`
      return { id, bytes: made(random, id) }
    })
    await Promise.all(
      inputs.map(async ({ id, bytes }) => {
        const own = ours(bytes)
        const node = await nodes(bytes, id)
        if (own && node) accepted += 1
        const complaint = difference(bytes, own, node)
        if (complaint) found.push(complaint)
      }),
    )
  }
  expect(found).toEqual([])
  expect(accepted).toBeGreaterThan((ROUNDS * PER_ROUND) / 5)
})

test('what was found before stays settled', async () => {
  const lines = readFileSync(new URL('./corpus/found.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  for (const line of lines) {
    const { name, text, accepted } = JSON.parse(line) as { name: string; text: string; accepted: boolean }
    const bytes = Buffer.from(text, 'latin1')
    const own = ours(bytes)
    expect([name, own !== null]).toEqual([name, accepted])
    const id = /X-Fuzz: (\S+)/.exec(text)?.[1] ?? name
    expect(difference(bytes, own, await nodes(bytes, id))).toBeNull()
  }
})

test('the parser says the same wherever the bytes are cut', () => {
  const random = randomFrom(SEED + 1)
  for (let count = 0; count < 400; count++) {
    const bytes = made(random, `c${count}`)
    const whole = head.read(bytes, 0, bytes.length)
    const cut = random(bytes.length)
    const before = head.read(bytes, 0, cut)
    // What was refused early stays refused; what was accepted early is the same head.
    if (before === -2) expect(whole).toBe(-2)
    else if (before >= 0) expect(whole).toBe(before)
  }
})
