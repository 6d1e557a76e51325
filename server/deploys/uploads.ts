import { createHash, type Hash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { newId } from '../db/ids.ts'
import { hasErrorCode, PaasError } from '../errors.ts'
import { requireDiskSpace } from './disk-space.ts'

/** As for a push: what comes over the line, and what it may become. The builder looks at the tree itself. */
export const MAX_UPLOAD_BYTES = 512 * 1024 ** 2
/** The tree of 1 GB that a build takes, and the headers of as many files as it takes. */
export const MAX_UNPACKED_BYTES = 1024 ** 3 + 200 * 1024 ** 2
/** So long may a sender be silent. */
const SILENCE_MS = 60_000
/** Of one user at a time. */
const MAX_AT_ONCE = 4

const GZIP = Buffer.from([0x1f, 0x8b])
/** Where the header of a tar says what it is (POSIX.1-2024, pax). */
const USTAR_AT = 257
const BLOCK = 512

/** A tar that has arrived whole. `digest` is the SHA-256 of it unpacked, in hex. */
export type Upload = { file: string; digest: string }
export type UploadLimits = { uploadBytes: number; unpackedBytes: number; silenceMs: number }

const LIMITS: UploadLimits = {
  uploadBytes: MAX_UPLOAD_BYTES,
  unpackedBytes: MAX_UNPACKED_BYTES,
  silenceMs: SILENCE_MS,
}

/** Images have a whole system in them. */
export const IMAGE_LIMITS: UploadLimits = {
  uploadBytes: 2 * 1024 ** 3,
  unpackedBytes: 4 * 1024 ** 3,
  silenceMs: SILENCE_MS,
}

/** Takes in archives that did not come by git. They wait here until the turn of their build has come. */
export class Uploads {
  readonly #directory: string
  readonly #limits: UploadLimits
  readonly #underWay = new Map<string, number>()

  constructor(directory: string, limits: UploadLimits = LIMITS) {
    this.#directory = directory
    this.#limits = limits
  }

  /** A tar or tar.gz becomes a tar file. Throws a PaasError for what is none, too large or cut off; then nothing is left. */
  async receive(
    userId: string,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
    limits = this.#limits,
  ): Promise<Upload> {
    this.#count(userId, 1)
    const file = join(this.#directory, `${newId('upl')}.tar`)
    try {
      await mkdir(this.#directory, { recursive: true })
      await requireDiskSpace(this.#directory)
      return { file, digest: await this.#write(content, file, signal, limits) }
    } catch (error) {
      await rm(file, { force: true })
      throw inWords(error, signal)
    } finally {
      this.#count(userId, -1)
    }
  }

  /** What an earlier life of the server has left has nobody who waits for it. */
  async clear(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true })
  }

  async #write(
    content: AsyncIterable<Uint8Array>,
    file: string,
    signal: AbortSignal,
    { uploadBytes, unpackedBytes, silenceMs }: UploadLimits,
  ): Promise<string> {
    const { first, whole } = await peek(atMost(heard(content, silenceMs, signal), uploadBytes))
    const hash = createHash('sha256')
    const check = tarCheck(hash, unpackedBytes)
    const target = createWriteStream(file, { flags: 'wx', mode: 0o600 })
    const zipped = first.subarray(0, GZIP.length).equals(GZIP)
    if (zipped) await pipeline(whole, createGunzip(), check, target)
    else await pipeline(whole, check, target)
    return hash.digest('hex')
  }

  #count(userId: string, change: 1 | -1): void {
    const now = (this.#underWay.get(userId) ?? 0) + change
    if (now > MAX_AT_ONCE) {
      throw new PaasError('limited', 'upload.busy', `You have ${MAX_AT_ONCE} uploads under way already.`, {
        fix: 'Wait until some of them have ended, then try again.',
      })
    }
    if (now > 0) this.#underWay.set(userId, now)
    else this.#underWay.delete(userId)
  }
}

/** The first block, or all where there is less; `whole` has it again. */
async function peek(
  content: AsyncIterable<Uint8Array>,
): Promise<{ first: Buffer; whole: () => AsyncGenerator<Uint8Array> }> {
  const rest = content[Symbol.asyncIterator]()
  let first = Buffer.alloc(0)
  while (first.length < BLOCK) {
    const { done, value } = await rest.next()
    if (done) break
    first = Buffer.concat([first, value])
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield first
      for (let step = await rest.next(); !step.done; step = await rest.next()) yield step.value
    } finally {
      await rest.return?.()
    }
  }
  return { first, whole }
}

/** Passes everything on; throws for a beginning that no tar has, and where there is more than one may unpack. */
function tarCheck(hash: Hash, unpackedBytes: number): Transform {
  let bytes = 0
  let header: Buffer | undefined = Buffer.alloc(0)
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > unpackedBytes) return done(tooLarge('unpacked', unpackedBytes))
      if (header) header = Buffer.concat([header, chunk])
      if (header && header.length >= BLOCK) {
        if (header.toString('latin1', USTAR_AT, USTAR_AT + 5) !== 'ustar') return done(notTar('it is none'))
        header = undefined
      }
      hash.update(chunk)
      done(null, chunk)
    },
    flush: (done) => done(header && notTar(header.length === 0 ? 'it is empty' : 'it is too short for one')),
  })
}

