import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { hasErrorCode } from '../errors.ts'
import { ImageBuildError } from './failure.ts'

/** Docker 20.10: the first release whose built-in BuildKit does all that we ask of it. */
const OLDEST_API = 1.41

export type Call = {
  query?: Record<string, string | undefined>
  headers?: Record<string, string>
  body?: AsyncIterable<Uint8Array> | Buffer
  signal?: AbortSignal
}

/**
 * The container engine's HTTP API over its unix socket: the few calls a build needs, without dockerode, whose modules
 * take longer to load (100 ms) than a code-only build takes to run.
 */
export class EngineApi {
  readonly #socketPath: string

  constructor(socketPath: string) {
    this.#socketPath = socketPath
  }

  /** Resolves with the head of a successful answer. Throws ImageBuildError `engine.*`, or EngineRefusal for a status above 399. */
  async open(method: 'GET' | 'POST' | 'DELETE', path: string, call: Call = {}): Promise<IncomingMessage> {
    const response = await this.#send(method, path, call)
    const status = response.statusCode ?? 0
    if (status < 400) return response
    throw new EngineRefusal(status, messageIn(await text(response)))
  }

  async json(method: 'GET' | 'POST', path: string, call: Call = {}): Promise<unknown> {
    return JSON.parse(await text(await this.open(method, path, call)))
  }

  /**
   * One JSON value per line, as builds, pulls and imports report. Throws what the body threw, the signal's reason, or
   * ImageBuildError `engine.interrupted` when the connection breaks.
   */
  async *lines(path: string, call: Call & { body?: AsyncIterable<Uint8Array> }): AsyncGenerator<unknown> {
    const upload = new Upload(call.body)
    try {
      const response = await this.open('POST', path, { ...call, body: upload })
      refuseOldEngine(response)
      yield* jsonLines(response.setEncoding('utf8'))
    } catch (error) {
      if (upload.failure !== undefined) throw upload.failure
      if (call.signal?.aborted) throw call.signal.reason
      throw isBroken(error) ? interrupted(error) : error
    }
  }

  /** Turns the connection of a POST into a raw stream of the given protocol. */
  hijack(path: string, protocol: string, headers: Record<string, string>): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        socketPath: this.#socketPath,
        method: 'POST',
        path,
        headers: { ...headers, connection: 'Upgrade', upgrade: protocol },
      })
      request.on('upgrade', (_response, socket, head) => {
        if (head.length > 0) socket.unshift(head)
        resolve(socket)
      })
      request.on('response', (response) => {
        response.resume()
        reject(new EngineRefusal(response.statusCode ?? 0, 'the engine did not open a session'))
      })
      request.on('error', (error) => reject(unavailable(this.#socketPath, error)))
      request.end()
    })
  }

  #send(method: string, path: string, call: Call): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const request = httpRequest({
      socketPath: this.#socketPath,
      method,
      path: path + search(call.query),
      headers: { host: 'engine', ...call.headers },
      ...(call.signal ? { signal: call.signal } : {}),
    })
    request.on('response', resolve)
    request.on('error', (error) =>
      reject(call.signal?.aborted ? call.signal.reason : unavailable(this.#socketPath, error)),
    )
    if (call.body === undefined || Buffer.isBuffer(call.body)) request.end(call.body)
    else pipeline(call.body, request).catch(reject)
    return promise
  }
}

/** Remembers why its body failed: node tells the reader of the answer only that the connection was closed. */
class Upload implements AsyncIterable<Uint8Array> {
  readonly #body: AsyncIterable<Uint8Array> | undefined
  failure: unknown

  constructor(body: AsyncIterable<Uint8Array> | undefined) {
    this.#body = body
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      if (this.#body) yield* this.#body
    } catch (error) {
      this.failure = error
      throw error
    }
  }
}

async function* jsonLines(text: AsyncIterable<string>): AsyncGenerator<unknown> {
  let rest = ''
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim()) yield JSON.parse(line)
  }
  if (rest.trim()) yield JSON.parse(rest)
}

/** The engine answered, and the answer was no. */
export class EngineRefusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'EngineRefusal'
    this.status = status
  }
}

function search(query: Record<string, string | undefined> = {}): string {
  const set = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return set.length > 0 ? `?${new URLSearchParams(set)}` : ''
}

function messageIn(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message).trim()
  } catch {
    // Proxies in front of an engine answer in plain text.
  }
  return body.trim() || 'no reason given'
}

function refuseOldEngine(response: IncomingMessage): void {
  const version = response.headers['api-version']
  if (typeof version !== 'string' || apiNumber(version) >= apiNumber(String(OLDEST_API))) return
  response.destroy()
  throw new ImageBuildError({
    code: 'engine.too-old',
    message: `The container engine speaks API ${version}; builds need BuildKit as it is in Docker 20.10 (API ${OLDEST_API}) or newer.`,
    fix: 'Upgrade Docker on the box: `apt-get install docker.io`, or follow https://docs.docker.com/engine/install/.',
  })
}

function apiNumber(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 1000 + minor
}

function isBroken(error: unknown): error is Error {
  return hasErrorCode(error, 'ECONNRESET') || hasErrorCode(error, 'EPIPE') || error instanceof SyntaxError
}

function interrupted(cause: Error): ImageBuildError {
  return new ImageBuildError(
    {
      code: 'engine.interrupted',
      message: 'The connection to the container engine broke: it was stopped or restarted.',
      fix: 'Push again once it runs (`docker info` on the box tells).',
      retryable: true,
    },
    { cause },
  )
}

function unavailable(socketPath: string, cause: Error): ImageBuildError {
  return new ImageBuildError(
    {
      code: 'engine.unavailable',
      message: `The container engine at ${socketPath} does not answer: ${cause.message}.`,
      fix: 'Start Docker on the box (`systemctl start docker`) and push again.',
      retryable: true,
    },
    { cause },
  )
}
