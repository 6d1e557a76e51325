import { expect, test } from 'vitest'
import { pktLine, progressPacket } from './pkt-line.ts'
import { PushHints } from './push-hints.ts'

async function through(chunks: Buffer[]): Promise<string> {
  const hints = new PushHints()
  for (const chunk of chunks) hints.write(chunk)
  hints.end()
  return Buffer.concat(await hints.toArray()).toString()
}

const complaint = progressPacket('fatal: pack exceeds maximum allowed size (1.00 MiB)')

test('a hint follows the words that it explains, once', async () => {
  const text = await through([complaint, complaint, Buffer.from('0000')])
  expect(text.match(/larger than the box takes/g)).toHaveLength(1)
  expect(text.indexOf('larger than')).toBeGreaterThan(text.indexOf('exceeds'))
  expect(text.endsWith('0000')).toBe(true)
})

test('packets may arrive in any pieces', async () => {
  const bytes = [...Buffer.concat([complaint, Buffer.from('0000')])].map((byte) => Buffer.of(byte))
  expect(await through(bytes)).toBe(await through([complaint, Buffer.from('0000')]))
})

test('refs that look like a complaint are left alone, for they are not on the progress band', async () => {
  const refs = [pktLine(`${'a'.repeat(40)} refs/heads/No space left on device\n`), Buffer.from('0000')]
  expect(await through(refs)).toBe(Buffer.concat(refs).toString())
})

test('what is no packet goes through untouched', async () => {
  expect(await through([Buffer.from('git died: '), Buffer.from('No space left on device')])).toBe(
    'git died: No space left on device',
  )
})
