import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from '../../log.ts'
import { Capture } from './capture.ts'
import { readJournal } from './journal-reader.ts'
import { splitLines } from './raw-output.ts'

const log = createLog('test', 'error')
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'paas-capture-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('a line is kept once it is complete; the end of the process completes the last one', async () => {
  const capture = await Capture.open(directory, log)
  appendFileSync(join(directory, 'stdout'), 'whole\r\nhal')
  await capture.finish()
  expect(await texts(capture)).toEqual(['whole', 'hal'])
  appendFileSync(join(directory, 'stdout'), 'next\n\n')
  await capture.finish()
  expect(await texts(capture)).toEqual(['whole', 'hal', 'next', ''])
  await capture.close()
})

test('what was written while nobody read is kept, and nothing twice', async () => {
  const first = await Capture.open(directory, log)
  appendFileSync(join(directory, 'stdout'), 'one\ntwo\nthr')
  await expect.poll(() => texts(first)).toEqual(['one', 'two'])
  await first.close()
  appendFileSync(join(directory, 'stdout'), 'ee\nfour\n')
  const second = await Capture.open(directory, log)
  await expect.poll(() => texts(second)).toEqual(['one', 'two', 'three', 'four'])
  await second.close()
})

test('the disk space of what has been read is given back', async () => {
  const capture = await Capture.open(directory, log)
  const line = `${'x'.repeat(999)}\n`
  for (let n = 0; n < 12; n++) appendFileSync(join(directory, 'stdout'), line.repeat(1_000))
  await capture.finish()
  expect(statSync(join(directory, 'stdout')).blocks * 512).toBeLessThan(6 * 1024 * 1024)
  appendFileSync(join(directory, 'stdout'), 'last\n')
  await capture.finish()
  expect((await texts(capture)).at(-1)).toBe('last')
  await capture.close()
})

test('output that comes faster than it can be kept is dropped with a word', async () => {
  const block = Buffer.alloc(1024 * 1024, 'x\n')
  for (let n = 0; n < 66; n++) appendFileSync(join(directory, 'stderr'), block)
  const capture = await Capture.open(directory, log)
  await capture.finish()
  appendFileSync(join(directory, 'stderr'), 'after\n')
  await capture.finish()
  expect(await texts(capture)).toEqual([expect.stringMatching(/^paas: 69206016 bytes of output were dropped/), 'after'])
  await capture.close()
})

test('lines longer than 16 kB arrive in pieces, bytes that are no text do not stop the rest', () => {
  const pieces = splitLines(Buffer.from(`${'y'.repeat(40_000)}\nshort\n`), false)
  expect(pieces.map(({ text }) => text.length)).toEqual([16_384, 16_384, 7_232, 5])
  expect(pieces.at(-1)?.end).toBe(40_007)
  const odd = splitLines(Buffer.from([0xff, 0x0a, 0x61, 0x0a]), false)
  expect(odd.map(({ text }) => text)).toEqual(['\ufffd', 'a'])
})

async function texts(capture: Capture): Promise<string[]> {
  const read: string[] = []
  for await (const { text } of readJournal(capture.journal, {})) read.push(text)
  return read
}
