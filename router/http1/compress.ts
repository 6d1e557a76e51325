import { chooseEncoding } from '../rules/accept-encoding.ts'
import { BYTE_TRUE, isCompressible, NOT_MODIFIED } from '../rules/compressible.ts'
import type { Visit } from '../rules/visit.ts'
import type { Ask } from './ask.ts'
import { Coder, type CoderWatcher } from './coder.ts'
import type { ResponseHead } from './response-head.ts'

const ABOUT_BYTES = new Set(['content-length', 'content-encoding', 'accept-ranges'])
const ETAG = new Set(['etag'])

/**
 * Has an app's answer compressed where it is of that kind and the client wants it: what the app said of the body's length,
 * parts and exact bytes goes, and caches are told on what the answer depends. HEAD hears the same as GET would, and 304
 * tells caches what that answer would (RFC 9110 section 15.4.5).
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
  const etag = field('etag')
  if (status === NOT_MODIFIED) {
    if (!isHeldCompressed(etag, visit.ifNoneMatch, encoding !== null)) return
  } else {
    if (encoding === null) return
    if (ask.method !== 'HEAD') {
      ask.coder = Coder.open(encoding, watcher)
      if (ask.coder === null) return
    }
    say(ask, `Content-Encoding: ${encoding}\r\n`)
  }
  head.options.replace(ABOUT_BYTES)
  weaken(ask, head, etag)
}

/** RFC 9110 section 8.8.1: other bytes, the same meaning. */
function weaken(ask: Ask, head: ResponseHead, etag: string | undefined): void {
  if (!etag?.startsWith('"')) return
  head.options.replace(ETAG)
  say(ask, `ETag: W/${etag}\r\n`)
}

/** Which of the two forms of an answer a visitor has kept shows in the tag that it names; where it names both or none, `wanted` decides. */
function isHeldCompressed(etag: string | undefined, ifNoneMatch: string | undefined, wanted: boolean): boolean {
  const named: readonly string[] = ifNoneMatch?.match(/(W\/)?"[^"]*"/g) ?? []
  const weak = named.includes(`W/${etag}`)
  return weak === named.includes(etag ?? '') ? wanted : weak
}

function say(to: { lines?: string }, line: string): void {
  to.lines = (to.lines ?? '') + line
}
