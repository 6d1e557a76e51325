import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { PaasError } from '../../../errors.ts'
import { openFileKey, type SealedFileKey } from './age-header.ts'

/** age-encryption.org/v1: 64 KiB of plain text at a time, each with a tag of 16 bytes. */
const CHUNK_BYTES = 64 * 1024
const TAG_BYTES = 16
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
const FILE_NONCE_BYTES = 16
const CIPHER = 'chacha20-poly1305'
/** Headers with one recipient have 200 bytes. */
const MAX_HEADER_BYTES = 16 * 1024
const HEADER_END = /\n--- [^\n]*\n/

type Bytes = AsyncIterable<Uint8Array>

/** The file that `age -d` opens, a chunk at a time: memory does not grow with it. */
export async function* seal(plain: Bytes, { header, fileKey }: SealedFileKey): AsyncGenerator<Buffer> {
  const fileNonce = randomBytes(FILE_NONCE_BYTES)
  const key = payloadKey(fileKey, fileNonce)
  yield Buffer.concat([header, fileNonce])
  let n = 0
  for await (const { chunk, last } of chunks(plain, CHUNK_BYTES)) {
    const cipher = createCipheriv(CIPHER, key, nonce(n, last), { authTagLength: TAG_BYTES })
    yield Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()])
    n += 1
  }
}

/** Throws `backup.wrong-key`, or `backup.damaged` with the bytes that are. What was yielded before is as it was written. */
export async function* open(sealed: Bytes, identity: string): AsyncGenerator<Buffer> {
  const reader = sealed[Symbol.asyncIterator]()
  const { header, fileNonce, rest } = await readHeader(reader)
  const key = payloadKey(await openFileKey(header, identity), fileNonce)
  let offset = header.length + FILE_NONCE_BYTES
  let n = 0
  for await (const { chunk, last } of chunks(remaining(rest, reader), SEALED_CHUNK_BYTES)) {
    const plain = openChunk(key, n, last, chunk)
    if (!plain) throw damage({ key, n, last, chunk, offset })
    yield plain
    offset += chunk.length
    n += 1
  }
}

/** HKDF-SHA-256 with the nonce of the file as salt. */
function payloadKey(fileKey: Uint8Array, fileNonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, fileNonce, 'payload', 32))
}

/** The number of the chunk in 11 bytes, big endian; then 1 for the last one, so that a file that was cut off is found. */
function nonce(n: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUIntBE(n, 5, 6)
  bytes[11] = last ? 1 : 0
  return bytes
}

function openChunk(key: Buffer, n: number, last: boolean, chunk: Buffer): Buffer | undefined {
  if (chunk.length < TAG_BYTES) return undefined
  const text = chunk.subarray(0, chunk.length - TAG_BYTES)
  const decipher = createDecipheriv(CIPHER, key, nonce(n, last), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(chunk.subarray(chunk.length - TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(text), decipher.final()])
  } catch {
    return undefined
  }
}

type BadChunk = { key: Buffer; n: number; last: boolean; chunk: Buffer; offset: number }

function damage({ key, n, last, chunk, offset }: BadChunk): PaasError {
  const end = offset + chunk.length
  if (last && (chunk.length < TAG_BYTES || openChunk(key, n, false, chunk)))
    return damaged(`it is cut off at byte ${end}`)
  if (!last && openChunk(key, n, true, chunk)) return damaged(`something was put behind its end at byte ${end}`)
  return damaged(`bytes ${offset} to ${end - 1} are not what was written${last ? ', or more should follow' : ''}`)
}

function damaged(what: string): PaasError {
  return new PaasError('failed', 'backup.damaged', `The backup is damaged: ${what}.`, {
    fix: 'Restore another backup, or another copy of this one.',
  })
}

async function readHeader(reader: AsyncIterator<Uint8Array>) {
  let seen = Buffer.alloc(0)
  for (;;) {
    const match = HEADER_END.exec(seen.toString('latin1', 0, MAX_HEADER_BYTES))
    const end = match ? match.index + match[0].length : seen.length
    if (match && seen.length >= end + FILE_NONCE_BYTES) {
      const rest = seen.subarray(end + FILE_NONCE_BYTES)
      return { header: seen.subarray(0, end), fileNonce: seen.subarray(end, end + FILE_NONCE_BYTES), rest }
    }
    if (!match && seen.length >= MAX_HEADER_BYTES) throw damaged('it does not begin as a backup does')
    const { value, done } = await reader.next()
    if (done) throw damaged(`it ends after ${seen.length} bytes, within its header`)
    seen = Buffer.concat([seen, value])
  }
}

async function* remaining(first: Uint8Array, reader: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  for (;;) {
    const { value, done } = await reader.next()
    if (done) return
    yield value
  }
}

/** Pieces of exactly `size` bytes but for the last, which is known as such: there is always one, empty for nothing. */
async function* chunks(from: Bytes, size: number): AsyncGenerator<{ chunk: Buffer; last: boolean }> {
  let buffer = Buffer.allocUnsafe(size)
  let used = 0
  for await (const bytes of from) {
    let read = 0
    while (read < bytes.length) {
      if (used === size) {
        yield { chunk: buffer, last: false }
        buffer = Buffer.allocUnsafe(size)
        used = 0
      }
      const taken = Math.min(size - used, bytes.length - read)
      buffer.set(bytes.subarray(read, read + taken), used)
      used += taken
      read += taken
    }
  }
  yield { chunk: buffer.subarray(0, used), last: true }
}
