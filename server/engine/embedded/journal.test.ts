import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LogLine } from '../engine.ts'
import { Journal } from './journal.ts'
import { type ReadOptions, readJournal } from './journal-reader.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'paas-journal-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('a burst of lines gets times of its own, in order', async () => {
  const journal = await Journal.open(directory)
  await journal.append(numbered(1, 500))
  const times = (await read(journal, {})).map(({ time }) => time.getTime())
  expect(new Set(times).size).toBe(500)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  await journal.close()
})

test('a line cut short by a crash is dropped, and its stream goes on where the last whole line ended', async () => {
  const first = await Journal.open(directory)
  await first.append(numbered(1, 3))
  await first.close()
  appendFileSync(first.pathOf(1), '1700000000000 o 4000 half a li')

  const second = await Journal.open(directory)
  expect(second.offsets).toEqual({ stdout: 30, stderr: 0 })
  await second.append(numbered(4, 1))
  expect((await read(second, {})).map(({ text }) => text)).toEqual(['line 1', 'line 2', 'line 3', 'line 4'])
  await second.close()
})

test('a full segment makes room for the next, and offsets survive the change', async () => {
  const journal = await Journal.open(directory)
  const long = 'x'.repeat(16_000)
  const following: string[] = []
  const reading = (async () => {
    for await (const { text } of readJournal(journal, { follow: true })) following.push(text.slice(0, 8))
  })()
  for (let n = 1; n <= 18; n++) {
    const lines = Array.from({ length: 100 }, (_, i) => {
      const number = (n - 1) * 100 + i + 1
      return { stream: 'stderr' as const, offset: number * 16_001, text: `${String(number).padStart(8)}${long}` }
    })
    await journal.append(lines)
  }
  await journal.close()
  await reading
  expect(following.map(Number)).toEqual(Array.from({ length: 1_800 }, (_, n) => n + 1))
  expect(readdirSync(directory)).toHaveLength(2)
  const again = await Journal.open(directory)
  expect(again.offsets.stderr).toBe(1_800 * 16_001)
  expect((await read(again, { tail: 1 }))[0]?.text.trim().slice(0, 4)).toBe('1800')
  await again.close()
})

test('a follower with a tail gets the tail first and then what comes', async () => {
  const journal = await Journal.open(directory)
  await journal.append(numbered(1, 10))
  const seen: string[] = []
  const reading = (async () => {
    for await (const { text } of readJournal(journal, { tail: 2, follow: true })) seen.push(text)
  })()
  await journal.append(numbered(11, 1))
  await journal.close()
  await reading
  expect(seen.slice(-2)).toEqual(['line 10', 'line 11'])
  expect(seen.length).toBeLessThanOrEqual(3)
})

function numbered(from: number, count: number) {
  return Array.from({ length: count }, (_, n) => ({
    stream: 'stdout' as const,
    offset: (from + n) * 10,
    text: `line ${from + n}`,
  }))
}

async function read(journal: Journal, options: ReadOptions): Promise<LogLine[]> {
  const lines: LogLine[] = []
  for await (const line of readJournal(journal, options)) lines.push(line)
  return lines
}
