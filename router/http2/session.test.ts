import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Origin, RawOrigin } from '../testing/origin.ts'
import { HOST, Rig, target, until } from '../testing/rig.ts'
import { openStreamDoor, type StreamDoor } from '../testing/stream-door.ts'

type Answer = {
  headers: IncomingHttpHeaders
  body: string
  trailers: IncomingHttpHeaders
  hints: IncomingHttpHeaders[]
}

let rig: Rig
let door: StreamDoor
let client: ClientHttp2Session

beforeEach(async () => {
  rig = await Rig.start()
  door = await openStreamDoor(rig.plane, { alpn: 'h2' })
  client = open()
})
afterEach(async () => {
  client.destroy()
  await rig[Symbol.asyncDispose]()
  await door[Symbol.asyncDispose]()
})

function open(options: SecureClientSessionOptions = {}): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${door.port}`, options)
  session.on('error', () => {})
  return session
}

/** One request; rejects when its stream is reset. */
function ask(headers: Record<string, string> = {}, body?: string | Buffer, by = client): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = by.request({ ':authority': HOST, ...headers }, { endStream: body === undefined })
    const answer: Answer = { headers: {}, body: '', trailers: {}, hints: [] }
    stream.setEncoding('latin1')
    stream.on('headers', (hints) => answer.hints.push(hints))
    stream.on('response', (found) => {
      answer.headers = found
    })
    stream.on('trailers', (found) => {
      answer.trailers = found
    })
    stream.on('data', (text: string) => {
      answer.body += text
    })
    stream.on('error', reject)
    stream.on('close', () => resolve(answer))
    if (body !== undefined) stream.end(body)
  })
}

test('a request reaches the app as HTTP/1.1, with its host, its cookies in one line, and who asked', async () => {
  await using app = await Origin.start((_request, response) => response.setHeader('X-App', 'Yes').end('hello'))
  await rig.serve([target(app.port)])
  const answer = await ask({ ':path': '/some/path?a=b', cookie: 'a=b', 'x-own': 'c', 'x-forwarded-for': '192.0.2.1' })
  expect(answer).toMatchObject({ headers: { ':status': 200, 'x-app': 'Yes', 'content-length': '5' }, body: 'hello' })
  expect(answer.headers.connection).toBeUndefined()
  const [request] = app.requests
  expect(request).toMatchObject({ method: 'GET', url: '/some/path?a=b', httpVersion: '1.1' })
  expect(request?.headers).toMatchObject({ host: HOST, cookie: 'a=b', 'x-own': 'c', 'x-forwarded-for': '127.0.0.1' })
  expect(rig.records.at(-1)).toMatchObject({ method: 'GET', path: '/some/path?a=b', host: HOST, status: 200, bytes: 5 })
})

test('many streams at once, and one after the other, each get their own answer', async () => {
  await using app = await Origin.start(
    (request, response) => void setTimeout(() => response.end(request.url), Math.random() * 20),
  )
  await rig.serve([target(app.port)])
  for (let round = 0; round < 4; round++) {
    const paths = Array.from({ length: 100 }, (_, index) => `/${round}/${index}`)
    const answers = await Promise.all(paths.map((path) => ask({ ':path': path })))
    expect(answers.map(({ body }) => body)).toEqual(paths)
  }
  expect(app.requests).toHaveLength(400)
})

test('answers without a body: HEAD, 204, 304', async () => {
  await using app = await Origin.start((request, response) => {
    response.writeHead(request.method === 'HEAD' ? 200 : Number(request.url?.slice(1)), { etag: '"x"' })
    response.end(request.method === 'HEAD' ? 'hello' : undefined)
  })
  await rig.serve([target(app.port)])
  for (const [method, path, status] of [
    ['HEAD', '/', 200],
    ['GET', '/204', 204],
    ['GET', '/304', 304],
    ['HEAD', '/', 200],
  ] as const) {
    expect(await ask({ ':method': method, ':path': path })).toMatchObject({
      headers: { ':status': status, etag: '"x"' },
      body: '',
    })
  }
})

test('bodies of known and unknown length go up, and trailers both ways, as gRPC has it', async () => {
  await using app = await Origin.start(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    response.writeHead(200, { trailer: 'grpc-status' })
    response.write(`${request.headers['content-length'] ?? request.headers['transfer-encoding']} ${body}`)
    response.addTrailers({ 'grpc-status': '0', 'x-up': String(request.trailers['x-check']) })
    response.end()
  })
  await rig.serve([target(app.port)])
  const te = { ':method': 'POST', te: 'trailers' }
  expect(await ask({ ...te, 'content-length': '5' }, 'hello')).toMatchObject({
    body: '5 hello',
    trailers: { 'grpc-status': '0' },
  })
  const stream = client.request({ ':authority': HOST, ...te }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-check': 'sum' }))
  stream.end('streamed')
  let body = ''
  stream.setEncoding('utf8').on('data', (text) => {
    body += text
  })
  const [trailers] = await once(stream, 'trailers')
  await once(stream, 'close')
  expect(body).toBe('chunked streamed')
  expect(trailers).toMatchObject({ 'grpc-status': '0', 'x-up': 'sum' })
})

test('100 and 103 come before the answer', async () => {
  await using app = await Origin.start((request, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' })
    request.resume().on('end', () => response.end('done'))
  })
  await rig.serve([target(app.port)])
  expect(await ask({ ':path': '/' })).toMatchObject({
    body: 'done',
    hints: [{ ':status': 103, link: '</a.css>; rel=preload' }],
  })
  const stream = client.request({ ':authority': HOST, ':method': 'POST', expect: '100-continue' })
  await once(stream, 'continue')
  stream.end('body')
  stream.resume()
  const [headers] = await once(stream, 'response')
  expect(headers[':status']).toBe(200)
  await once(stream, 'close')
})

test('events of a stream arrive as they are sent, while others are asked', async () => {
  let events: { write(text: string): void; end(): void } | undefined
  await using app = await Origin.start((request, response) => {
    if (request.url !== '/events') return void response.end('other')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    events = response
  })
  await rig.serve([target(app.port)])
  const stream = client.request({ ':authority': HOST, ':path': '/events' }).setEncoding('utf8')
  await once(stream, 'response')
  for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
    events?.write(text)
    expect((await once(stream, 'data'))[0]).toBe(text)
    expect((await ask()).body).toBe('other')
  }
  events?.end()
  await once(stream, 'end')
})

test.each([1_000, 65_535, 1_000_000])('8 MB both ways at once through windows of %i bytes', async (window) => {
  await using app = await Origin.start((request, response) => {
    response.writeHead(200, { 'content-length': String(request.headers['x-length']) })
    request.pipe(response)
  })
  await rig.serve([target(app.port)])
  const own = open({ settings: { initialWindowSize: window } })
  const sizes = [window < 2_000 ? 1_000_000 : 8_000_000, 300_001, 16_384, 1]
  const hashes = await Promise.all(
    sizes.map(async (size) => {
      const sent = randomBytes(size)
      const { body } = await ask({ ':method': 'POST', 'x-length': String(size) }, sent, own)
      const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
      return [hash(Buffer.from(body, 'latin1')), hash(sent)]
    }),
  )
  own.destroy()
  for (const [received, sent] of hashes) expect(received).toBe(sent)
})

test('an app that does not read stops its client, but none of the other streams', async () => {
  let read = () => {}
  await using app = await Origin.start((request, response) => {
    if (request.method === 'GET') return void response.end('other')
    read = () => request.resume().on('end', () => response.end('taken'))
  })
  await rig.serve([target(app.port)])
  const upload = client.request({ ':authority': HOST, ':method': 'POST' }).setEncoding('utf8')
  let sent = 0
  const size = 32_000_000
  const source = Readable.from(
    (function* () {
      for (; sent < size; sent += 100_000) yield Buffer.alloc(100_000)
    })(),
  )
  source.pipe(upload)
  await until(() => app.requests.length === 1)
  let before = -1
  while (before !== sent) {
    before = sent
    await pause(100)
    expect((await ask()).body).toBe('other')
  }
  expect(sent).toBeLessThan(size)
  read()
  expect((await once(upload, 'data'))[0]).toBe('taken')
  expect(sent).toBe(size)
})

test('a client that cancels ends its request at the app, and is counted as gone', async () => {
  let closed = false
  await using app = await Origin.start((request, response) => {
    response.on('close', () => {
      closed = true
    })
    if (request.url !== '/wait') response.end('hello')
  })
  await rig.serve([target(app.port)])
  const stream = client.request({ ':authority': HOST, ':path': '/wait' })
  await until(() => app.requests.length === 1)
  stream.close(constants.NGHTTP2_CANCEL)
  await until(() => closed)
  expect(rig.records.at(-1)).toMatchObject({ status: 499, path: '/wait' })
  expect((await ask()).body).toBe('hello')
})

test('an answer that breaks off resets its stream, and never looks whole', async () => {
  await using app = await RawOrigin.start((socket, first) => {
    const [, path] = String(first).split(' ')
    if (path === '/sized') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
    else socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
    setTimeout(() => socket.destroy(), 20)
  })
  await rig.serve([target(app.port)])
  for (const path of ['/sized', '/chunked']) {
    await expect(ask({ ':path': path })).rejects.toThrow('NGHTTP2_INTERNAL_ERROR')
  }
  expect((await ask({ ':authority': 'nobody.test' })).headers[':status']).toBe(404)
})

test('an app that answers before it has the whole request stops the upload', async () => {
  await using app = await RawOrigin.start((socket) => {
    socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!')
  })
  await rig.serve([target(app.port)])
  const stream = client.request({ ':authority': HOST, ':method': 'POST' }).setEncoding('utf8')
  stream.write('begin')
  stream.on('error', () => {})
  const [headers] = await once(stream, 'response')
  expect(headers[':status']).toBe(413)
  expect((await once(stream, 'data'))[0]).toBe('no!')
  await once(stream, 'close')
  expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR)
})

test('a router that stops says so, serves what is under way, and closes', async () => {
  let finish = () => {}
  await using app = await Origin.start((_request, response) => {
    finish = () => void response.end('late')
  })
  await rig.serve([target(app.port)])
  const idle = open()
  await once(idle, 'remoteSettings')
  const answer = ask()
  await until(() => app.requests.length === 1)
  const told = Promise.all([once(client, 'goaway'), once(idle, 'goaway')])
  const stopped = rig.plane.stop(10_000)
  expect((await told).map(([code]) => code)).toEqual([0, 0])
  finish()
  expect((await answer).body).toBe('late')
  await stopped
  await until(() => client.destroyed && idle.destroyed)
})
