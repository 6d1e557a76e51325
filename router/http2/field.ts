/** What a field of a request means to HTTP/2 itself (RFC 9113 section 8). */
export const MEANS = {
  ordinary: 0,
  method: 1,
  scheme: 2,
  path: 3,
  authority: 4,
  host: 5,
  cookie: 6,
  contentLength: 7,
  /** Of one connection only (section 8.2.2), or not well-formed (section 8.2.1): the request is refused. */
  malformed: 8,
} as const
export type Meaning = (typeof MEANS)[keyof typeof MEANS]

/** What a field costs in a table beside its characters (RFC 7541 section 4.1). */
export const FIELD_OVERHEAD = 32

/** One field line, judged once and for as long as it stays in a table. */
export type Field = {
  readonly name: string
  readonly value: string
  /** As RFC 7541 section 4.1 counts it. */
  readonly size: number
  readonly meaning: Meaning
  /** The same in HTTP/1.1, with its line end. */
  readonly line: string
}

const KNOWN = new Map<string, Meaning>([
  [':method', MEANS.method],
  [':scheme', MEANS.scheme],
  [':path', MEANS.path],
  [':authority', MEANS.authority],
  ['host', MEANS.host],
  ['cookie', MEANS.cookie],
  ['content-length', MEANS.contentLength],
  ['connection', MEANS.malformed],
  ['proxy-connection', MEANS.malformed],
  ['keep-alive', MEANS.malformed],
  ['transfer-encoding', MEANS.malformed],
  ['upgrade', MEANS.malformed],
])
/** A token (RFC 9110 section 5.6.2) without capital letters. */
const NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/
/** Visible characters, blanks and bytes above ASCII, without blanks at the ends. */
const VALUE = /^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/

/** `name` and `value` in latin1. */
export function makeField(name: string, value: string): Field {
  const size = name.length + value.length + FIELD_OVERHEAD
  return { name, value, size, meaning: meaningOf(name, value), line: `${name}: ${value}\r\n` }
}

function meaningOf(name: string, value: string): Meaning {
  const known = KNOWN.get(name)
  if (!VALUE.test(value)) return MEANS.malformed
  if (known !== undefined) return known
  if (!NAME.test(name)) return MEANS.malformed
  return name === 'te' && value.toLowerCase() !== 'trailers' ? MEANS.malformed : MEANS.ordinary
}
