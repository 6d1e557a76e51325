/** Enough for 999 TB, and exact as a number. */
const MOST_DIGITS = 15

/** RFC 9110 section 8.6: digits and nothing else. -1: not a length. */
export function readLength(bytes: Buffer, start: number, end: number): number {
  if (start === end || end - start > MOST_DIGITS) return -1
  let length = 0
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 48
    if (digit < 0 || digit > 9) return -1
    length = length * 10 + digit
  }
  return length
}
