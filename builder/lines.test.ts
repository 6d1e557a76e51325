import { expect, test } from 'vitest'
import { Lines } from './lines.ts'

test('lines and characters may be cut anywhere', () => {
  const bytes = Buffer.from('first\nzweite: ä\nlast')
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(linesOf(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(['first', 'zweite: ä', 'last'])
  }
})

test('colours and control characters are taken out, and of a progress bar its last state is left', () => {
  expect(linesOf(Buffer.from('\u001b[31mred\u001b[0m \u0007bell\r\n10%\r50%\r100%\n\ttab\n'))).toEqual([
    'red bell',
    '100%',
    '\ttab',
  ])
})

test('a line without end does not pile up', () => {
  const lines = linesOf(Buffer.alloc(100_000, 'x'))
  expect(lines.length).toBeGreaterThan(5)
  expect(lines.join('')).toHaveLength(100_000)
})

function linesOf(...chunks: Buffer[]): string[] {
  const found: string[] = []
  const lines = new Lines((line) => found.push(line))
  for (const chunk of chunks) lines.push(chunk)
  lines.end()
  return found
}
