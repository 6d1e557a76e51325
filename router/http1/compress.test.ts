import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { connect } from 'node:net'
import { brotliDecompressSync, createGunzip, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BODY, getBytes, serveCompressed, sha, text } from '../testing/compressible.ts'
import { Origin, RawOrigin } from '../testing/origin.ts'
import { HOST, Rig, until } from '../testing/rig.ts'
import { keepAlive } from '../testing/visitor.ts'

const UNPACK = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync }

let rig: Rig
beforeEach(async () => {
  rig = await Rig.start()
})
afterEach(async () => {
  await rig[Symbol.asyncDispose]()
})

const serve = (port: number) => serveCompressed(rig, port)
const get = (headers: Record<string, string> = { 'accept-encoding': 'gzip' }, options = {}) =>
  getBytes(rig.port, headers, options)

const FRAMINGS: Record<string, (port: { end(bytes: Buffer): void; write(text: string | Buffer): void }) => void> = {
  'of known length': (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n`)
    socket.end(BODY)
  },
  'in chunks of all sizes': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n')
    for (let at = 0, size = 1; at < BODY.length; at += size, size = size * 3 + 1) {
      const part = BODY.subarray(at, at + size)
      socket.write(Buffer.concat([Buffer.from(`${part.length.toString(16)};x=y\r\n`), part, Buffer.from('\r\n')]))
    }
    socket.end(Buffer.from('0\r\n\r\n'))
  },
  'that ends with the connection': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n')
    socket.end(BODY)
  },
}

describe.each(Object.keys(UNPACK) as (keyof typeof UNPACK)[])('with %s', (encoding) => {
  test.each(Object.keys(FRAMINGS))('a body %s arrives whole', async (framing) => {
    await using app = await RawOrigin.start((socket) => FRAMINGS[framing]?.(socket))
    await serve(app.port)
    const { response, body } = await get({ 'accept-encoding': encoding })
    expect(response.headers).toMatchObject({ 'content-encoding': encoding, vary: 'Accept-Encoding' })
    expect(response.headers['content-length']).toBeUndefined()
    expect(sha(UNPACK[encoding](body))).toBe(sha(BODY))
    expect(body.length).toBeLessThan(BODY.length * 0.7)
    await until(() => rig.records.length === 1)
    expect(rig.records[0]).toMatchObject({ status: 200, bytes: body.length })
    expect(rig.router.status().services[0]?.targets[0]?.inFlight).toBe(0)
  })
})

describe('an answer that is compressed', () => {
  test('says no more of its bytes than is true, and HEAD says the same', async () => {
    await using app = await Origin.start(text)
    await serve(app.port)
    for (const method of ['GET', 'HEAD']) {
      const { response } = await get({ 'accept-encoding': 'br' }, { method })
      const { etag, vary, ...headers } = response.headers
      expect([etag, vary, headers['content-encoding']]).toEqual(['W/"v1"', 'Accept-Encoding', 'br'])
      expect([headers['content-length'], headers['accept-ranges']]).toEqual([undefined, undefined])
    }
  })

  test.each<[string, Record<string, string>, string]>([
    ['the compressed answer', { 'if-none-match': 'W/"v1"' }, 'W/"v1"'],
    ['the plain answer', { 'if-none-match': '"v1"' }, '"v1"'],
    ['both, and takes either', { 'if-none-match': '"v1", W/"v1"' }, 'W/"v1"'],
    ['both, and takes the plain one', { 'if-none-match': '"v1", W/"v1"', 'accept-encoding': 'identity' }, '"v1"'],
    ['whatever it was', { 'if-none-match': '*' }, 'W/"v1"'],
    ['it by its date', { 'if-modified-since': 'Sat, 28 Nov 2026 12:00:00 GMT' }, 'W/"v1"'],
  ])('is not modified for who holds %s, in the same words', async (_what, headers, tag) => {
    await using app = await Origin.start((_request, response) => {
      response.writeHead(304, { ETag: '"v1"', 'Cache-Control': 'max-age=60', Vary: 'Cookie' }).end()
    })
    await serve(app.port)
    const { response, body } = await get({ 'accept-encoding': 'gzip', ...headers })
    expect([response.statusCode, response.headers.etag, response.headers.vary, body.length]).toEqual([
      304,
      tag,
      'Cookie, Accept-Encoding',
      0,
    ])
    expect(response.headers).toMatchObject({ 'cache-control': 'max-age=60' })
    expect(response.headers['content-encoding']).toBeUndefined()
  })

  test('is not modified: what is no text, or may not be transformed, keeps its tag', async () => {
    const images = { ETag: '"v1"', 'Content-Type': 'image/png' }
    const fixed = { ETag: '"v1"', 'Cache-Control': 'no-transform' }
    for (const headers of [images, fixed]) {
      await using app = await Origin.start((_request, response) => void response.writeHead(304, headers).end())
      await serve(app.port)
      const { response } = await get({ 'accept-encoding': 'gzip', 'if-none-match': '"v1"' })
      expect([response.headers.etag, response.headers.vary]).toEqual(['"v1"', undefined])
    }
  })

  test.each(['gzip', 'br', 'zstd'] as const)('by %s and short goes in one piece, with its length', async (encoding) => {
    const short = BODY.subarray(0, 5_000)
    await using app = await RawOrigin.start((socket, first) => {
      const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n'
      if (first.includes('/sized'))
        socket.end(Buffer.concat([Buffer.from(`${head}Content-Length: 5000\r\n\r\n`), short]))
      else {
        const chunk = (part: Buffer) =>
          Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')])
        const chunks = [chunk(short.subarray(0, 3_000)), chunk(short.subarray(3_000)), Buffer.from('0\r\n\r\n')]
        socket.end(Buffer.concat([Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`), ...chunks]))
      }
    })
    await serve(app.port)
    for (const path of ['/sized', '/chunked']) {
      const { response, body } = await get({ 'accept-encoding': encoding }, { path })
      expect(response.headers['content-length']).toBe(String(body.length))
      expect(response.headers['transfer-encoding']).toBeUndefined()
      expect(sha(UNPACK[encoding](body))).toBe(sha(short))
      await until(() => rig.records.length > 0)
      expect(rig.records.pop()).toMatchObject({ status: 200, bytes: body.length })
    }
  })

  test('leaves the connections of both sides usable', async () => {
    await using app = await Origin.start(text)
    await serve(app.port)
    const ports = new Set<number | undefined>()
    app.server.on('request', (incoming) => ports.add(incoming.socket.remotePort))
    const agent = keepAlive()
    for (let count = 0; count < 5; count += 1) {
      const { body } = await get({ 'accept-encoding': 'zstd' }, { agent })
      expect(sha(zstdDecompressSync(body))).toBe(sha(BODY))
    }
    agent.destroy()
    expect(ports.size).toBe(1)
  })

  test('is flushed when the app pauses', async () => {
    await using app = await Origin.start((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).write('<p>first</p>')
    })
    await serve(app.port)
    const first = await new Promise<string>((resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port: rig.port,
        agent: false,
        headers: { host: HOST, 'accept-encoding': 'gzip' },
      })
      outgoing
        .on('error', () => {})
        .on('response', (response) => {
          response
            .on('error', () => {})
            .pipe(createGunzip().on('error', reject))
            .once('data', (chunk) => {
              resolve(String(chunk))
              outgoing.destroy()
            })
        })
      outgoing.end()
    })
    expect(first).toBe('<p>first</p>')
  })

  test('of an app that breaks off does not look whole', async () => {
    await using app = await RawOrigin.start((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n`)
      socket.write(BODY.subarray(0, 300_000), () => socket.destroy())
    })
    await serve(app.port)
    await expect(get()).rejects.toThrow(/aborted|hang up|RESET/)
    await until(() => rig.records.length === 1)
    expect(rig.records[0]).toMatchObject({ code: 'H18' })
  })

  test('passes trailers on to clients that take them', async () => {
    await using app = await Origin.start((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain', Trailer: 'X-Sum' })
      response.write(BODY)
      response.addTrailers({ 'X-Sum': '42' })
      response.end()
    })
    await serve(app.port)
    const { response, body } = await get({ 'accept-encoding': 'gzip', te: 'trailers', connection: 'te, close' })
    expect(response.trailers['x-sum']).toBe('42')
    expect(sha(gunzipSync(body))).toBe(sha(BODY))
  })

  test('waits for a slow client, and so does the app', async () => {
    const size = 64 * 1024 * 1024
    let sent = 0
    await using app = await Origin.start((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain' })
      const pump = () => {
        while (sent < size) {
          // Ever new, since what was there before would shrink to nothing.
          const noise = randomBytes(64 * 1024)
          sent += noise.length
          if (!response.write(noise)) {
            response.once('drain', pump)
            return
          }
        }
        response.end()
      }
      pump()
    })
    await serve(app.port)
    const socket = connect(rig.port, '127.0.0.1').on('error', () => {})
    socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nAccept-Encoding: zstd\r\n\r\n`)
    await until(() => sent > 0)
    let before = -1
    while (before !== sent) {
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    expect(sent).toBeLessThan(size / 2)
    let received = 0
    let tail = ''
    socket.on('data', (chunk) => {
      received += chunk.length
      tail = (tail + chunk.toString('latin1')).slice(-5)
    })
    socket.resume()
    await until(() => tail === '0\r\n\r\n', 60_000)
    socket.destroy()
    expect(received).toBeGreaterThan(size)
  })

  test('whose client leaves is given up at once', async () => {
    let aborted = false
    await using app = await Origin.start((_request, response) => {
      response.on('close', () => {
        aborted = true
      })
      response.writeHead(200, { 'Content-Type': 'text/plain' }).write(BODY)
    })
    await serve(app.port)
    const socket = connect(rig.port, '127.0.0.1').on('error', () => {})
    socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nAccept-Encoding: gzip\r\n\r\n`)
    socket.once('data', () => socket.destroy())
    await until(() => aborted && rig.records.length === 1)
    expect(rig.records[0]).toMatchObject({ code: 'H27' })
  })
})
