/** Header names that mean something to a proxy. Every other field passes through unread. */
export const FIELD = {
  other: 0,
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  upgrade: 5,
  expect: 6,
  te: 7,
  trailer: 8,
  requestId: 9,
  accept: 10,
  date: 11,
  link: 12,
  /** Of one hop only (RFC 9110 section 7.6.1), in both directions. */
  hop: 13,
  /** Who the client is, which only the router itself may say. */
  identity: 14,
  /** Apps read `X_Forwarded_For` as X-Forwarded-For, so names with an underscore never reach them. */
  underscore: 15,
  /** Means something else, or opens a door, when it comes after the body. */
  headOnly: 16,
} as const
export type FieldKind = (typeof FIELD)[keyof typeof FIELD]

const KNOWN: [string, FieldKind][] = [
  ['host', FIELD.host],
  ['content-length', FIELD.contentLength],
  ['transfer-encoding', FIELD.transferEncoding],
  ['connection', FIELD.connection],
  ['upgrade', FIELD.upgrade],
  ['expect', FIELD.expect],
  ['te', FIELD.te],
  ['trailer', FIELD.trailer],
  ['x-request-id', FIELD.requestId],
  ['accept', FIELD.accept],
  ['date', FIELD.date],
  ['link', FIELD.link],
  ['keep-alive', FIELD.hop],
  ['proxy-connection', FIELD.hop],
  ['proxy-authenticate', FIELD.hop],
  ['proxy-authorization', FIELD.hop],
  ['http2-settings', FIELD.hop],
  ['forwarded', FIELD.identity],
  ['x-real-ip', FIELD.identity],
  ['x-request-start', FIELD.identity],
  ['x-client-ip', FIELD.identity],
  ['true-client-ip', FIELD.identity],
  ['x-cluster-client-ip', FIELD.identity],
  ['authorization', FIELD.headOnly],
  ['cookie', FIELD.headOnly],
  ['set-cookie', FIELD.headOnly],
]
const FORWARDED_PREFIX = Buffer.from('x-forwarded-')
const LOWER = 0x20

/** Names whose length and ends give the same number; nearly all others have no name to be compared with. */
type Name = { bytes: Buffer; kind: FieldKind; next: Name | null }
const byEnds = new Array<Name | null>(256).fill(null)
for (const [name, kind] of KNOWN) {
  const bytes = Buffer.from(name)
  const slot = slotOf(bytes, 0, bytes.length)
  byEnds[slot] = { bytes, kind, next: byEnds[slot] ?? null }
}

function slotOf(bytes: Buffer, start: number, end: number): number {
  const first = (bytes[start] as number) | LOWER
  const last = (bytes[end - 1] as number) | LOWER
  return ((end - start) * 59 + first * 7 + last * 31) & 255
}

/** The kind of a name that consists of token characters without an underscore. */
export function kindOf(bytes: Buffer, start: number, end: number): FieldKind {
  for (let name = byEnds[slotOf(bytes, start, end)] ?? null; name !== null; name = name.next) {
    if (name.bytes.length === end - start && isName(bytes, start, name.bytes)) return name.kind
  }
  if (end - start > FORWARDED_PREFIX.length && isName(bytes, start, FORWARDED_PREFIX)) return FIELD.identity
  return FIELD.other
}

/** Setting the bit makes letters lower case, leaves `-` and digits alone, and makes no other token character a letter. */
function isName(bytes: Buffer, start: number, name: Buffer): boolean {
  for (let at = 0; at < name.length; at++) if (((bytes[start + at] as number) | LOWER) !== name[at]) return false
  return true
}
