import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, test } from 'vitest'
import { Chunks } from './chunks.ts'

/** The payload of a body, and what passes of it, read in parts of `size` bytes; null when it is refused or not whole. */
function read(text: string, size = text.length): { payload: number; after: number; passed: string } | null {
  const bytes = Buffer.from(text, 'latin1')
  const chunks = new Chunks()
  let after = 0
  let passed = ''
  for (let at = 0; at < bytes.length && !chunks.done; at += size) {
    const end = Math.min(bytes.length, at + size)
    after = chunks.read(bytes, at, end)
    if (after < 0) return null
    passed += bytes.toString('latin1', at, chunks.passEnd)
  }
  return chunks.done ? { payload: chunks.payload, after, passed } : null
}

const GOOD = [
  '0\r\n\r\n',
  '3\r\nabc\r\n0\r\n\r\n',
  '00a\r\n0123456789\r\n000\r\n\r\n',
  '3;a=b;c="d;\\" e"\r\nabc\r\n0;x\r\n\r\n',
  '1\r\na\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n',
]
const BAD = [
  '\r\n',
  'g\r\n',
  '0x1\r\na\r\n0\r\n\r\n',
  '+1\r\na\r\n0\r\n\r\n',
  '1 \r\na\r\n0\r\n\r\n',
  ' 1\r\na\r\n0\r\n\r\n',
  '1\na\r\n0\r\n\r\n',
  '1\r\na\n0\r\n\r\n',
  '1\r\nab\r\n0\r\n\r\n',
  '1;a\nb\r\na\r\n0\r\n\r\n',
  '1;a b\r\na\r\n0\r\n\r\n',
  '1;\x00\r\na\r\n0\r\n\r\n',
  'fffffffffffffffff\r\n',
  `1;${'x'.repeat(2_000)}\r\na\r\n0\r\n\r\n`,
  '0\r\nX-A : b\r\n\r\n',
  '0\r\n folded\r\n\r\n',
  `0\r\nX-A: ${'a'.repeat(9_000)}\r\n\r\n`,
]

test('a body is followed to its end wherever the reads are cut, and what comes after it is left alone', () => {
  for (const text of GOOD) {
    for (const size of [1, 2, 3, 5, 1_000]) {
      const whole = read(`${text}GET / HTTP/1.1\r\n`, size)
      expect([text, size, whole?.payload]).toEqual([text, size, read(text)?.payload])
    }
    expect(read(`${text}NEXT`)?.after).toBe(text.length)
  }
})

test('trailers are kept back, and everything before them passes as it came', () => {
  expect(read(GOOD[4] ?? '')?.passed).toBe('1\r\na\r\n0\r\n')
  expect(read(GOOD[1] ?? '')?.passed).toBe(GOOD[1])
})

test.each(BAD)('%j is refused, however it is cut', (text) => {
  for (const size of [1, 3, text.length]) expect(read(text, size)).toBeNull()
})

test('many extensions are an attack, many chunks are not', () => {
  expect(read(`${`1;${'x'.repeat(900)}\r\na\r\n`.repeat(30)}0\r\n\r\n`)).toBeNull()
  expect(read(`${'1\r\na\r\n'.repeat(100_000)}0\r\n\r\n`)?.payload).toBe(100_000)
})

test('a body that we and Node both accept has the same payload', async () => {
  const payloads = new Map<string, number>()
  const server = createServer((incoming, response) => {
    let size = 0
    incoming.on('error', () => {})
    incoming.on('data', (chunk) => {
      size += chunk.length
    })
    incoming.on('end', () => {
      payloads.set(incoming.url ?? '', size)
      response.end()
    })
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const bodies = [...GOOD, ...BAD].flatMap((text) => mutations(text))
  const differing: string[] = []
  for (let from = 0; from < bodies.length; from += 100) {
    await Promise.all(
      bodies.slice(from, from + 100).map(async (body, index) => {
        const path = `/${from + index}`
        await send(
          port,
          `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
        )
        const own = read(body)
        const node = payloads.get(path)
        if (own && node !== undefined && own.payload !== node)
          differing.push(`${JSON.stringify(body)}: ${own.payload}, ${node}`)
      }),
    )
  }
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  expect(differing).toEqual([])
  expect(payloads.size).toBeGreaterThan(GOOD.length)
})

/** Each body with one odd character put in at every place of its first bytes. */
function mutations(text: string): string[] {
  const odd = ['0', ' ', '\r', '\n', ';', '"', '\0', 'f']
  const places = Math.min(text.length, 12)
  return Array.from({ length: places }, (_, at) => at).flatMap((at) =>
    odd.map((char) => text.slice(0, at) + char + text.slice(at)),
  )
}

function send(port: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text, 'latin1'))
    socket.on('error', () => {})
    socket.resume()
    socket.on('close', () => resolve())
  })
}