async function* atMost(content: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of content) {
    bytes += chunk.length
    if (bytes > limit) throw tooLarge('to send', limit)
    yield chunk
  }
}

/** Throws when nothing comes for that long, or the signal fires, in the middle of waiting too. */
async function* heard(
  content: AsyncIterable<Uint8Array>,
  silenceMs: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const source = content[Symbol.asyncIterator]()
  const ended = Promise.withResolvers<never>()
  ended.promise.catch(() => undefined)
  const leave = () => ended.reject(cutOff())
  signal.addEventListener('abort', leave, { once: true })
  if (signal.aborted) leave()
  try {
    for (;;) {
      const timer = setTimeout(() => ended.reject(stalled(silenceMs)), silenceMs)
      const step = await Promise.race([source.next(), ended.promise]).finally(() => clearTimeout(timer))
      if (step.done) return
      yield step.value
    }
  } finally {
    signal.removeEventListener('abort', leave)
    void source.return?.()
  }
}

function inWords(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof PaasError) return error
  if (signal.aborted || hasErrorCode(error, 'ECONNRESET')) return cutOff()
  if (hasErrorCode(error, 'Z_BUF_ERROR') || hasErrorCode(error, 'Z_DATA_ERROR')) return notTar('its gzip is damaged')
  if (hasErrorCode(error, 'ENOSPC')) {
    return new PaasError('unavailable', 'disk.full', 'The disk of the box is full.', {
      fix: 'Make room on the box, then deploy again.',
      command: 'paas status',
    })
  }
  return error
}

function tooLarge(what: 'to send' | 'unpacked', limit: number): PaasError {
  const most = `${Math.floor(limit / 1024 ** 2)} MB`
  return new PaasError('too-large', 'upload.too-large', `The archive is larger than the ${most} allowed ${what}.`, {
    fix: 'Leave out what the build does not need: name it in .gitignore or .slugignore, and keep large files elsewhere.',
  })
}

function notTar(reason: string): PaasError {
  return new PaasError('invalid', 'upload.not-tar', `What was sent is no tar or tar.gz archive: ${reason}.`, {
    fix: 'Make one of the folder of the app. Other forms, such as zip, are not taken.',
    command: 'tar -czf app.tar.gz .',
  })
}

function stalled(silenceMs: number): PaasError {
  return new PaasError('invalid', 'upload.stalled', `Nothing came for ${silenceMs / 1_000} seconds.`, {
    fix: 'Send it again.',
  })
}

function cutOff(): PaasError {
  return new PaasError('invalid', 'upload.cut-off', 'The archive did not arrive whole.', { fix: 'Send it again.' })
}
