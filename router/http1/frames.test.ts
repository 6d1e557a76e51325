import { expect, test } from 'vitest'
import { Frames } from './frames.ts'

/** One frame of a server: `length` bytes of payload, masked as a client's would be when asked. */
function frame(length: number, masked = false): Buffer {
  const mask = masked ? 0x80 : 0
  const size =
    length < 126
      ? Buffer.from([0x82, mask | length])
      : length < 65_536
        ? Buffer.from([0x82, mask | 126, length >> 8, length & 0xff])
        : Buffer.from([0x82, mask | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff])
  return Buffer.concat([size, Buffer.alloc(masked ? 4 : 0), Buffer.alloc(length, 0x82)])
}

test('the end of each frame is a boundary, wherever the chunks are cut', () => {
  const all = [0, 1, 125, 126, 65_535, 65_536, 3].flatMap((length) => [frame(length), frame(length, true)])
  for (const size of [1, 2, 3, 7, 1_000, 1_000_000]) {
    const frames = new Frames()
    let seen = 0
    const ends = new Set(all.map((_, at) => all.slice(0, at + 1).reduce((sum, { length }) => sum + length, 0)))
    const bytes = Buffer.concat(all)
    let wrong = 0
    while (seen < bytes.length) {
      frames.see(bytes.subarray(seen, seen + size))
      seen = Math.min(bytes.length, seen + size)
      if (frames.atBoundary !== ends.has(seen)) wrong += 1
    }
    expect(wrong).toBe(0)
  }
})
