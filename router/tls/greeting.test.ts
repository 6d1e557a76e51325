import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Edge as Edges } from '../rules/edge.ts'
import { binaryHeader } from '../testing/proxy-headers.ts'
import { closed } from '../testing/visitor.ts'
import { Edge } from './testing/edge.ts'
import { certificateFor } from './testing/self-signed.ts'

const HOST = 'shop.example.test'
let edge: Edge
const proxies = Edges.compile({ trustedProxies: ['127.0.0.1'], proxyProtocol: true })
/** On which connections from everywhere begin with a header. */
let port: number
const clients: string[] = []

beforeAll(async () => {
  edge = await Edge.start({ handshakeMs: 1_500 })
  edge.serve([HOST], {}, { mode: 'custom', redirect: false, hstsSeconds: 0 })
  await edge.tls.put('shop', { service: 'app', ...(await certificateFor([HOST])) })
  port = await edge.tls.listen(
    { host: '127.0.0.1', port: 0 },
    (connection) => {
      clients.push(connection.remoteAddress)
      connection.writeText('hello')
      connection.end()
    },
    () => proxies,
  )
})
afterAll(() => edge[Symbol.asyncDispose]())

function greet(...parts: Buffer[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1', () => {
      for (const part of parts) socket.write(part)
      socket.on('error', () => {})
      const secure = connectTls({ socket, servername: HOST, rejectUnauthorized: false })
      secure.on('data', (chunk) => {
        secure.destroy()
        resolve(String(chunk))
      })
      secure.on('error', reject).on('close', () => reject(new Error('closed')))
    })
  })
}

test('a proxy says whose connection it is before the handshake', async () => {
  expect(await greet(Buffer.from('PROXY TCP4 192.0.2.1 127.0.0.1 5000 443\r\n'))).toBe('hello')
  expect(await greet(binaryHeader('192.0.2.2'))).toBe('hello')
  expect(await greet(binaryHeader('', { family: 0 }))).toBe('hello')
  expect(clients.splice(0)).toEqual(['192.0.2.1', '192.0.2.2', '127.0.0.1'])
})

test('without a header, or with half of one, there is no handshake', async () => {
  await expect(greet()).rejects.toThrow()
  await expect(greet(Buffer.from('PROXY TCP4 192.0.2.1 127.0.0.1 5000\r\n'))).rejects.toThrow()
  const silent = connect(port, '127.0.0.1', () => silent.write('PROXY '))
  await closed(silent)
  expect(clients).toEqual([])
})
