import { expect, test } from 'vitest'
import { ResponseHead } from '../http1/response-head.ts'
import { Decoder } from './decoder.ts'
import { Encoder } from './encoder.ts'

const head = new ResponseHead()

/** Sends heads through an encoder and back through a decoder. */
class Pair {
  readonly encoder = new Encoder()
  readonly decoder = new Decoder()
  block: Buffer = Buffer.alloc(0)

  send(...lines: string[]): string[] {
    const bytes = Buffer.from(`HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`, 'latin1')
    head.read(bytes, 0, bytes.length)
    const target = Buffer.alloc(2 * bytes.length + 16)
    this.encoder.begin(target)
    this.encoder.status(head.status)
    for (let index = 0; index < head.fields.count; index++) this.encoder.field(bytes, head.fields, index)
    this.block = target.subarray(0, this.encoder.end())
    const fields: string[] = []
    const take = { take: ({ name, value }: { name: string; value: string }) => void fields.push(`${name}: ${value}`) }
    this.decoder.decode(this.block, 0, this.block.length, take)
    return fields.slice(1)
  }
}

test('fields come back with names in lower case, whatever their bytes', () => {
  const sent = ['Content-Type: text/html', 'X-Empty:', 'x-bytes: \xff\x80 ~', 'ETag: "a"', 'Set-Cookie: a=b']
  const lower = ['content-type: text/html', 'x-empty: ', 'x-bytes: \xff\x80 ~', 'etag: "a"', 'set-cookie: a=b']
  expect(new Pair().send(...sent)).toEqual(lower)
})

test('what comes again costs one byte a line, except for cookies', () => {
  const pair = new Pair()
  const lines = ['server: something of this test', 'x-own: and of its own', 'content-length: 1024']
  for (let round = 0; round < 3; round++) expect(pair.send(...lines)).toEqual(lines)
  expect(pair.block).toHaveLength(1 + lines.length)
  for (let round = 0; round < 3; round++) pair.send('set-cookie: secret')
  expect(pair.block.includes('secret')).toBe(true)
})

test('a table full of other lines is still the same table on both sides', () => {
  const pair = new Pair()
  for (let round = 0; round < 2_000; round++) {
    const line = `x-${round % 97}: ${'v'.repeat((round * 31) % 600)}`
    expect(pair.send(line, line, 'vary: accept')).toEqual([line, line, 'vary: accept'])
  }
})

test('a peer may forbid the table, and allow it again', () => {
  const pair = new Pair()
  const line = 'x-again: and again'
  for (let round = 0; round < 3; round++) pair.send(line)
  pair.encoder.limitTable(0)
  expect(pair.send(line)).toEqual([line])
  expect(pair.block[0]).toBe(0x20)
  expect(pair.send(line)).toEqual([line])
  expect(pair.block.length).toBeGreaterThan(line.length)
  pair.encoder.limitTable(10)
  pair.encoder.limitTable(100_000)
  for (let round = 0; round < 3; round++) expect(pair.send(line)).toEqual([line])
  expect(pair.block).toHaveLength(2)
})

test('every status is three digits', () => {
  const { encoder, decoder } = new Pair()
  const target = Buffer.alloc(64)
  for (let status = 100; status < 600; status++) {
    encoder.begin(target)
    encoder.status(status)
    const values: string[] = []
    decoder.decode(target, 0, encoder.end(), { take: ({ name, value }) => void values.push(name, value) })
    expect(values).toEqual([':status', String(status)])
  }
})
