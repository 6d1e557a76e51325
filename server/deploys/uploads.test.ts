import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Uploads } from './uploads.ts'

const NEVER = new AbortController().signal
const LIMITS = { uploadBytes: 100_000, unpackedBytes: 1_000_000, silenceMs: 60_000 }

let directory: string
let uploads: Uploads
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'paas-uploads-'))
  uploads = new Uploads(directory, LIMITS)
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function tarOf(content: string | Buffer): Promise<Buffer> {
  const tar = pack()
  tar.entry({ name: 'a.txt', mtime: new Date(0) }, content)
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** In pieces that no header fits into. */
async function* pieces(bytes: Buffer, size = 100): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const receive = (content: AsyncIterable<Uint8Array>) => uploads.receive('ada', content, NEVER)

test('a tar and the same in gzip become the same file', async () => {
  const tar = await tarOf('hello')
  const plain = await receive(pieces(tar))
  const zipped = await receive(pieces(gzipSync(tar)))
  expect(await readFile(plain.file)).toEqual(tar)
  expect(await readFile(zipped.file)).toEqual(tar)
  expect(zipped.digest).toBe(plain.digest)
  expect(plain.digest).toMatch(/^[0-9a-f]{64}$/)
})

test.each([
  ['nothing', Buffer.alloc(0), /it is empty/],
  ['a little text', Buffer.from('hello'), /too short/],
  [
    'a zip',
    Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(2_000, 7)]),
    /no tar or tar.gz archive: it is none/,
  ],
  ['gzip of something else', gzipSync(Buffer.alloc(2_000, 7)), /it is none/],
  ['gzip that is cut off', gzipSync(Buffer.alloc(90_000, 7)).subarray(0, 60), /its gzip is damaged|it is none/],
])('%s is refused, and nothing is left of it', async (_, bytes, reason) => {
  await expect(receive(pieces(bytes))).rejects.toThrow(reason)
  expect(await readdir(directory)).toEqual([])
})

test('a tar.gz that is cut off in its middle is refused', async () => {
  const zipped = gzipSync(await tarOf(Buffer.from(Array.from({ length: 50_000 }, (_, n) => (n * 7919) % 251))))
  await expect(receive(pieces(zipped.subarray(0, zipped.length - 20)))).rejects.toMatchObject({
    code: 'upload.not-tar',
  })
  expect(await readdir(directory)).toEqual([])
})

test('more than may be sent, and more than it may become, is refused', async () => {
  await expect(receive(pieces(await tarOf('x'.repeat(200_000)), 5_000))).rejects.toMatchObject({
    code: 'upload.too-large',
    message: expect.stringContaining('to send'),
  })
  const bomb = gzipSync(await tarOf(Buffer.alloc(20_000_000)))
  expect(bomb.length).toBeLessThan(LIMITS.uploadBytes)
  await expect(receive(pieces(bomb, 5_000))).rejects.toMatchObject({
    kind: 'too-large',
    message: expect.stringContaining('unpacked'),
  })
  expect(await readdir(directory)).toEqual([])
})

test('a sender that falls silent, or leaves, is given up', async () => {
  const tar = await tarOf('hello')
  async function* silent(): AsyncGenerator<Uint8Array> {
    yield tar
    await new Promise(() => undefined)
  }
  const impatient = new Uploads(directory, { ...LIMITS, silenceMs: 20 })
  await expect(impatient.receive('ada', silent(), NEVER)).rejects.toMatchObject({ code: 'upload.stalled' })
  const gone = new AbortController()
  const receiving = uploads.receive('ada', silent(), gone.signal)
  setTimeout(() => gone.abort(), 20)
  await expect(receiving).rejects.toMatchObject({ code: 'upload.cut-off' })
  expect(await readdir(directory)).toEqual([])
})

test('one user has a few at a time, and others are not kept by them', async () => {
  const gone = new AbortController()
  async function* waiting(): AsyncGenerator<Uint8Array> {
    await new Promise((_, reject) => gone.signal.addEventListener('abort', reject))
    yield Buffer.alloc(1)
  }
  const held = Array.from({ length: 4 }, () => uploads.receive('ada', waiting(), gone.signal).catch(() => undefined))
  const tar = await tarOf('hello')
  await expect(receive(pieces(tar))).rejects.toMatchObject({ kind: 'limited', code: 'upload.busy' })
  expect((await uploads.receive('bob', pieces(tar), NEVER)).digest).toHaveLength(64)
  gone.abort()
  await Promise.all(held)
  expect((await receive(pieces(tar))).digest).toHaveLength(64)
})
