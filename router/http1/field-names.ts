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

type Name = { bytes: Buffer; kind: FieldKind }
const byLength: Name[][] = []
for (const [name, kind] of KNOWN) {
  byLength[name.length] ??= []
  byLength[name.length]?.push({ bytes: Buffer.from(name), kind })
}

/** The kind of a name that consists of token characters without an underscore. */
export function kindOf(bytes: Buffer, start: number, end: number): FieldKind {
  const names = byLength[end - start]
  if (names !== undefined) {
    for (const name of names) if (isName(bytes, start, name.bytes)) return name.kind
  }
  if (end - start > FORWARDED_PREFIX.length && isName(bytes, start, FORWARDED_PREFIX)) return FIELD.identity
  return FIELD.other
}

/** Setting the bit makes letters lower case, leaves `-` and digits alone, and makes no other token character a letter. */
function isName(bytes: Buffer, start: number, name: Buffer): boolean {
  for (let at = 0; at < name.length; at++) if (((bytes[start + at] as number) | LOWER) !== name[at]) return false
  return true
}
