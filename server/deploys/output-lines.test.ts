import { expect, test } from 'vitest'
import { outputLines } from './output-lines.ts'

test('lines come whole, whatever the pieces, and the last one needs no end', async () => {
  expect(await read(['one\r\ntw', 'o\n\nth', Buffer.from('ree')])).toEqual(['one', 'two', '', 'three'])
})

test('a line that never ends comes in pieces, long before it fills the memory', async () => {
  let given = 0
  async function* endless() {
    for (; given < 1_000; given++) yield 'x'.repeat(1_000)
  }
  for await (const line of outputLines(endless())) {
    expect(line.length).toBeLessThanOrEqual(20_000)
    break
  }
  expect(given).toBeLessThan(30)
})

test('what moves the cursor or sets a title is taken out', async () => {
  expect(await read(['\u001b]0;title\u0007\u001b[31mred\u001b[0m\u0008\tok\n'])).toEqual(['red\tok'])
})

async function read(chunks: (string | Buffer)[]): Promise<string[]> {
  async function* source() {
    yield* chunks
  }
  const lines: string[] = []
  for await (const line of outputLines(source())) lines.push(line)
  return lines
}
