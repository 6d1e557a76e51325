import { expect, test } from 'vitest'
import { type AnswerTraits, isCompressible } from './compressible.ts'

const page: AnswerTraits = {
  status: 200,
  contentLength: 5_000,
  type: 'text/html; charset=utf-8',
  encoding: undefined,
  cacheControl: 'max-age=60',
  byteTrue: false,
}

test.each([
  'text/html',
  'TEXT/CSS',
  'application/json',
  'application/problem+json; charset=utf-8',
  'application/javascript',
  'image/svg+xml',
  'application/xml',
  'application/atom+xml',
  'application/wasm',
  'font/ttf',
  'application/x-ndjson',
])('%s is compressible', (type) => {
  expect(isCompressible({ ...page, type })).toBe(true)
})

test.each([
  'text/event-stream',
  'image/png',
  'application/zip',
  'application/octet-stream',
  'application/grpc',
  'font/woff2',
  'video/mp4',
  'application/jsonx',
  undefined,
])('%s is not', (type) => {
  expect(isCompressible({ ...page, type })).toBe(false)
})

test.each<[string, Partial<AnswerTraits>]>([
  ['a small body', { contentLength: 1_023 }],
  ['a part', { status: 206 }],
  ['no content', { status: 204, contentLength: -1 }],
  ['what is compressed already', { encoding: 'gzip' }],
  ['no-transform', { cacheControl: 'private, No-Transform' }],
  ['a digest of the bytes', { byteTrue: true }],
])('%s stays as it is', (_name, traits) => {
  expect(isCompressible({ ...page, ...traits })).toBe(false)
})

test('a body of unknown length and an error page are compressible', () => {
  expect(isCompressible({ ...page, contentLength: -1 })).toBe(true)
  expect(isCompressible({ ...page, status: 500 })).toBe(true)
})

test('what a 304 stands for may have been compressible, unless it says otherwise', () => {
  const unchanged = { ...page, status: 304, contentLength: -1 }
  expect(isCompressible({ ...unchanged, type: undefined })).toBe(true)
  expect(isCompressible(unchanged)).toBe(true)
  expect(isCompressible({ ...unchanged, type: 'image/png' })).toBe(false)
  expect(isCompressible({ ...unchanged, type: undefined, cacheControl: 'no-transform' })).toBe(false)
  expect(isCompressible({ ...unchanged, type: undefined, contentLength: 100 })).toBe(false)
})
