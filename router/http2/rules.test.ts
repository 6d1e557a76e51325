import { type ClientHttp2Session, connect } from 'node:http2'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Origin } from '../testing/origin.ts'
import { HOST, Rig, target } from '../testing/rig.ts'
import { openStreamDoor, type StreamDoor } from '../testing/stream-door.ts'

let rig: Rig
let door: StreamDoor
let client: ClientHttp2Session
beforeEach(async () => {
  rig = await Rig.start()
  door = await openStreamDoor(rig.plane, { alpn: 'h2' })
  client = connect(`http://127.0.0.1:${door.port}`).on('error', () => {})
})
afterEach(async () => {
  client.destroy()
  await rig[Symbol.asyncDispose]()
  await door[Symbol.asyncDispose]()
})

type Answer = { headers: Record<string, unknown>; body: Buffer }

function ask(headers: Record<string, string> = {}, body?: Buffer): Promise<Answer> {
  return new Promise((resolve) => {
    const stream = client.request({ ':authority': HOST, ...headers }, { endStream: body === undefined })
    const answer: Answer = { headers: {}, body: Buffer.alloc(0) }
    stream.on('response', (found) => {
      answer.headers = found
    })
    stream.on('data', (chunk: Buffer) => {
      answer.body = Buffer.concat([answer.body, chunk])
    })
    stream.on('error', () => {}).on('close', () => resolve(answer))
    if (body !== undefined) stream.end(body)
  })
}

test('an answer is compressed and arrives whole over HTTP/2 too', async () => {
  const text = Array.from({ length: 30_000 }, (_, line) => `line ${line}\n`).join('')
  await using app = await Origin.start((_request, response) =>
    response.writeHead(200, { 'Content-Type': 'text/plain', ETag: '"a"' }).end(text),
  )
  await rig.serve([target(app.port)], { rules: { compress: true } })
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask({ 'accept-encoding': 'gzip' })))
  for (const { headers, body } of answers) {
    expect(headers).toMatchObject({
      ':status': 200,
      'content-encoding': 'gzip',
      etag: 'W/"a"',
      vary: 'Accept-Encoding',
    })
    expect(gunzipSync(body).toString() === text).toBe(true)
  }
})

test('refusals come as answers of their streams, and the others go on', async () => {
  await using app = await Origin.start((request, response) => request.resume().on('end', () => response.end('ok')))
  await rig.serve([target(app.port)], { rules: { maxBodyBytes: 10, sticky: true } })
  const [small, large, streamed] = await Promise.all([
    ask({ ':method': 'POST' }, Buffer.from('0123456789')),
    ask({ ':method': 'POST', 'content-length': '11' }, Buffer.from('0123456789x')),
    ask({ ':method': 'POST' }, Buffer.alloc(100_000)),
  ])
  expect(small.headers).toMatchObject({ ':status': 200, 'set-cookie': [expect.stringMatching(/^paas_sticky=/)] })
  expect(large.headers[':status']).toBe(413)
  expect(streamed.headers[':status']).toBe(413)
})
