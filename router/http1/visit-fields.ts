import type { Needs, Visit } from '../rules/visit.ts'
import type { RequestHead } from './request-head.ts'

type VisitFields = Pick<Visit, 'authorization' | 'cookies' | 'encodings' | 'contentLength' | 'draw'>

/** What rules need to know of a head, taken out of the bytes it came in. */
export function heldBy(head: RequestHead, bytes: Buffer, needs: Needs): VisitFields {
  const { fields, contentLength } = head
  if (needs.authorization || needs.cookies || needs.encodings) head.readFields(bytes)
  return {
    authorization: needs.authorization ? fields.joined(bytes, 'authorization', ', ') : undefined,
    cookies: (needs.cookies && fields.joined(bytes, 'cookie', '; ')) || '',
    encodings: needs.encodings ? encodingsOf(head, bytes) : null,
    contentLength,
    draw: -1,
  }
}

/** Parts of a representation are parts of the plain one; and `no-transform` may be said by clients as well (RFC 9111 section 5.2.1.6). */
function encodingsOf({ fields, minor }: RequestHead, bytes: Buffer): string | null {
  const given = minor === 1 ? fields.joined(bytes, 'accept-encoding', ',') : undefined
  if (given === undefined || fields.joined(bytes, 'range', ',') !== undefined) return null
  return fields.joined(bytes, 'cache-control', ',')?.toLowerCase().includes('no-transform') ? null : given
}
