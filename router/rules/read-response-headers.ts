import type { ServiceRules } from '../contract/table.ts'
import type { Shape } from '../shape.ts'

const MOST_HEADERS = 50
const LONGEST_VALUE = 8 * 1024
const MOST_BYTES = 16 * 1024
/** RFC 9110 section 5.6.2. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/
/** Nothing that ends a line, and nothing that bytes and text read differently. */
const VALUE = /^([\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?)?$/

/** Where an answer ends, what belongs to one hop, what the router says itself, and what of the app's must not be lost. */
const NOT_TO_SET = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'date',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Refuses whatever could change where an answer ends. */
export function readResponseHeaders(headers: Shape): NonNullable<ServiceRules['responseHeaders']> {
  let bytes = 0
  const lines = headers.list((header) => {
    const name = header.field('name').text(TOKEN)
    if (NOT_TO_SET.has(name.toLowerCase())) header.field('name').refuse(`a header other than ${name}`)
    const value = header.field('value').text(VALUE)
    if (value.length > LONGEST_VALUE) header.field('value').refuse(`at most ${LONGEST_VALUE} characters`)
    bytes += name.length + value.length
    return { name, value }
  })
  if (lines.length > MOST_HEADERS) headers.refuse(`at most ${MOST_HEADERS} entries`)
  if (bytes > MOST_BYTES) headers.refuse(`at most ${MOST_BYTES} bytes together`)
  return lines
}
