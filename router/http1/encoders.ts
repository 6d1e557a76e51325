import type { BrotliCompress, Gzip, ZstdCompress } from 'node:zlib'
import type { Encoding } from '../rules/accept-encoding.ts'

export type EncodingStream = Gzip | BrotliCompress | ZstdCompress

/** Less memory for each answer on its way, for little more to send. */
const WINDOW_BITS = 19
/** Levels for answers that are made and sent once: most of the gain for little work. */
const GZIP = { level: 5 }

/** Loaded when the first answer is compressed: most routers never do, and are 1 MB smaller. */
function load() {
  const zlib = process.getBuiltinModule('node:zlib')
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, ZSTD_c_compressionLevel, ZSTD_c_windowLog, Z_SYNC_FLUSH } =
    zlib.constants
  return {
    zlib,
    syncFlush: Z_SYNC_FLUSH,
    brotli: { params: { [BROTLI_PARAM_QUALITY]: 4, [BROTLI_PARAM_LGWIN]: WINDOW_BITS } },
    zstd: { params: { [ZSTD_c_compressionLevel]: 3, [ZSTD_c_windowLog]: WINDOW_BITS } },
  }
}
let loaded: ReturnType<typeof load> | null = null
function encoders() {
  loaded ??= load()
  return loaded
}

export function streamOf(encoding: Encoding): EncodingStream {
  const { zlib, brotli, zstd } = encoders()
  if (encoding === 'gzip') return zlib.createGzip(GZIP)
  return encoding === 'br' ? zlib.createBrotliCompress(brotli) : zlib.createZstdCompress(zstd)
}

export function compressWhole(encoding: Encoding, body: Buffer): Buffer {
  const { zlib, brotli, zstd } = encoders()
  if (encoding === 'gzip') return zlib.gzipSync(body, GZIP)
  return encoding === 'br' ? zlib.brotliCompressSync(body, brotli) : zlib.zstdCompressSync(body, zstd)
}

/** What has been put in can be decoded after this; gzip alone needs to be told how. */
export function flush(encoding: Encoding, stream: EncodingStream): void {
  if (encoding === 'gzip') (stream as Gzip).flush(encoders().syncFlush)
  else stream.flush()
}
