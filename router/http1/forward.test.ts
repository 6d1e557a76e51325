import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Origin } from '../testing/origin.ts'
import { HOST, Rig, target, until } from '../testing/rig.ts'
import { keepAlive, sendRaw, visit } from '../testing/visitor.ts'

let rig: Rig
beforeEach(async () => {
  rig = await Rig.start()
})
afterEach(async () => {
  await rig[Symbol.asyncDispose]()
})

describe('a request', () => {
  test('reaches the app with its method, path and body untouched, and the answer comes back whole', async () => {
    await using app = await Origin.start((incoming, response) => {
      const hash = createHash('sha256')
      incoming.on('data', (chunk) => hash.update(chunk))
      incoming.on('end', () =>
        response.writeHead(201, 'Made', { 'Set-Cookie': ['a=1', 'b=2'] }).end(hash.digest('hex')),
      )
    })
    await rig.serve([target(app.port)])
    const body = randomBytes(300_000)
    const answer = await visit(rig.port, { method: 'PUT', path: '//a/../b?x=%2F#', body })
    expect(answer.status).toBe(201)
    expect(answer.body).toBe(createHash('sha256').update(body).digest('hex'))
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(app.requests[0]?.url).toBe('//a/../b?x=%2F#')
    await until(() => rig.records.length === 1)
    expect(rig.records[0]).toMatchObject({ service: 'app', method: 'PUT', status: 201, bytes: 64, instance: 'web.1' })
    expect(rig.records[0]?.code).toBeUndefined()
  })

  test('over keep-alive uses few connections to the app', async () => {
    await using app = await Origin.start()
    await rig.serve([target(app.port)])
    const connections = new Set<number | undefined>()
    app.server.on('request', (incoming) => connections.add(incoming.socket.remotePort))
    const agent = keepAlive()
    for (let count = 0; count < 20; count++) expect((await visit(rig.port, { agent })).body).toBe('hello')
    agent.destroy()
    expect(connections.size).toBe(1)
  })

  test('HEAD, 204 and 304 have no body and keep their headers', async () => {
    await using app = await Origin.start((incoming, response) => {
      if (incoming.method === 'HEAD') response.setHeader('Content-Length', 1234)
      response.writeHead(Number(incoming.url?.slice(1)), { ETag: '"x"' }).end()
    })
    await rig.serve([target(app.port)])
    const head = await visit(rig.port, { method: 'HEAD', path: '/200' })
    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '1234' } })
    expect(await visit(rig.port, { path: '/204' })).toMatchObject({ status: 204, body: '' })
    expect(await visit(rig.port, { path: '/304' })).toMatchObject({ status: 304, headers: { etag: '"x"' } })
  })

  test('with Expect gets 100 only when the app wants the body', async () => {
    await using app = await Origin.start()
    app.server.on('checkContinue', (incoming, response) => {
      if (incoming.url === '/no') return void response.writeHead(413).end('too much')
      response.writeContinue()
      incoming.pipe(response)
    })
    await rig.serve([target(app.port)])
    const ask = (path: string) =>
      sendRaw(
        rig.port,
        `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n`,
      )
    expect(await ask('/no')).toMatch(/^HTTP\/1.1 413 /)
    const answer = await new Promise<string>((resolve) => {
      const outgoing = request({ host: '127.0.0.1', port: rig.port, method: 'POST', agent: false })
      outgoing.setHeader('Host', HOST)
      outgoing.setHeader('Expect', '100-continue')
      outgoing.setHeader('Content-Length', 3)
      outgoing.on('continue', () => outgoing.end('abc'))
      outgoing.on('response', (response) => response.on('data', (chunk) => resolve(String(chunk))))
      outgoing.flushHeaders()
    })
    expect(answer).toBe('abc')
  })

  test('passes trailers and 103 hints on to a client that understands them', async () => {
    await using app = await Origin.start((_incoming, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      response.writeHead(200, { Trailer: 'X-Sum' })
      response.write('body')
      response.addTrailers({ 'X-Sum': '42' })
      response.end()
    })
    await rig.serve([target(app.port)])
    expect((await visit(rig.port, { headers: { TE: 'trailers', Connection: 'TE' } })).trailers['x-sum']).toBe('42')
    expect((await visit(rig.port)).trailers['x-sum']).toBeUndefined()
    const raw = await sendRaw(rig.port, `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`)
    expect(raw).toMatch(/^HTTP\/1.1 103 Early Hints\r\nLink: <\/a.css>; rel=preload\r\n\r\nHTTP\/1.1 200/i)
  })

  test('from HTTP/1.0 gets an answer that ends with the connection', async () => {
    await using app = await Origin.start((_incoming, response) => {
      response.write('one ')
      response.end('two')
    })
    await rig.serve([target(app.port)])
    const answer = await sendRaw(rig.port, `GET / HTTP/1.0\r\nHost: ${HOST}\r\n\r\n`)
    expect(answer).toMatch(/\r\n\r\none two$/)
    expect(answer).not.toMatch(/chunked/i)
  })

  test('streams: the head leaves before the body is there', async () => {
    await using app = await Origin.start((_incoming, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
    })
    await rig.serve([target(app.port)])
    const socket = connect(rig.port, '127.0.0.1').on('error', () => {})
    socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    const [first] = await new Promise<[Buffer]>((resolve) => socket.once('data', (chunk) => resolve([chunk])))
    expect(String(first)).toMatch(/200 OK/)
    socket.destroy()
  })
})

describe('bodies', () => {
  test('an answer before the end of the upload arrives whole, and the connection ends', async () => {
    await using app = await Origin.start((_incoming, response) => response.writeHead(413).end('too much'))
    await rig.serve([target(app.port)])
    const head = `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 5000000\r\n\r\n`
    const answer = await sendRaw(rig.port, head + 'x'.repeat(200_000))
    expect(answer).toMatch(/^HTTP\/1.1 413 [\s\S]*Connection: close[\s\S]*too much\r\n0\r\n\r\n$/)
  })
})
