import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import { setImmediate } from 'node:timers/promises'
import type { EngineApi } from './engine-api.ts'
import { bytesField, fields, varintField } from './protobuf.ts'

const SECRET_METHOD = '/moby.buildkit.secrets.v1.Secrets/GetSecret'
const HEALTH_METHOD = '/grpc.health.v1.Health/Check'

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const OK = '0'
const INVALID_ARGUMENT = '3'
const NOT_FOUND = '5'
const UNIMPLEMENTED = '12'

const SERVING = varintField(1, 1)

/** Larger questions than this are not BuildKit's. */
const REQUEST_BYTES = 64 * 1024

/**
 * The connection over which BuildKit asks us for secrets while it builds: the engine is the gRPC client, we serve three
 * methods on node's own HTTP/2 (4 ms, where grpc-js takes 40 ms to load). The health question comes every second;
 * unanswered, BuildKit drops the session and a step that starts later cannot see its secrets.
 * Source: moby/buildkit session/grpc.go, api/services.
 */
export class Session implements Disposable {
  readonly id: string
  readonly #http2: ServerHttp2Session

  private constructor(id: string, http2: ServerHttp2Session) {
    this.id = id
    this.#http2 = http2
  }

  static async open(api: EngineApi, secrets: Record<string, Buffer>): Promise<Session> {
    const id = randomUUID()
    const [{ performServerHandshake }, socket] = await Promise.all([
      import('node:http2'),
      api.hijack('/session', 'h2c', {
        'x-docker-expose-session-uuid': id,
        'x-docker-expose-session-name': 'paas',
        'x-docker-expose-session-grpc-method': SECRET_METHOD,
      }),
    ])
    const http2 = performServerHandshake(socket)
    http2.on('error', () => {})
    http2.on('stream', (stream, headers) => answer(stream, headers, secrets))
    // Node reads what has arrived on the next tick, and fails there if the session was destroyed before.
    await setImmediate()
    return new Session(id, http2)
  }

  [Symbol.dispose](): void {
    this.#http2.destroy()
  }
}

function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, secrets: Record<string, Buffer>): void {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('error', () => {})
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > REQUEST_BYTES) stream.close()
    else chunks.push(chunk)
  })
  stream.on('end', () => {
    const method = headers[':path']
    if (method === HEALTH_METHOD) reply(stream, SERVING)
    else if (method === SECRET_METHOD) replySecret(stream, Buffer.concat(chunks), secrets)
    else refuse(stream, UNIMPLEMENTED, 'not served here')
  })
}

/** Anything we do not have is NOT_FOUND: `required=false` mounts and engine 28's questions for registry headers live with that. */
function replySecret(stream: ServerHttp2Stream, request: Buffer, secrets: Record<string, Buffer>): void {
  const id = askedSecret(request)
  const data = id !== undefined && Object.hasOwn(secrets, id) ? secrets[id] : undefined
  if (data) reply(stream, bytesField(1, data))
  else if (id === undefined) refuse(stream, INVALID_ARGUMENT, 'not a question for a secret')
  else refuse(stream, NOT_FOUND, `no secret ${id}`)
}

function askedSecret(request: Buffer): string | undefined {
  try {
    const asked = fields(request.subarray(GRPC_PREFIX_BYTES)).find(({ number }) => number === 1)?.value
    return Buffer.isBuffer(asked) ? asked.toString('utf8') : ''
  } catch {
    return undefined
  }
}

/** One byte for compression (never), four for the length of the message. */
const GRPC_PREFIX_BYTES = 5

function reply(stream: ServerHttp2Stream, message: Buffer): void {
  const prefix = Buffer.alloc(GRPC_PREFIX_BYTES)
  prefix.writeUInt32BE(message.length, 1)
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': OK }))
  stream.end(Buffer.concat([prefix, message]))
}

function refuse(stream: ServerHttp2Stream, status: string, reason: string): void {
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': status,
      'grpc-message': encodeURIComponent(reason),
    },
    { endStream: true },
  )
}
