import type { RequestListener } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BODY, getBytes, serveCompressed, sha, text } from '../testing/compressible.ts'
import { Origin } from '../testing/origin.ts'
import { HOST, Rig, until } from '../testing/rig.ts'
import { sendRaw } from '../testing/visitor.ts'

let rig: Rig
beforeEach(async () => {
  rig = await Rig.start()
})
afterEach(async () => {
  await rig[Symbol.asyncDispose]()
})

describe('an answer passes as it is', () => {
  const plain = async (headers: Record<string, string>, listener: RequestListener = text) => {
    await using app = await Origin.start(listener)
    await serveCompressed(rig, app.port)
    const { response, body } = await getBytes(rig.port, headers)
    expect(response.headers['content-encoding']).toBeUndefined()
    return { headers: response.headers, body }
  }

  test('for a client that wants nothing else; caches are told', async () => {
    const { headers, body } = await plain({})
    expect(headers).toMatchObject({ vary: 'Accept-Encoding', etag: '"v1"', 'content-length': String(BODY.length) })
    expect(sha(body)).toBe(sha(BODY))
  })

  test('for a request of a part, or with no-transform', async () => {
    await plain({ 'accept-encoding': 'gzip', range: 'bytes=0-9' })
    await plain({ 'accept-encoding': 'gzip', 'cache-control': 'no-transform' })
  })

  test('an image, without a word to caches', async () => {
    const { headers } = await plain({ 'accept-encoding': 'gzip' }, (_request, response) =>
      response.writeHead(200, { 'Content-Type': 'image/png' }).end(BODY),
    )
    expect(headers.vary).toBeUndefined()
  })

  test('in HTTP/1.0', async () => {
    await using app = await Origin.start(text)
    await serveCompressed(rig, app.port)
    const answer = await sendRaw(rig.port, `GET / HTTP/1.0\r\nHost: ${HOST}\r\nAccept-Encoding: gzip\r\n\r\n`)
    expect(answer).not.toMatch(/^content-encoding/im)
  })

  test('a stream of events, each as soon as it is there', async () => {
    await using app = await Origin.start((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n')
    })
    await serveCompressed(rig, app.port)
    const socket = connect(rig.port, '127.0.0.1').on('error', () => {})
    let got = ''
    socket.on('data', (chunk) => {
      got += chunk
    })
    socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nAccept-Encoding: gzip\r\n\r\n`)
    await until(() => got.includes('data: 1\n\n'))
    socket.destroy()
  })

  test('what the app has compressed by itself, under its own name for it', async () => {
    await using app = await Origin.start((_request, response) =>
      response
        .writeHead(200, { 'Content-Type': 'text/plain', 'Content-Encoding': 'x-own', Vary: 'Accept-Encoding' })
        .end(BODY),
    )
    await serveCompressed(rig, app.port)
    const { response, body } = await getBytes(rig.port, { 'accept-encoding': 'gzip' })
    expect(response.headers).toMatchObject({ 'content-encoding': 'x-own', vary: 'Accept-Encoding' })
    expect(sha(body)).toBe(sha(BODY))
  })
})
