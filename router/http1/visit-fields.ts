import type { Needs, Visit } from '../rules/visit.ts'
import type { RequestHead } from './request-head.ts'

/** Adds what rules need to know of a head, taken out of the bytes it came in. */
export function takeFields(visit: Visit, head: RequestHead, bytes: Buffer, needs: Needs): void {
  const { fields } = head
  head.readFields(bytes)
  if (needs.authorization) visit.authorization = fields.joined(bytes, 'authorization', ', ')
  if (needs.cookies) visit.cookies = fields.joined(bytes, 'cookie', '; ') ?? ''
  if (needs.encodings) {
    visit.encodings = encodingsOf(head, bytes)
    visit.ifNoneMatch = fields.joined(bytes, 'if-none-match', ',')
  }
}

/** Parts of a representation are parts of the plain one; and `no-transform` may be said by clients as well (RFC 9111 section 5.2.1.6). */
function encodingsOf({ fields, minor }: RequestHead, bytes: Buffer): string | null {
  const given = minor === 1 ? fields.joined(bytes, 'accept-encoding', ',') : undefined
  if (given === undefined || fields.joined(bytes, 'range', ',') !== undefined) return null
  return fields.joined(bytes, 'cache-control', ',')?.toLowerCase().includes('no-transform') ? null : given
}
