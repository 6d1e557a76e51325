import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { one } from './local-store.ts'
import { S3Client, type S3Settings } from './s3-client.ts'
import { S3Error } from './s3-error.ts'
import { abort, partBytes, upload } from './s3-upload.ts'
import { blocksOf, textOf } from './s3-xml.ts'
import { type BackupStore, CHECK_NAME, checkName, missing, type StoredObject } from './store.ts'

/** How often a download that broke off goes on from where it was without a byte in between. */
const RESUMES = 5
const LOOK_WITHIN_MS = 60_000

/** A bucket of an S3-compatible store. */
export class S3Store implements BackupStore {
  readonly #client: S3Client
  readonly #prefix: string

  /** Throws `store.endpoint`. */
  constructor(settings: S3Settings, options: { firstPauseMs?: number } = {}) {
    this.#client = new S3Client(settings, options.firstPauseMs)
    this.#prefix = settings.prefix
  }

  async put(
    name: string,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
    expectedBytes: number | null = null,
  ): Promise<StoredObject> {
    checkName(name)
    const sent = await upload(this.#client, name, bytes, { signal, size: partBytes(expectedBytes) })
    const found = await this.find(name)
    if (found?.bytes === sent) return found
    await this.remove(name)
    const message = `The store holds ${found?.bytes ?? 'none'} of the ${sent} bytes that were sent.`
    throw new S3Error(500, 'Incomplete', message, { fix: 'Back up again.' })
  }

  async get(name: string, signal: AbortSignal): Promise<Readable> {
    checkName(name)
    const answer = await this.#client.request({ method: 'GET', name, signal }).catch((error: unknown) => {
      throw isMissing(error) ? missing(name) : error
    })
    return Readable.from(this.#wholeOf(name, answer, signal), { objectMode: false, highWaterMark: 256 * 1024 })
  }

  async find(name: string): Promise<StoredObject | undefined> {
    checkName(name)
    try {
      const { headers } = await this.#client.text({ method: 'HEAD', name, signal: AbortSignal.timeout(LOOK_WITHIN_MS) })
      return { name, bytes: Number(headers['content-length']) }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async list(prefix: string): Promise<StoredObject[]> {
    const found: StoredObject[] = []
    let token: string | undefined
    do {
      const query = {
        'list-type': '2',
        prefix: this.#prefix + prefix,
        ...(token !== undefined && { 'continuation-token': token }),
      }
      const { text } = await this.#client.text({ method: 'GET', query, signal: AbortSignal.timeout(LOOK_WITHIN_MS) })
      for (const object of blocksOf(text, 'Contents')) {
        const name = (textOf(object, 'Key') ?? '').slice(this.#prefix.length)
        found.push({ name, bytes: Number(textOf(object, 'Size')) })
      }
      token = textOf(text, 'NextContinuationToken')
    } while (token !== undefined)
    return found
  }

  async remove(name: string): Promise<void> {
    checkName(name)
    const signal = AbortSignal.timeout(LOOK_WITHIN_MS)
    await this.#client.text({ method: 'DELETE', name, signal }).catch((error: unknown) => {
      if (!isMissing(error)) throw error
    })
  }

  async sweep(): Promise<void> {
    const query = { uploads: '', prefix: this.#prefix }
    const { text } = await this.#client.text({ method: 'GET', query, signal: AbortSignal.timeout(LOOK_WITHIN_MS) })
    for (const unfinished of blocksOf(text, 'Upload')) {
      const key = textOf(unfinished, 'Key')
      const id = textOf(unfinished, 'UploadId')
      if (key?.startsWith(this.#prefix) && id) await abort(this.#client, key.slice(this.#prefix.length), id)
    }
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.put(CHECK_NAME, one(Buffer.from('paas')), signal)
    for await (const _ of await this.get(CHECK_NAME, signal));
    await this.list(CHECK_NAME)
    await this.remove(CHECK_NAME)
  }

  /** Goes on where a connection broke off, of the same object only. */
  async *#wholeOf(name: string, first: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const total = Number(first.headers['content-length'])
    const { etag = '' } = first.headers
    let answer = first
    let offset = 0
    for (let left = RESUMES; ; left -= 1) {
      const before = offset
      try {
        for await (const piece of answer as AsyncIterable<Buffer>) {
          offset += piece.length
          yield piece
        }
        if (offset === total) return
      } catch (error) {
        if (signal.aborted || left === 0) throw error
      }
      if (left === 0)
        throw new S3Error(0, 'network', `${name} broke off after ${offset} of ${total} bytes.`, CONNECTION)
      if (offset > before) left = RESUMES
      const headers = { range: `bytes=${offset}-`, 'if-match': etag }
      answer = await this.#client.request({ method: 'GET', name, headers, signal })
    }
  }
}

const CONNECTION = { fix: 'See that the connection to the store holds.' }

function isMissing(error: unknown): boolean {
  return error instanceof S3Error && error.status === 404 && error.s3Code === 'NoSuchKey'
}
