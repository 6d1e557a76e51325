import type { Connection } from './connection.ts'
import { latin1 } from './latin1.ts'

/** Up to here a text, which is copied on its way to the kernel, costs less than a buffer. */
const SHORT_BYTES = 8 * 1024
const GATHER_BYTES = 128 * 1024

let gather = Buffer.allocUnsafeSlow(GATHER_BYTES)

/**
 * Sends a text, bytes and another text in one write, whoever owns the bytes. False as `Connection.write`: the connection
 * has to drain before more is sent; the bytes themselves are free in any case.
 */
export function sendTogether(
  to: Connection,
  text: string,
  bytes: Buffer,
  start: number,
  end: number,
  tail: string,
): boolean {
  const size = text.length + end - start + tail.length
  if (size <= SHORT_BYTES) return to.writeText(text + latin1(bytes, start, end) + tail)
  const whole = size <= GATHER_BYTES ? gather : Buffer.allocUnsafeSlow(size)
  whole.write(text, 0, 'latin1')
  bytes.copy(whole, text.length, start, end)
  if (tail !== '') whole.write(tail, size - tail.length, 'latin1')
  const through = to.write(whole.subarray(0, size))
  if (!through && whole === gather && !to.copies) gather = Buffer.allocUnsafeSlow(GATHER_BYTES)
  return through
}

/** Sends bytes that `from` has just read: as they are where it owns them, else a copy. */
export function sendOn(from: Connection, to: Connection, bytes: Buffer, start: number, end: number): boolean {
  if (start === end) return true
  if (from.borrowed && !(to.copies && end - start > SHORT_BYTES)) return sendTogether(to, '', bytes, start, end, '')
  return to.write(bytes.subarray(start, end))
}
