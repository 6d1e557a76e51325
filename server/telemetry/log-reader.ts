import { stat } from 'node:fs/promises'
import { hasErrorCode } from '../errors.ts'
import type { LineReader, StoredLine } from './log-line.ts'
import { FIRST_SEGMENT, isBefore, listSegments, type Position, readAt, segmentFile } from './segments.ts'

/** A line and the place behind it; `gap` when lines between were rotated away before they could be read. */
export type ReadLine = { line: StoredLine; next: Position } | { gap: true; next: Position }

const CHUNK_BYTES = 64 * 1024
/** No line that we wrote is longer, even with every byte escaped: what is, was damaged. */
const LINE_MAX_BYTES = 128 * 1024
const NEWLINE = 0x0a

/** Where the last `count` wanted lines before `end` begin, found from the back: old segments are not touched for nothing. */
export async function startOfLast(
  directory: string,
  end: Position,
  count: number,
  read: LineReader,
): Promise<Position> {
  if (count === 0) return end
  const segments = (await listSegments(directory)).filter((segment) => segment <= end.segment)
  let found = 0
  for (const segment of segments.toReversed()) {
    const size = segment === end.segment ? end.offset : await sizeOf(segmentFile(directory, segment))
    for await (const { line, offset } of linesBackwards(segmentFile(directory, segment), size)) {
      if (read(line)) found += 1
      if (found === count) return { segment, offset }
    }
  }
  return { segment: segments[0] ?? FIRST_SEGMENT, offset: 0 }
}

/** The wanted lines from one place to another, which both stand at the beginning of a line. */
export async function* linesBetween(
  directory: string,
  from: Position,
  to: Position,
  read: LineReader,
): AsyncGenerator<ReadLine> {
  let position = from
  let carry: Buffer = Buffer.alloc(0)
  while (isBefore(position, to)) {
    const limit = position.segment === to.segment ? to.offset - position.offset : CHUNK_BYTES
    const file = segmentFile(directory, position.segment)
    const chunk = await readAt(file, position.offset, Math.min(limit, CHUNK_BYTES))
    if (chunk === undefined || chunk.length === 0) {
      carry = Buffer.alloc(0)
      position = { segment: await segmentAfter(directory, position.segment, to), offset: 0 }
      if (chunk === undefined) yield { gap: true, next: position }
      continue
    }
    const lines = splitLines(Buffer.concat([carry, chunk]), position.offset - carry.length)
    for (const { bytes, end } of lines.whole) {
      const line = read(bytes)
      if (line) yield { line, next: { segment: position.segment, offset: end } }
    }
    carry = plausible(lines.rest)
    position = { segment: position.segment, offset: position.offset + chunk.length }
  }
}

function splitLines(buffer: Buffer, base: number) {
  const whole: { bytes: Buffer; end: number }[] = []
  let start = 0
  for (let at = buffer.indexOf(NEWLINE); at !== -1; at = buffer.indexOf(NEWLINE, start)) {
    whole.push({ bytes: buffer.subarray(start, at), end: base + at + 1 })
    start = at + 1
  }
  return { whole, rest: buffer.subarray(start) }
}

async function* linesBackwards(file: string, size: number): AsyncGenerator<{ line: Buffer; offset: number }> {
  let carry: Buffer = Buffer.alloc(0)
  let position = size
  while (position > 0) {
    const start = Math.max(0, position - CHUNK_BYTES)
    const chunk = await readAt(file, start, position - start)
    if (chunk === undefined) return
    const buffer = Buffer.concat([chunk, carry])
    let end = buffer.length
    for (let at = newlineBefore(buffer, end); at !== -1; at = newlineBefore(buffer, end)) {
      yield { line: buffer.subarray(at + 1, end), offset: start + at + 1 }
      end = at + 1
    }
    carry = plausible(buffer.subarray(0, end))
    position = start
  }
  if (carry.length > 0) yield { line: carry, offset: 0 }
}

/** Damage must not make the carry grow to the size of a file. */
function plausible(carry: Buffer): Buffer {
  return carry.length > LINE_MAX_BYTES ? Buffer.alloc(0) : carry
}

/** The newline that ends the line before the one that ends at `end`. */
function newlineBefore(buffer: Buffer, end: number): number {
  return end < 2 ? -1 : buffer.lastIndexOf(NEWLINE, end - 2)
}

async function segmentAfter(directory: string, segment: number, to: Position): Promise<number> {
  const next = (await listSegments(directory)).find((other) => other > segment)
  return next ?? to.segment + 1
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return 0
    throw error
  }
}
