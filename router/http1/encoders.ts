import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import type { Encoding } from '../rules/accept-encoding.ts'

export type EncodingStream =
  | ReturnType<typeof createGzip>
  | ReturnType<typeof createBrotliCompress>
  | ReturnType<typeof createZstdCompress>

/** Less memory for each answer on its way, for little more to send. */
const WINDOW_BITS = 19
/** Levels for answers that are made and sent once: most of the gain for little work. */
const GZIP = { level: 5 }
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS } }
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_windowLog]: WINDOW_BITS } }

export function streamOf(encoding: Encoding): EncodingStream {
  if (encoding === 'gzip') return createGzip(GZIP)
  return encoding === 'br' ? createBrotliCompress(BROTLI) : createZstdCompress(ZSTD)
}

export function compressWhole(encoding: Encoding, body: Buffer): Buffer {
  if (encoding === 'gzip') return gzipSync(body, GZIP)
  return encoding === 'br' ? brotliCompressSync(body, BROTLI) : zstdCompressSync(body, ZSTD)
}
