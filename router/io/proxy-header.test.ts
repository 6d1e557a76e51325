import { expect, test } from 'vitest'
import { binaryHeader } from '../testing/proxy-headers.ts'
import { readProxyHeader } from './proxy-header.ts'

const read = (text: string) => readProxyHeader(Buffer.from(text, 'latin1'))

test('a line says whose connection it is, and ends where the connection begins', () => {
  const line = 'PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n'
  expect(read(`${line}GET / HTTP/1.1\r\n`)).toEqual({ after: line.length, address: '192.0.2.1' })
  expect(read('PROXY TCP6 2001:DB8::1 ::1 0 65535\r\n')?.valueOf()).toMatchObject({ address: '2001:db8::1' })
  expect(read('PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n')).toMatchObject({ address: '192.0.2.1' })
  for (const rest of ['', ' whatever 1 2']) {
    expect(read(`PROXY UNKNOWN${rest}\r\n`)).toEqual({ after: 15 + rest.length, address: null })
  }
})

test('a header that is not here yet is waited for, wherever it is cut', () => {
  for (const whole of [Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n'), binaryHeader('192.0.2.1')]) {
    for (let length = 0; length < whole.length; length += 1) {
      expect(readProxyHeader(whole.subarray(0, length)), `${length}`).toBe('more')
    }
    expect(readProxyHeader(whole)).toEqual({ after: whole.length, address: '192.0.2.1' })
  }
})

test('a binary header says it for both families, and what else it carries is passed over', () => {
  expect(readProxyHeader(binaryHeader('192.0.2.1', { more: Buffer.alloc(300) }))).toEqual({
    after: 328,
    address: '192.0.2.1',
  })
  expect(readProxyHeader(binaryHeader('2001:db8:0:0:0:0:0:1'))).toEqual({ after: 52, address: '2001:db8:0:0:0:0:0:1' })
  expect(readProxyHeader(binaryHeader('0:0:0:0:0:ffff:c000:201'))).toMatchObject({ address: '192.0.2.1' })
})

test('a proxy that asks on its own behalf, or cannot say for whom, is taken for itself', () => {
  expect(readProxyHeader(binaryHeader('192.0.2.1', { command: 0 }))).toEqual({ after: 28, address: null })
  expect(readProxyHeader(binaryHeader('', { family: 0 }))).toEqual({ after: 16, address: null })
})

test.each([
  'GET / HTTP/1.1\r\n',
  '\x16\x03\x01',
  'proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n',
  'PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n',
  'PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n',
  'PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n',
  'PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n',
  'PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n',
  'PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n',
  'PROXY TCP4 ::1 ::2 1 2\r\n',
  'PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n',
  'PROXY TCP4 192.0.2.1\n192.0.2.2 1 2\r\n',
  `PROXY UNKNOWN ${'x'.repeat(100)}\r\n`,
  `PROXY UNKNOWN ${'x'.repeat(200)}`,
  'PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n',
])('%j is no header', (text) => {
  expect(read(text)).toBeNull()
})

test.each([
  ['another version', { version: 1 }],
  ['an unknown command', { command: 2 }],
  ['datagrams', { family: 0x12 }],
  ['an unknown family', { family: 0x41 }],
  ['less than its addresses', { length: 11 }],
  ['far more than its addresses', { more: Buffer.alloc(5_000) }],
])('a binary header of %s is none', (_name, traits) => {
  expect(readProxyHeader(binaryHeader('192.0.2.1', traits))).toBeNull()
})
