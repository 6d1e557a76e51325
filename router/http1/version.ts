import { INCOMPLETE, MALFORMED } from './fields.ts'

const LENGTH = 8

/**
 * Reads `HTTP/1.0` or `HTTP/1.1` (RFC 9112 section 2.3). Returns the minor version, INCOMPLETE, or MALFORMED as soon as
 * it can be nothing else.
 */
export function readVersion(bytes: Buffer, from: number, end: number): number {
  if (end - from < LENGTH) return 'HTTP/1.'.startsWith(bytes.toString('latin1', from, end)) ? INCOMPLETE : MALFORMED
  const exact =
    bytes[from] === 72 &&
    bytes[from + 1] === 84 &&
    bytes[from + 2] === 84 &&
    bytes[from + 3] === 80 &&
    bytes[from + 4] === 47 &&
    bytes[from + 5] === 49 &&
    bytes[from + 6] === 46
  const minor = (bytes[from + 7] as number) - 48
  return exact && (minor === 0 || minor === 1) ? minor : MALFORMED
}
