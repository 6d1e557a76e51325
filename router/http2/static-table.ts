import { type Field, makeField } from './field.ts'

/** RFC 7541 appendix A, from index 1 on. */
const ENTRIES: readonly (readonly [name: string, ...values: string[]])[] = [
  [':authority', ''],
  [':method', 'GET', 'POST'],
  [':path', '/', '/index.html'],
  [':scheme', 'http', 'https'],
  [':status', '200', '204', '206', '304', '400', '404', '500'],
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language', ''],
  ['accept-ranges', ''],
  ['accept', ''],
  ['access-control-allow-origin', ''],
  ['age', ''],
  ['allow', ''],
  ['authorization', ''],
  ['cache-control', ''],
  ['content-disposition', ''],
  ['content-encoding', ''],
  ['content-language', ''],
  ['content-length', ''],
  ['content-location', ''],
  ['content-range', ''],
  ['content-type', ''],
  ['cookie', ''],
  ['date', ''],
  ['etag', ''],
  ['expect', ''],
  ['expires', ''],
  ['from', ''],
  ['host', ''],
  ['if-match', ''],
  ['if-modified-since', ''],
  ['if-none-match', ''],
  ['if-range', ''],
  ['if-unmodified-since', ''],
  ['last-modified', ''],
  ['link', ''],
  ['location', ''],
  ['max-forwards', ''],
  ['proxy-authenticate', ''],
  ['proxy-authorization', ''],
  ['range', ''],
  ['referer', ''],
  ['refresh', ''],
  ['retry-after', ''],
  ['server', ''],
  ['set-cookie', ''],
  ['strict-transport-security', ''],
  ['transfer-encoding', ''],
  ['user-agent', ''],
  ['vary', ''],
  ['via', ''],
  ['www-authenticate', ''],
]

/** At their index, so with nothing at 0. */
export const STATIC_FIELDS: readonly (Field | undefined)[] = [
  undefined,
  ...ENTRIES.flatMap(([name, ...values]) => values.map((value) => makeField(name, value))),
]
export const STATIC_COUNT = STATIC_FIELDS.length - 1

/** The lowest index with a name. */
export const STATIC_NAMES: ReadonlyMap<string, number> = new Map(
  STATIC_FIELDS.flatMap((field, index): [string, number][] => (field ? [[field.name, index]] : [])).reverse(),
)

/** `:status` values whose field is in the table as a whole. */
export const STATIC_STATUS: ReadonlyMap<number, number> = new Map(
  STATIC_FIELDS.flatMap((field, index): [number, number][] =>
    field?.name === ':status' ? [[Number(field.value), index]] : [],
  ),
)
