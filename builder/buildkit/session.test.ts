import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EngineApi } from './engine-api.ts'
import { FakeEngine } from './fake-engine.ts'
import { bytesField } from './protobuf.ts'
import { Session } from './session.ts'

const SECRET = '/moby.buildkit.secrets.v1.Secrets/GetSecret'

let engine: FakeEngine
let buildkit: ClientHttp2Session
let headers: NodeJS.Dict<string | string[]>
let session: Session

beforeEach(async () => {
  engine = await FakeEngine.start()
  engine.onSession = (socket, request) => {
    headers = request.headers
    buildkit = connect('http://session', { createConnection: () => socket as Duplex })
  }
  session = await Session.open(new EngineApi(engine.socketPath), { env: Buffer.from('A=1') })
})
afterEach(async () => {
  buildkit.destroy()
  session[Symbol.dispose]()
  await engine[Symbol.asyncDispose]()
})

/** Asks as BuildKit's gRPC client does. */
async function call(path: string, message: Buffer): Promise<{ status: unknown; body: Buffer }> {
  const stream = buildkit.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  let status: unknown
  stream.on('response', (head) => {
    status = head['grpc-status']
  })
  stream.on('trailers', (trailers) => {
    status = trailers['grpc-status']
  })
  stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]))
  const ended = once(stream, 'close')
  const body = await buffer(stream)
  await ended
  return { status, body: body.subarray(5) }
}

const named = (id: string) => bytesField(1, Buffer.from(id))

test('the engine is told which build the session is for and what it serves', () => {
  expect(headers['x-docker-expose-session-uuid']).toBe(session.id)
  expect(headers['x-docker-expose-session-grpc-method']).toBe(SECRET)
})

test('a secret is given to who asks for it by name', async () => {
  expect(await call(SECRET, named('env'))).toEqual({ status: '0', body: bytesField(1, Buffer.from('A=1')) })
})

test.each(['HTTP_AUTH_TOKEN_registry', 'constructor', ''])(
  'the secret %j, which nobody gave, is not found',
  async (id) => {
    const { status, body } = await call(SECRET, named(id))
    expect(status).toBe('5')
    expect(body).toHaveLength(0)
  },
)

test('the health question, on which the life of the session hangs, is answered: serving', async () => {
  expect(await call('/grpc.health.v1.Health/Check', Buffer.alloc(0))).toEqual({
    status: '0',
    body: Buffer.from([8, 1]),
  })
})

test('anything else is refused as not implemented', async () => {
  expect((await call('/moby.filesync.v1.Auth/Credentials', named('docker.io'))).status).toBe('12')
})

test('a message that is no protobuf does not bring the session down', async () => {
  expect((await call(SECRET, Buffer.from([0x0a, 0x7f]))).status).toBe('3')
  expect((await call(SECRET, named('env'))).status).toBe('0')
})
