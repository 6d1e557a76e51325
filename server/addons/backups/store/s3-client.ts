import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { checkEndpoint, type Endpoint } from './endpoint.ts'
import { refusedBy, S3Error, unreachable } from './s3-error.ts'

export type S3Settings = {
  endpoint: string
  region: string
  bucket: string
  /** Before every name: empty, or ending with `/`. */
  prefix: string
  /** The bucket in the path, as MinIO and most small stores want it, instead of in the host name. */
  pathStyle: boolean
  accessKeyId: string
  secretAccessKey: string
}

export type S3Call = {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD'
  /** Undefined: the bucket itself. */
  name?: string
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: Uint8Array
  signal: AbortSignal
}

const ATTEMPTS = 6
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 15_000
const IDLE_TIMEOUT_MS = 60_000
/** Error documents are small; whatever else is sent in their place is not read to its end. */
const MOST_TEXT_BYTES = 8 * 1024 * 1024

/** Signed requests to one bucket (AWS signature version 4). What may pass is tried again; redirects are not followed. */
export class S3Client {
  readonly #settings: S3Settings
  readonly #endpoint: Endpoint
  readonly #firstPauseMs: number
  /** How much the store's clock is ahead of ours; it refuses what is signed more than 15 minutes apart. */
  #skewMs = 0

  /** Throws `store.endpoint`. */
  constructor(settings: S3Settings, firstPauseMs = FIRST_PAUSE_MS) {
    this.#settings = settings
    this.#endpoint = checkEndpoint(settings.endpoint)
    this.#firstPauseMs = firstPauseMs
  }

  /** An answer of 2xx with its body unread. Throws S3Error. */
  async request(call: S3Call): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(call)
      } catch (error) {
        if (call.signal.aborted) throw call.signal.reason
        if (!(error instanceof S3Error) || attempt === ATTEMPTS || !this.#worthAnother(error)) throw error
        const longest = Math.min(LONGEST_PAUSE_MS, this.#firstPauseMs * 2 ** attempt)
        await pause(longest * (0.5 + Math.random() / 2), undefined, { signal: call.signal })
      }
    }
  }

  /** An answer read to its end. */
  async text(call: S3Call): Promise<{ text: string; headers: IncomingMessage['headers'] }> {
    const answer = await this.request(call)
    return { text: await readText(answer), headers: answer.headers }
  }

  #worthAnother(error: S3Error): boolean {
    return error.passing || (error.s3Code === 'RequestTimeTooSkewed' && this.#skewMs !== 0)
  }

  async #once(call: S3Call): Promise<IncomingMessage> {
    const { host } = this.#endpoint.url
    const answer = await this.#send(call).catch((cause: unknown) => {
      throw call.signal.aborted || (cause instanceof Error && cause.name === 'PaasError')
        ? cause
        : unreachable(host, cause)
    })
    const status = answer.statusCode ?? 0
    if (status >= 200 && status < 300) return answer
    const error = refusedBy(host, status, await readText(answer).catch(() => ''))
    if (error.s3Code === 'RequestTimeTooSkewed') this.#skewMs = skewOf(answer)
    throw error
  }

  async #send(call: S3Call): Promise<IncomingMessage> {
    const url = this.#url(call)
    const headers = await this.#sign(url, call)
    const { request } =
      url.protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http')
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const { lookup } = this.#endpoint
    const outgoing = request(url, {
      method: call.method,
      headers,
      lookup,
      signal: call.signal,
      timeout: IDLE_TIMEOUT_MS,
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`nothing came for ${IDLE_TIMEOUT_MS / 1000} s`)))
    outgoing.on('error', reject).on('response', resolve).end(call.body)
    return await promise
  }

  #url({ name, query }: S3Call): URL {
    const { bucket, prefix } = this.#settings
    const url = new URL(this.#endpoint.url)
    // No name stands before an address.
    const pathStyle = this.#settings.pathStyle || isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0
    if (!pathStyle) url.hostname = `${bucket}.${url.hostname}`
    const parts = [...(pathStyle ? [bucket] : []), ...(name === undefined ? [] : [prefix + name])]
    url.pathname = `/${parts.join('/')}`
    for (const [key, value] of Object.entries(query ?? {})) url.searchParams.set(key, value)
    return url
  }

  async #sign(url: URL, { method, headers, body }: S3Call): Promise<OutgoingHttpHeaders> {
    const { AwsV4Signer } = await import('aws4fetch')
    const { region, accessKeyId, secretAccessKey } = this.#settings
    const datetime = new Date(Date.now() + this.#skewMs).toISOString().replace(/[:-]|\.\d{3}/g, '')
    const signed = await new AwsV4Signer({
      method,
      url: url.href,
      headers: { ...headers, 'x-amz-content-sha256': await sha256(body ?? new Uint8Array()) },
      service: 's3',
      region,
      accessKeyId,
      secretAccessKey,
      datetime,
    }).sign()
    return { ...Object.fromEntries(signed.headers), 'content-length': body?.length ?? 0 }
  }
}

/** By the thread pool: parts have many megabytes. */
async function sha256(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString('hex')
}

function skewOf({ headers: { date } }: IncomingMessage): number {
  const theirs = Date.parse(date ?? '')
  return Number.isNaN(theirs) ? 0 : theirs - Date.now()
}

async function readText(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of answer as AsyncIterable<Buffer>) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes > MOST_TEXT_BYTES) break
  }
  return Buffer.concat(pieces).toString('utf8')
}
