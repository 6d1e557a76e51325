import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { sha256, signatureIsRight } from './s3-signature.ts'

type Upload = { key: string; parts: Map<number, Buffer> }
type Call = { method: string; key: string; query: URLSearchParams; headers: IncomingMessage['headers']; body: Buffer }
/** What a test wants to go wrong: an answer of its own, or a connection that breaks after so many bytes. */
export type Fault = { status: number; code: string } | { breakAfter: number } | 'no answer'

const CREDENTIALS = { accessKeyId: 'TESTACCESSKEY', secretAccessKey: 'test+secret/key' }
const PAGE = 3
const LEAST_PART_BYTES = 5 * 1024 ** 2
const SKEW_MS = 15 * 60_000

/**
 * For tests: an S3-compatible store in memory with one bucket. Strict where the real ones are: it checks the signature, the hash
 * of the body, the clock, sizes of parts and their ETags.
 */
export class S3Server implements AsyncDisposable {
  readonly #server: Server
  readonly objects = new Map<string, Buffer>()
  readonly uploads = new Map<string, Upload>()
  /** `PUT key?partNumber=1`, as they came. */
  readonly calls: string[] = []
  fault: (call: Call, n: number) => Fault | undefined = () => undefined
  /** Added to its clock. */
  clockMs = 0
  #nextId = 1

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  static async start(): Promise<S3Server> {
    const store = new S3Server()
    store.#server.listen(0, '127.0.0.1')
    await once(store.#server, 'listening')
    return store
  }

  get settings() {
    const { port } = this.#server.address() as AddressInfo
    const place = { endpoint: `http://127.0.0.1:${port}`, region: 'test-1', bucket: 'backups', prefix: 'box/' }
    return { ...place, pathStyle: true, ...CREDENTIALS }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://store.test')
    const [, bucket, ...rest] = url.pathname.split('/')
    const body = await buffer(request).catch(() => Buffer.alloc(0))
    const { method = '', headers } = request
    const call: Call = { method, key: rest.join('/'), query: url.searchParams, headers, body }
    this.calls.push(`${method} ${call.key}${url.search}`)
    const fault = this.fault(call, this.calls.length)
    if (fault === 'no answer') return void request.socket.destroy()
    response.setHeader('date', new Date(this.#now()).toUTCString())
    if (fault && 'status' in fault) return this.#refuse(response, fault.status, fault.code)
    const refusal = this.#refusal(request, call, bucket)
    if (refusal) return this.#refuse(response, ...refusal)
    this.#answer(call, response, fault?.breakAfter)
  }

  #refusal(request: IncomingMessage, { body }: Call, bucket: string | undefined): [number, string] | undefined {
    const { method = '', url = '/', headers } = request
    const id = /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1]
    if (id !== CREDENTIALS.accessKeyId) return [403, 'InvalidAccessKeyId']
    if (!/\/test-1\/s3\//.test(headers.authorization ?? '')) return [400, 'AuthorizationHeaderMalformed']
    const secret = CREDENTIALS.secretAccessKey
    if (!signatureIsRight({ method, url, headers, secret })) return [403, 'SignatureDoesNotMatch']
    if (Math.abs(signedAt(headers) - this.#now()) > SKEW_MS) return [403, 'RequestTimeTooSkewed']
    if (headers['x-amz-content-sha256'] !== sha256(body)) return [400, 'XAmzContentSHA256Mismatch']
    return bucket === 'backups' ? undefined : [404, 'NoSuchBucket']
  }

  #answer(call: Call, response: ServerResponse, breakAfter: number | undefined): undefined {
    const { method, key, query } = call
    const uploadId = query.get('uploadId')
    if (key === '' && query.has('uploads')) return xml(response, this.#listUploads(query.get('prefix') ?? ''))
    if (key === '') return xml(response, this.#list(query))
    if (method === 'POST' && query.has('uploads')) return this.#begin(key, response)
    if (uploadId !== null) return this.#multipart(call, uploadId, response)
    if (method === 'PUT') return this.#put(key, call.body, response)
    if (method === 'DELETE') return noContent(response, this.objects.delete(key))
    this.#get(call, response, breakAfter)
  }

  #put(key: string, body: Buffer, response: ServerResponse): undefined {
    this.objects.set(key, body)
    response.writeHead(200, { etag: etagOf(body) }).end()
  }

  #get({ method, key, headers }: Call, response: ServerResponse, breakAfter: number | undefined): undefined {
    const object = this.objects.get(key)
    if (!object) return this.#refuse(response, 404, 'NoSuchKey')
    if (headers['if-match'] !== undefined && headers['if-match'] !== etagOf(object)) {
      return this.#refuse(response, 412, 'PreconditionFailed')
    }
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
    const body = object.subarray(from)
    response.writeHead(headers.range ? 206 : 200, { etag: etagOf(object), 'content-length': body.length })
    if (method === 'HEAD') return end(response)
    if (breakAfter === undefined) return end(response, body)
    response.write(body.subarray(0, breakAfter), () => response.destroy())
  }

  #begin(key: string, response: ServerResponse): undefined {
    const id = `upload&${this.#nextId++}`
    this.uploads.set(id, { key, parts: new Map() })
    xml(response, `<R><UploadId>${id.replace('&', '&amp;')}</UploadId></R>`)
  }

  #multipart({ method, query, body }: Call, id: string, response: ServerResponse): undefined {
    const upload = this.uploads.get(id)
    if (!upload) return this.#refuse(response, 404, 'NoSuchUpload')
    if (method === 'DELETE') return noContent(response, this.uploads.delete(id))
    if (method === 'PUT') {
      upload.parts.set(Number(query.get('partNumber')), body)
      return end(response.writeHead(200, { etag: etagOf(body) }))
    }
    this.#complete(upload, id, body.toString(), response)
  }

  #complete(upload: Upload, id: string, request: string, response: ServerResponse): undefined {
    const named = [...request.matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)]
    const parts = named.map(([, n]) => upload.parts.get(Number(n)))
    const right = named.every(([, , etag], n) => etag?.replaceAll('&#34;', '"') === etagOf(parts[n] ?? Buffer.alloc(0)))
    if (!right || parts.length !== upload.parts.size) return this.#refuse(response, 400, 'InvalidPart')
    const whole = parts.filter((part) => part !== undefined)
    if (whole.slice(0, -1).some(({ length }) => length < LEAST_PART_BYTES)) {
      return this.#refuse(response, 400, 'EntityTooSmall')
    }
    this.uploads.delete(id)
    this.objects.set(upload.key, Buffer.concat(whole))
    xml(response, '<R><ETag>whole</ETag></R>')
  }

  #list(query: URLSearchParams): string {
    const after = query.get('continuation-token') ?? ''
    const keys = [...this.objects.keys()]
      .sort()
      .filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after)
    const shown = keys.slice(0, PAGE)
    const contents = shown.map(
      (key) => `<Contents><Key>${key}</Key><Size>${this.objects.get(key)?.length}</Size></Contents>`,
    )
    const next = keys.length > PAGE ? `<NextContinuationToken>${shown.at(-1)}</NextContinuationToken>` : ''
    return `<R>${contents.join('')}${next}</R>`
  }

  #listUploads(prefix: string): string {
    const all = [...this.uploads].filter(([, { key }]) => key.startsWith(prefix))
    const shown = all.map(
      ([id, { key }]) => `<Upload><Key>${key}</Key><UploadId>${id.replace('&', '&amp;')}</UploadId></Upload>`,
    )
    return `<R>${shown.join('')}</R>`
  }

  #refuse(response: ServerResponse, status: number, code: string): undefined {
    xml(response, `<Error><Code>${code}</Code><Message>said the store</Message></Error>`, status)
  }

  #now(): number {
    return Date.now() + this.clockMs
  }
}

function xml(response: ServerResponse, body: string, status = 200): undefined {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(body)
}

function end(response: ServerResponse, body?: Buffer): undefined {
  response.end(body)
}

/** There or not: it is gone. */
function noContent(response: ServerResponse, _: boolean): undefined {
  response.writeHead(204).end()
}

function etagOf(body: Buffer): string {
  return `"${sha256(body).slice(0, 32)}"`
}

/** `20260301T020000Z` */
function signedAt(headers: IncomingMessage['headers']): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date'])) ?? []
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`)
}
