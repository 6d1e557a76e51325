import { chooseEncoding } from '../rules/accept-encoding.ts'
import { BYTE_TRUE, isCompressible } from '../rules/compressible.ts'
import type { Visit } from '../rules/visit.ts'
import type { Ask } from './ask.ts'
import { Coder, type CoderWatcher } from './coder.ts'
import type { ResponseHead } from './response-head.ts'

const ABOUT_BYTES = new Set(['content-length', 'content-encoding', 'accept-ranges'])
const ETAG = new Set(['etag'])

/**
 * Has an app's answer compressed where it is of that kind and the client wants it: what the app said of the body's length,
 * parts and exact bytes goes, and caches are told on what the answer depends. HEAD hears the same as GET would.
 */
export function compress(ask: Ask, visit: Visit, head: ResponseHead, bytes: Buffer, watcher: CoderWatcher): void {
  const field = (name: string) => head.fields.joined(bytes, name, ',')
  const { status, contentLength } = head
  const byteTrue = BYTE_TRUE.some((name) => field(name) !== undefined)
  const said = {
    type: field('content-type'),
    encoding: field('content-encoding'),
    cacheControl: field('cache-control'),
  }
  if (!isCompressible({ status, contentLength, byteTrue, ...said })) return
  if (!/(^|,)\s*(\*|accept-encoding)\s*(,|$)/i.test(field('vary') ?? '')) say(ask, 'Vary: Accept-Encoding\r\n')
  const encoding = visit.encodings === null ? null : chooseEncoding(visit.encodings)
  if (encoding === null) return
  if (ask.method !== 'HEAD') {
    ask.coder = Coder.open(encoding, watcher)
    if (ask.coder === null) return
  }
  say(ask, `Content-Encoding: ${encoding}\r\n`)
  const etag = field('etag')
  head.options.replace(ABOUT_BYTES)
  // RFC 9110 section 8.8.1: other bytes, the same meaning.
  if (etag?.startsWith('"')) {
    head.options.replace(ETAG)
    say(ask, `ETag: W/${etag}\r\n`)
  }
}

function say(to: { lines?: string }, line: string): void {
  to.lines = (to.lines ?? '') + line
}
