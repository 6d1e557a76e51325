import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { Decrypter, Encrypter } from 'age-encryption'
import { beforeAll, describe, expect, test } from 'vitest'
import { createRecoveryKey, type RecoveryKey, recipientOf } from './age-header.ts'
import { type Packed, pack, unpack } from './pack.ts'

const CHUNK = 64 * 1024
const signal = AbortSignal.timeout(600_000)
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

let key: RecoveryKey
beforeAll(async () => {
  key = await createRecoveryKey()
})

async function packed(plain: Buffer): Promise<{ stored: Buffer; sums: Packed }> {
  const pieces: Uint8Array[] = []
  const put = async (bytes: AsyncIterable<Uint8Array>) => {
    for await (const piece of bytes) pieces.push(piece)
  }
  const sums = await pack(Readable.from([plain]), { recipient: key.recipient, put, signal })
  return { stored: Buffer.concat(pieces), sums }
}

const unpacked = (stored: Buffer, sums?: Packed, identity = key.identity) =>
  buffer(unpack(Readable.from(inPieces(stored)), identity, sums))

function* inPieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 50_021) yield bytes.subarray(at, at + 50_021)
}

describe.each([0, 1, CHUNK - 20, CHUNK, 3 * CHUNK, 1_000_003])('%i bytes', (size) => {
  test('come back, and their sums are told', async () => {
    const plain = randomBytes(size)
    const { stored, sums } = await packed(plain)
    expect((await unpacked(stored, sums)).equals(plain)).toBe(true)
    expect(sums.plain.bytes).toBe(size)
    expect(sums.stored.bytes).toBe(stored.length)
  })

  test('can be read by others’ programs, and ours reads theirs', async () => {
    const plain = randomBytes(size)
    const { stored } = await packed(plain)
    const decrypter = new Decrypter()
    decrypter.addIdentity(key.identity)
    expect(zstdDecompressSync(await decrypter.decrypt(stored)).equals(plain)).toBe(true)
    const encrypter = new Encrypter()
    encrypter.addRecipient(key.recipient)
    const theirs = Buffer.from(await encrypter.encrypt(zstdCompressSync(plain)))
    expect((await unpacked(theirs)).equals(plain)).toBe(true)
  })
})

test('what can be compressed is, and nothing of it can be seen', async () => {
  const plain = Buffer.from('INSERT INTO visitors VALUES (canary);\n'.repeat(50_000))
  const { stored } = await packed(plain)
  expect(stored.length).toBeLessThan(plain.length / 10)
  expect(stored.includes('canary')).toBe(false)
})

describe('one flipped byte is found, and its place is named', () => {
  let stored: Buffer
  beforeAll(async () => {
    stored = (await packed(randomBytes(4 * CHUNK))).stored
  })
  const flipped = (at: number) => {
    const bytes = Buffer.from(stored)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return bytes
  }

  test('everywhere', async () => {
    for (let at = 0; at < stored.length; at += 1 + Math.floor(stored.length / 80)) {
      await expect(unpacked(flipped(at)), `byte ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^backup\.(damaged|wrong-key)$/),
      })
    }
  })

  test('with the chunk that it lies in', async () => {
    const at = 2 * CHUNK
    const error = await unpacked(flipped(at)).catch((error: Error) => error)
    const [, from, to] = /bytes (\d+) to (\d+)/.exec(String(error)) ?? []
    expect(Number(from)).toBeLessThanOrEqual(at)
    expect(Number(to)).toBeGreaterThanOrEqual(at)
    expect(Number(to) - Number(from)).toBe(CHUNK + 15)
  })
})

test('a file that was cut off is found, wherever', async () => {
  const { stored } = await packed(randomBytes(3 * CHUNK))
  for (const length of [0, 30, 190, 230, CHUNK, 2 * CHUNK + 300, stored.length - 1]) {
    await expect(unpacked(stored.subarray(0, length)), `${length}`).rejects.toMatchObject({ code: 'backup.damaged' })
  }
  const headerBytes = stored.indexOf('\n', stored.indexOf('\n--- ') + 1) + 1 + 16
  const atChunk = stored.subarray(0, headerBytes + 2 * (CHUNK + 16))
  await expect(unpacked(atChunk)).rejects.toThrow(`it is cut off at byte ${atChunk.length}`)
})

test('something behind its end is found', async () => {
  const { stored } = await packed(randomBytes(CHUNK))
  await expect(unpacked(Buffer.concat([stored, Buffer.alloc(10)]))).rejects.toMatchObject({ code: 'backup.damaged' })
})

test('another backup in its place is found by its sums', async () => {
  const [mine, other] = [await packed(randomBytes(1000)), await packed(randomBytes(1000))]
  await expect(unpacked(other.stored, mine.sums)).rejects.toThrow('another one than was written')
})

test('another key gives words, and tells for whose it was taken', async () => {
  const { stored } = await packed(randomBytes(1000))
  const other = await createRecoveryKey()
  const error = await unpacked(stored, undefined, other.identity).catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'backup.wrong-key', help: { fix: expect.stringContaining('manifest') } })
  expect(String(error)).toContain(other.recipient)
  expect(JSON.stringify(error) + String(error)).not.toContain(other.identity)
})

test('what is no backup at all is said to be none', async () => {
  await expect(unpacked(Buffer.from('PGDMP...'))).rejects.toThrow('within its header')
  await expect(unpacked(randomBytes(100_000))).rejects.toThrow('does not begin as a backup does')
})

test('what is no recovery key is refused without being repeated', async () => {
  const error = await recipientOf('AGE-SECRET-KEY-1CANARY').catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'recovery-key.invalid' })
  expect(String(error)).not.toContain('CANARY')
})

test('a source that fails is an error of the packing, after which nothing more is put', async () => {
  const failing = Readable.from(
    (async function* () {
      yield randomBytes(CHUNK * 3)
      throw new Error('pg_dump ended with 1')
    })(),
  )
  let ended = false
  const put = async (bytes: AsyncIterable<Uint8Array>) => {
    for await (const _ of bytes);
    ended = true
  }
  await expect(pack(failing, { recipient: key.recipient, put, signal })).rejects.toThrow('pg_dump ended with 1')
  expect(ended).toBe(false)
})

/** By what is still in use: garbage is what it is. */
function held(): number {
  // What the first finds is taken away beside it, and by the second at the latest.
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

test('memory does not grow with what passes', async () => {
  const piece = randomBytes(1024 ** 2)
  const megabytes = 200
  const source = Readable.from(
    (function* () {
      for (let n = 0; n < megabytes; n += 1) yield piece
    })(),
  )
  let most = 0
  let passed = 0
  const put = async (bytes: AsyncIterable<Uint8Array>) => {
    for await (const _ of bytes) {
      passed += 1
      if (passed % 500 === 0) most = Math.max(most, held())
    }
  }
  const before = held()
  await pack(source, { recipient: key.recipient, put, signal })
  expect(most - before).toBeLessThan(16 * 1024 ** 2)
})
