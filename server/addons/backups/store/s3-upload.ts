import type { S3Client } from './s3-client.ts'
import { refusedBy, S3Error } from './s3-error.ts'
import { completion, textOf } from './s3-xml.ts'

const MB = 1024 ** 2
/** S3 takes 10,000 parts of at least 5 MB; some stores want all but the last of one size. Two are in memory at a time. */
const LEAST_PART_BYTES = 8 * MB
const USUAL_PART_BYTES = 16 * MB
const MOST_PARTS = 10_000
const ABORT_WITHIN_MS = 30_000

/** So large that what is expected fits, with a fifth to spare. */
export function partBytes(expectedBytes: number | null): number {
  if (expectedBytes === null) return USUAL_PART_BYTES
  return Math.max(LEAST_PART_BYTES, Math.ceil((expectedBytes * 1.2) / MOST_PARTS / MB) * MB)
}

/** Uploads as it comes, the next part being filled while one is sent. Leaves no unfinished upload when it throws. */
export async function upload(
  client: S3Client,
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  { signal, size }: { signal: AbortSignal; size: number },
): Promise<number> {
  const parts = pieces(bytes, size)
  const first = await parts.next()
  if (first.done) throw new Error('pieces() gives at least one')
  if (first.value.length < size) {
    await client.text({ method: 'PUT', name, body: first.value, signal })
    return first.value.length
  }
  const uploadId = await begin(client, name, signal)
  try {
    return await sendParts(client, { name, uploadId, size, signal }, first.value, parts)
  } catch (error) {
    await abort(client, name, uploadId)
    throw error
  }
}

export async function abort(client: S3Client, name: string, uploadId: string): Promise<void> {
  // One that cannot be ended now is found by the next sweep.
  await client
    .text({ method: 'DELETE', name, query: { uploadId }, signal: AbortSignal.timeout(ABORT_WITHIN_MS) })
    .catch(() => undefined)
}

type Upload = { name: string; uploadId: string; size: number; signal: AbortSignal }

async function begin(client: S3Client, name: string, signal: AbortSignal): Promise<string> {
  const { text } = await client.text({ method: 'POST', name, query: { uploads: '' }, signal })
  const id = textOf(text, 'UploadId')
  if (!id) throw new Error('The store began an upload without an ID')
  return id
}

async function sendParts(
  client: S3Client,
  upload: Upload,
  first: Buffer,
  others: AsyncIterable<Buffer>,
): Promise<number> {
  const etags: string[] = []
  let total = first.length
  let sending = sendPart(client, upload, 1, first)
  try {
    for await (const part of others) {
      etags.push(await sending)
      if (part.length === 0) break
      if (etags.length === MOST_PARTS) throw tooLarge(upload)
      total += part.length
      sending = sendPart(client, upload, etags.length + 1, part)
    }
    if (etags.length * upload.size < total) etags.push(await sending)
  } catch (error) {
    await sending.catch(() => undefined)
    throw error
  }
  await complete(client, upload, etags, total)
  return total
}

async function sendPart(
  client: S3Client,
  { name, uploadId, signal }: Upload,
  n: number,
  body: Buffer,
): Promise<string> {
  const query = { partNumber: String(n), uploadId }
  const { headers } = await client.text({ method: 'PUT', name, query, body, signal })
  if (!headers.etag) throw new Error('The store took a part without an ETag')
  return headers.etag
}

/** An answer of 200 may hold an error; and one that was lost on its way may have done it. */
async function complete(
  client: S3Client,
  { name, uploadId, signal }: Upload,
  etags: string[],
  total: number,
): Promise<void> {
  const body = Buffer.from(completion(etags))
  try {
    const { text } = await client.text({ method: 'POST', name, query: { uploadId }, body, signal })
    if (textOf(text, 'Code') !== undefined) throw refusedBy('of the backups', 500, text)
  } catch (error) {
    if (!(error instanceof S3Error) || error.s3Code !== 'NoSuchUpload') throw error
    const { headers } = await client.text({ method: 'HEAD', name, signal })
    if (Number(headers['content-length']) !== total) throw error
  }
}

function tooLarge({ size }: Upload): S3Error {
  const message = `The backup grew beyond ${MOST_PARTS} parts of ${size / MB} MB, which is as much as the store takes.`
  return new S3Error(400, 'EntityTooLarge', message, { fix: 'Back up again: the size is known now.' })
}

/** Of exactly `size` but the last, which may be empty where something was before it. */
async function* pieces(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  for await (let chunk of bytes) {
    while (heldBytes + chunk.length >= size) {
      const taken = size - heldBytes
      yield Buffer.concat([...held, chunk.subarray(0, taken)])
      chunk = chunk.subarray(taken)
      held = []
      heldBytes = 0
    }
    if (chunk.length > 0) held.push(chunk)
    heldBytes += chunk.length
  }
  yield Buffer.concat(held)
}
