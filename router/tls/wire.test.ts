import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findTlsHandles } from '../io/tls-handles.ts'
import { Origin, RawOrigin } from '../testing/origin.ts'
import { HOST, Rig, target, until } from '../testing/rig.ts'
import { closed } from '../testing/visitor.ts'
import { openTlsDoor, type TlsDoor } from './testing/tls-door.ts'

const WAYS = [
  ['sockets', null],
  ['handles', findTlsHandles()],
] as const
const GET = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
const LAST = `GET /last HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`

describe.each(WAYS)('over %s', (_, handles) => {
  let rig: Rig
  let door: TlsDoor
  beforeEach(async () => {
    rig = await Rig.start()
    door = await openTlsDoor(rig.plane, handles)
  })
  afterEach(async () => {
    door[Symbol.dispose]()
    await rig[Symbol.asyncDispose]()
  })

  async function visitor(options: object = {}): Promise<TLSSocket> {
    const socket = connect({ port: door.port, servername: HOST, rejectUnauthorized: false, ...options })
    socket.on('error', () => {})
    await once(socket, 'secureConnect')
    return socket
  }

  async function answerTo(bytes: string): Promise<string> {
    const socket = await visitor()
    socket.write(bytes, 'latin1')
    let text = ''
    for await (const part of socket.setEncoding('latin1')) text += part
    return text
  }

  test('requests that arrive together, and byte by byte, are answered in order', async () => {
    await using app = await Origin.start((incoming, response) =>
      setTimeout(() => response.end(`<${incoming.url}>`), incoming.url === '/' ? 20 : 0),
    )
    await rig.serve([target(app.port)])
    expect((await answerTo(GET + GET + LAST)).match(/<[^>]+>/g)).toEqual(['</>', '</>', '</last>'])
    const socket = await visitor()
    socket.setNoDelay(true)
    let text = ''
    socket.on('data', (part) => {
      text += part
    })
    for (const byte of LAST) {
      socket.write(byte)
      await pause(0)
    }
    await closed(socket)
    expect(text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*<\/last>/)
    expect(app.requests[0]?.headers['x-forwarded-proto']).toBe('https')
    expect(app.requests[0]?.headers['x-forwarded-for']).toBe('127.0.0.1')
    expect(app.requests[0]?.headers['x-forwarded-port']).toBe(String(door.port))
  })

  test('large bodies through a slow reader and a slow app arrive byte for byte, several at a time', async () => {
    const blob = randomBytes(5_000_000)
    const sum = createHash('sha256').update(blob).digest('hex')
    await using app = await Origin.start((incoming, response) => {
      const hash = createHash('sha256')
      let turns = 0
      incoming.on('data', (chunk) => {
        hash.update(chunk)
        if (++turns % 8 > 0) return
        incoming.pause()
        setTimeout(() => incoming.resume(), 1)
      })
      incoming.on('end', () => {
        response.writeHead(200, { 'X-Sum': hash.digest('hex'), 'Content-Length': blob.length })
        response.end(blob)
      })
    })
    await rig.serve([target(app.port)])
    await Promise.all(
      Array.from({ length: 5 }, async () => {
        const socket = await visitor()
        socket.write(`POST / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\nContent-Length: ${blob.length}\r\n\r\n`)
        socket.write(blob)
        const parts: Buffer[] = []
        for await (const part of socket) {
          parts.push(part)
          if (parts.length % 16 === 0) await pause(1)
        }
        const answer = Buffer.concat(parts)
        const end = answer.indexOf('\r\n\r\n') + 4
        expect(answer.toString('latin1', 0, end)).toContain(`X-Sum: ${sum}`)
        expect(createHash('sha256').update(answer.subarray(end)).digest('hex')).toBe(sum)
      }),
    )
  })

  test('an answer in many small pieces to a reader that stops for a while is whole', async () => {
    const pieces = Array.from({ length: 4_000 }, (_, at) => `piece ${at} of the answer, and some more\n`)
    await using app = await Origin.start(async (_incoming, response) => {
      for (const piece of pieces) if (!response.write(piece)) await once(response, 'drain')
      response.end()
    })
    await rig.serve([target(app.port)])
    const socket = await visitor()
    socket.write(LAST)
    await pause(50)
    let text = ''
    for await (const part of socket.setEncoding('latin1')) text += part
    const body = text
      .slice(text.indexOf('\r\n\r\n') + 4)
      .replaceAll(/[0-9a-f]+\r\n(piece[\s\S]*?)\r\n(?=[0-9a-f]+\r\n)/g, '$1')
    expect(body.replace(/0\r\n\r\n$/, '')).toBe(pieces.join(''))
  })

  test('an upgrade is a tunnel for both sides until one ends it', async () => {
    await using app = await RawOrigin.start((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.pipe(socket)
    })
    await rig.serve([target(app.port)])
    const socket = await visitor()
    socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`)
    let text = ''
    socket.setEncoding('latin1').on('data', (part) => {
      text += part
    })
    await until(() => text.endsWith('\r\n\r\n'))
    const blob = randomBytes(300_000).toString('hex')
    socket.write(blob)
    await until(() => text.endsWith(blob))
    socket.end()
    await closed(socket)
    await until(() => rig.records.length === 1)
  })

  test('an app that breaks off leaves an answer that ends without close_notify, not a whole one', async () => {
    await using app = await RawOrigin.start((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome')
      setTimeout(() => socket.resetAndDestroy(), 20)
    })
    await rig.serve([target(app.port)])
    expect(await answerTo(LAST)).toMatch(/\r\n\r\nsome$/)
    await until(() => rig.records.length === 1)
    expect(rig.records.map(({ code }) => code)).toEqual(['H18'])
  })

  test('visitors who leave in the middle, of a body or an answer, count as gone and leave nothing behind', async () => {
    await using app = await Origin.start((incoming, response) => {
      incoming.on('error', () => {}).resume()
      if (incoming.method === 'GET') response.writeHead(200).write(randomBytes(4_000_000))
    })
    await rig.serve([target(app.port)])
    for (const bytes of [`POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 99999\r\n\r\nabc`, GET]) {
      const seen = rig.records.length
      const socket = await visitor()
      socket.write(bytes)
      await until(() => app.requests.length > seen)
      socket.destroy()
      await until(() => rig.records.length > seen)
    }
    expect(rig.records.map(({ code }) => code)).toEqual(['H27', 'H27'])
  })

  test('a record that was forged on the way cuts the connection off, and no request comes of it', async () => {
    await using app = await Origin.start()
    await rig.serve([target(app.port)])
    const raw = connectTcp(door.port, '127.0.0.1')
    const socket = connect({ socket: raw, servername: HOST, rejectUnauthorized: false })
    socket.on('error', () => {})
    await once(socket, 'secureConnect')
    raw.write(Buffer.concat([Buffer.from([23, 3, 3, 0, 40]), randomBytes(40)]))
    await closed(raw)
    expect(app.requests).toEqual([])
  })

  test('a visitor who ends its side with its last request is treated as on a plain connection', async () => {
    await using app = await Origin.start((_incoming, response) => void setTimeout(() => response.end('late'), 50))
    await rig.serve([target(app.port)])
    const socket = await visitor()
    socket.end(GET)
    socket.resume()
    await closed(socket)
    await until(() => rig.records.length === 1)
    expect(rig.records[0]?.code).toBe('H27')
  })

  test('a hundred visitors who come and go at any moment do no harm', async () => {
    await using app = await Origin.start((_incoming, response) => void response.end('x'.repeat(50_000)))
    await rig.serve([target(app.port)])
    await Promise.all(
      Array.from({ length: 120 }, async (_, at) => {
        await pause(at * 2)
        const socket = connect({ port: door.port, servername: HOST, rejectUnauthorized: false })
        socket.on('error', () => {}).resume()
        socket.write(GET)
        await pause(at % 17)
        at % 3 === 0 ? socket.destroy() : socket.end()
      }),
    )
    expect(await answerTo(LAST)).toMatch(/^HTTP\/1\.1 200/)
  })
})
