import { connect } from 'node:http2'
import { expect, test } from 'vitest'
import { DEFAULT_TIMEOUTS } from '../contract/table.ts'
import { Origin } from '../testing/origin.ts'
import { HOST, Rig, target, until } from '../testing/rig.ts'
import { openStreamDoor } from '../testing/stream-door.ts'
import { sendRaw } from '../testing/visitor.ts'
import { CODE, FLAG, FRAME, PREFACE } from './frames.ts'
import { EMPTY_SETTINGS, frame, RawClient } from './testing/raw-client.ts'

const OTHER = 'other.test'
const HEAD = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/'],
  [':authority', HOST],
] as const

test('a connection that was made for one name gets 421 for another, and the app hears that it came over TLS', async () => {
  await using rig = await Rig.start()
  await using app = await Origin.start()
  await rig.serve([target(app.port)], { hosts: [HOST, OTHER] })
  await using door = await openStreamDoor(rig.plane, { alpn: 'h2', secure: { servername: HOST } })
  const client = connect(`http://127.0.0.1:${door.port}`)
  client.on('error', () => {})
  const status = (authority: string) =>
    new Promise((resolve) => {
      const stream = client.request({ ':authority': authority, ':scheme': 'https' })
      stream.on('response', (headers) => resolve(headers[':status'])).resume()
    })
  expect([await status(HOST), await status(OTHER), await status(HOST)]).toEqual([200, 421, 200])
  expect(app.requests[0]?.headers['x-forwarded-proto']).toBe('https')
  client.destroy()
})

test('without ALPN, HTTP/2 is refused as a request that is not well-formed, and no upgrade leads to it', async () => {
  await using rig = await Rig.start()
  await using app = await Origin.start()
  await rig.serve([target(app.port)])
  const frames = Buffer.concat([PREFACE, EMPTY_SETTINGS]).toString('latin1')
  expect(await sendRaw(rig.port, frames)).toMatch(/^HTTP\/1\.1 400 /)
  const upgrade = 'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'
  expect(await sendRaw(rig.port, `GET / HTTP/1.1\r\nHost: ${HOST}\r\n${upgrade}\r\n`)).toMatch(/^HTTP\/1\.1 200 /)
  const [request] = app.requests
  expect([request?.headers.upgrade, request?.headers['http2-settings']]).toEqual([undefined, undefined])
})

test('an answer waits for its window while others pass, and is ended by the time limit of its app', async () => {
  await using rig = await Rig.start()
  await using app = await Origin.start((request, response) =>
    response.end(request.url === '/' ? '' : 'x'.repeat(100_000)),
  )
  await rig.serve([target(app.port)], { timeouts: { ...DEFAULT_TIMEOUTS, idleMs: 2_000 } })
  await using door = await openStreamDoor(rig.plane, { alpn: 'h2' })
  using client = await RawClient.connect(door.port)
  const large = HEAD.map(([name, value]) => [name, name === ':path' ? '/large' : value] as const)
  client.request(1, large)
  client.request(3, large)
  await until(() => client.of(FRAME.data).length > 0)
  client.request(5, HEAD)
  await until(() => client.statuses(5).length > 0)
  const received = () => client.of(FRAME.data).reduce((sum, { payload }) => sum + payload.length, 0)
  expect(received()).toBe(65_535)
  client.send(
    frame(FRAME.windowUpdate, 0, 0, Buffer.from([0, 4, 0, 0])),
    frame(FRAME.windowUpdate, 0, 1, Buffer.from([0, 1, 0, 0])),
  )
  const ended = () => client.of(FRAME.data, 1).some(({ flags }) => (flags & FLAG.endStream) !== 0)
  await until(ended)
  await until(() => client.resetCode(3) === CODE.internalError)
  await until(() => rig.records.some(({ code }) => code === 'H28'))
  expect(await client.fate()).toBe('open')
})
