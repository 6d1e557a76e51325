import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls, createSecureContext } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connection } from '../io/connection.ts'
import { findTlsHandles } from '../io/tls-handles.ts'
import { closed } from '../testing/visitor.ts'
import { Challenges } from './challenges.ts'
import { TlsListener } from './listener.ts'
import { secureContext } from './secure-context.ts'
import { Edge } from './testing/edge.ts'
import { certificateFor } from './testing/self-signed.ts'
import { TicketKeys } from './tickets.ts'

const CUSTOM = { mode: 'custom', redirect: false, hstsSeconds: 0 } as const
const ANYWHERE = { host: '127.0.0.1', port: 0 }
const HOST = 'shop.example.test'
const WAYS = [
  ['sockets', null],
  ['handles', findTlsHandles()],
] as const

test('the handles of this node are as we know them', () => {
  expect(findTlsHandles()).not.toBeNull()
})

describe.each(WAYS)('over %s', (_, handles) => {
  let edge: Edge

  beforeAll(async () => {
    edge = await Edge.start({ handshakeMs: 2_000, handles })
    edge.serve([HOST, '*.wild.example.test'], {}, CUSTOM)
    await edge.tls.put('shop', {
      service: 'app',
      ...(await certificateFor([HOST, '*.wild.example.test', 'gone.example.test'])),
    })
  })
  afterAll(() => edge[Symbol.asyncDispose]())

  test('the exact name and a wildcard over one label are served, in any case', async () => {
    for (const name of [HOST, 'SHOP.example.test', 'a.wild.example.test']) {
      expect(await edge.shakeHands(name)).toMatchObject({ protocol: 'TLSv1.3' })
    }
  })

  test.each(['other.example.test', 'a.b.wild.example.test', 'gone.example.test', ''])(
    'the name "%s" is refused, with a certificate or without, when nobody serves it',
    async (name) => {
      await expect(edge.shakeHands(name)).rejects.toThrow()
    },
  )

  test('hellos for hundreds of unknown names are refused, each for less than what a handshake costs', async () => {
    const refused = edge.tls.handshakes.refused
    const spentUs = { refused: 0, done: 0 }
    const ten = async (kind: keyof typeof spentUs, nameOf: (at: number) => string) => {
      const before = process.cpuUsage()
      await Promise.all(Array.from({ length: 10 }, (_, at) => edge.shakeHands(nameOf(at)).catch(() => {})))
      const { user, system } = process.cpuUsage(before)
      spentUs[kind] += user + system
    }
    for (let batch = 0; batch < 30; batch++) {
      await ten('refused', (at) => `u${batch}-${at}.example.test`)
      if (batch % 4 === 0) await ten('done', () => HOST)
    }
    expect(edge.tls.handshakes.refused - refused).toBeGreaterThanOrEqual(300)
    expect(spentUs.refused / 300).toBeLessThan(spentUs.done / 80)
  })

  test('half a hello, or none, is cut off after the time limit', async () => {
    for (const bytes of ['', '\x16\x03\x01\x02\x00\x01']) {
      const socket = connect(edge.httpsPort, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(bytes, 'latin1')
      const began = Date.now()
      await closed(socket)
      expect(Date.now() - began).toBeLessThan(8_000)
    }
  })

  test('plain HTTP on the TLS port, and garbage, are cut off at once', async () => {
    const socket = connect(edge.httpsPort, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await closed(socket)
  })

  test('TLS 1.2 has forward secrecy and AEAD; what is older or weaker is refused', async () => {
    const connectWith = (options: object) => edge.shakeHands(HOST, options)
    expect(await connectWith({ maxVersion: 'TLSv1.2' })).toMatchObject({
      protocol: 'TLSv1.2',
      cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256',
    })
    await expect(
      connectWith({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
    ).rejects.toThrow()
    await expect(connectWith({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' })).rejects.toThrow()
  })

  test('TLS 1.2 is not renegotiated: one hello, one handshake', async () => {
    for (const servername of [HOST, 'a.wild.example.test']) {
      const socket = connectTls({
        ...{ host: '127.0.0.1', port: edge.httpsPort, servername, maxVersion: 'TLSv1.2', rejectUnauthorized: false },
      })
      await once(socket, 'secureConnect')
      const again = new Promise<void>((resolve, reject) => {
        socket.on('error', reject).renegotiate({}, (error) => (error ? reject(error) : resolve()))
      })
      await expect(again).rejects.toThrow(/no.renegotiation/)
      socket.destroy()
    }
  })

  test('ALPN agrees on h2 or http/1.1, and never on acme-tls/1 without a challenge', async () => {
    expect((await edge.shakeHands(HOST, { ALPNProtocols: ['http/1.1', 'h2'] })).alpn).toBe('h2')
    expect((await edge.shakeHands(HOST, { ALPNProtocols: ['http/1.1'] })).alpn).toBe('http/1.1')
    await expect(edge.shakeHands(HOST, { ALPNProtocols: ['acme-tls/1'] })).rejects.toThrow()
  })

  test('a session is resumed by its ticket, at another listener with the same key too', async () => {
    const { session } = await edge.shakeHands(HOST)
    expect((await edge.shakeHands(HOST, { session })).resumed).toBe(true)
    const pair = await certificateFor([HOST])
    const context = secureContext(pair)
    using tickets = new TicketKeys()
    const parts = { handles, certificates: { context: async () => context }, challenges: new Challenges(), tickets }
    const two = [1, 2].map(() => new TlsListener({ ...parts, protocols: ['http/1.1'], take: sayX }))
    const shake = async (listener: TlsListener, port: number, earlier?: Buffer) => {
      const resumedBefore = listener.counts.resumed
      const options = { host: '127.0.0.1', port, servername: HOST, rejectUnauthorized: false }
      const socket = connectTls({
        ...options,
        ...(earlier ? { session: earlier } : {}),
        secureContext: createSecureContext(),
      })
      let ticket: Buffer | undefined
      socket.on('session', (news) => {
        ticket = news
      })
      socket.on('error', () => {}).resume()
      await closed(socket)
      return { ticket, resumed: listener.counts.resumed > resumedBefore }
    }
    const [one, other] = two as [TlsListener, TlsListener]
    const ports = [await one.listen(ANYWHERE), await other.listen(ANYWHERE)] as const
    const { ticket } = await shake(one, ports[0])
    expect((await shake(other, ports[1], ticket)).resumed).toBe(true)
    tickets.replace(randomBytes(48))
    expect((await shake(other, ports[1], ticket)).resumed).toBe(false)
    for (const listener of two) listener.stop()
  })

  test('the key of the tickets is another one after its time', async () => {
    using tickets = new TicketKeys(5)
    const first = tickets.current
    await expect.poll(() => tickets.current.equals(first)).toBe(false)
  })
})

function sayX(connection: Connection): void {
  connection.writeText('x')
  connection.endAndClose()
  connection.resume()
}
