import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Fault, S3Server } from '../../../../test/s3-server.ts'
import { signatureIsRight } from '../../../../test/s3-signature.ts'
import type { S3Settings } from './s3-client.ts'
import { S3Store } from './s3-store.ts'
import { partBytes } from './s3-upload.ts'

const MB = 1024 ** 2
const signal = AbortSignal.timeout(600_000)

let server: S3Server
beforeEach(async () => {
  server = await S3Server.start()
})
afterEach(() => server[Symbol.asyncDispose]())

const storeWith = (changes: Partial<S3Settings> = {}) =>
  new S3Store({ ...server.settings, ...changes }, { firstPauseMs: 1 })

async function* piecesOf(bytes: Buffer, size = 700_001): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test('the signature that the tests check is the one of the documentation of S3', () => {
  const headers = {
    host: 'examplebucket.s3.amazonaws.com',
    range: 'bytes=0-9',
    'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'x-amz-date': '20130524T000000Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  }
  const request = { method: 'GET', url: '/test.txt', headers, secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
  expect(signatureIsRight(request)).toBe(true)
  expect(signatureIsRight({ ...request, url: '/test2.txt' })).toBe(false)
})

describe('what is put', () => {
  test.each([
    ['nothing', 0],
    ['a little', 12_345],
    ['one part less a byte', 8 * MB - 1],
    ['one part', 8 * MB],
    ['one part and a byte', 8 * MB + 1],
    ['several parts', 20 * MB],
  ])('comes back the same: %s', async (_, size) => {
    const store = storeWith()
    const bytes = randomBytes(size)
    expect(await store.put('pg/a.age', piecesOf(bytes), signal, 1)).toEqual({ name: 'pg/a.age', bytes: size })
    expect(server.objects.get('box/pg/a.age')?.equals(bytes)).toBe(true)
    expect((await buffer(await store.get('pg/a.age', signal))).equals(bytes)).toBe(true)
    expect(server.uploads.size).toBe(0)
  })

  test('goes to a store at an address, whatever is said of the path: no name of a bucket stands before an address', async () => {
    await storeWith({ pathStyle: false }).put('pg/a.age', piecesOf(Buffer.from('x')), signal, 1)
    expect([...server.objects.keys()]).toEqual(['box/pg/a.age'])
  })

  test('is tried again where a store answers late, busily or not at all', async () => {
    const faults: Fault[] = ['no answer', { status: 503, code: 'SlowDown' }, { status: 500, code: 'InternalError' }]
    server.fault = (_, n) => (n % 2 === 1 ? faults.shift() : undefined)
    const bytes = randomBytes(9 * MB)
    await storeWith().put('a', piecesOf(bytes), signal, 1)
    expect(faults).toEqual([])
    expect(server.objects.get('box/a')?.equals(bytes)).toBe(true)
  })

  test('is not there when what it is made of breaks off, and no upload is left open', async () => {
    const broken = async function* () {
      yield randomBytes(9 * MB)
      throw new Error('pg_dump ended with 1')
    }
    await expect(storeWith().put('a', broken(), signal, 1)).rejects.toThrow('pg_dump ended with 1')
    expect(server.objects.size + server.uploads.size).toBe(0)
    expect(server.calls.at(-1)).toMatch(/^DELETE box\/a\?uploadId=/)
  })

  test('is not there when the store stays away in the middle', async () => {
    server.fault = ({ query }) => (query.get('partNumber') === '2' ? { status: 503, code: 'SlowDown' } : undefined)
    await expect(storeWith().put('a', piecesOf(randomBytes(20 * MB)), signal, 1)).rejects.toMatchObject({
      code: 'store.failed',
      kind: 'unavailable',
    })
    expect(server.objects.size + server.uploads.size).toBe(0)
  })

  test('counts as there when only the answer to its end was lost', async () => {
    let lost = 0
    server.fault = ({ method, query }) => {
      if (method !== 'POST' || !query.has('uploadId') || lost++ > 0) return undefined
      // The store had done it.
      const [id, upload] = [...server.uploads][0] ?? []
      if (!id || !upload) return undefined
      server.uploads.delete(id)
      server.objects.set(upload.key, Buffer.concat([...upload.parts.values()]))
      return 'no answer'
    }
    expect(await storeWith().put('a', piecesOf(randomBytes(9 * MB)), signal, 1)).toEqual({ name: 'a', bytes: 9 * MB })
  })

  test('ends with the signal, and no upload is left open', async () => {
    const ending = new AbortController()
    const endless = async function* () {
      for (let n = 0; ; n += 1) {
        yield randomBytes(4 * MB)
        if (n === 3) ending.abort(new Error('enough'))
      }
    }
    await expect(storeWith().put('a', endless(), ending.signal, 1)).rejects.toThrow()
    expect(server.objects.size + server.uploads.size).toBe(0)
  })
})

test('a download that breaks off goes on where it was', async () => {
  const bytes = randomBytes(3 * MB)
  server.objects.set('box/a', bytes)
  server.fault = ({ method }, n) => (method === 'GET' && n < 4 ? { breakAfter: 500_000 } : undefined)
  expect((await buffer(await storeWith().get('a', signal))).equals(bytes)).toBe(true)
  expect(server.calls.length).toBeGreaterThan(2)
})

test('a download never goes on in another object of the same name', async () => {
  server.objects.set('box/a', randomBytes(MB))
  server.fault = (_, n) => {
    if (n === 2) server.objects.set('box/a', randomBytes(MB))
    return n === 1 ? { breakAfter: 1_000 } : undefined
  }
  const stream = await storeWith().get('a', signal)
  await expect(buffer(stream)).rejects.toMatchObject({ status: 412 })
})

test('objects are listed over pages, and only ours', async () => {
  const names = ['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'b/1']
  for (const name of names) server.objects.set(`box/${name}`, Buffer.from(name))
  server.objects.set('other/a/6', Buffer.alloc(1))
  const store = storeWith()
  expect((await store.list('a/')).map(({ name }) => name)).toEqual(names.slice(0, 5))
  await store.remove('a/1')
  await store.remove('a/1')
  expect(await store.find('a/1')).toBeUndefined()
  expect(await store.find('a/2')).toEqual({ name: 'a/2', bytes: 3 })
  await expect(store.get('a/1', signal)).rejects.toMatchObject({ code: 'backup.missing' })
})

test('sweeping ends uploads that were left open below our prefix, and no others', async () => {
  server.uploads.set('mine&1', { key: 'box/a', parts: new Map() })
  server.uploads.set('theirs', { key: 'other/a', parts: new Map() })
  await storeWith().sweep()
  expect([...server.uploads.keys()]).toEqual(['theirs'])
})

test('a check writes, reads, lists and leaves nothing', async () => {
  await storeWith().check(signal)
  expect(server.objects.size).toBe(0)
})

test('a clock that is ten hours apart is made up for', async () => {
  server.clockMs = 10 * 3_600_000
  await storeWith().check(signal)
})

describe('a mistake in the settings is said in words', () => {
  test.each<[Partial<S3Settings>, string, RegExp]>([
    [{ bucket: 'nobody' }, 'NoSuchBucket', /Make the bucket/],
    [{ accessKeyId: 'WRONG' }, 'InvalidAccessKeyId', /access key/],
    [{ secretAccessKey: 'wrong-canary' }, 'SignatureDoesNotMatch', /secret key/],
    [{ region: 'elsewhere' }, 'AuthorizationHeaderMalformed', /region/],
    [{ endpoint: 'http://127.0.0.1:1' }, 'network', /endpoint/],
  ])('%j', async (changes, s3Code, fix) => {
    const error = await storeWith(changes)
      .check(signal)
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'store.failed', s3Code, help: { fix: expect.stringMatching(fix) } })
    expect(JSON.stringify(error) + String(error)).not.toContain('canary')
  })

  test('a full bucket', async () => {
    server.fault = ({ method }) => (method === 'PUT' ? { status: 507, code: 'XMinioStorageFull' } : undefined)
    await expect(storeWith().check(signal)).rejects.toMatchObject({ help: { fix: expect.stringMatching(/Make room/) } })
  })
})

test('parts grow with what is expected, so that 10,000 of them are enough', () => {
  expect(partBytes(null)).toBe(16 * MB)
  expect(partBytes(1024)).toBe(8 * MB)
  const terabyte = 1024 ** 4
  expect(partBytes(terabyte) * 10_000).toBeGreaterThan(terabyte * 1.1)
})

test.each(['../a', '/a', 'a//b', 'a/../b', '.hidden', 'a b', 'a%2fb', ''])('the name %j is refused', async (name) => {
  await expect(storeWith().put(name, piecesOf(Buffer.alloc(1)), signal)).rejects.toThrow('no name')
  expect(server.calls).toEqual([])
})
