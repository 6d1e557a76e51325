import { type FileHandle, stat } from 'node:fs/promises'
import { hasErrorCode } from '../errors.ts'
import type { LineReader, StoredLine } from './log-line.ts'
import { FIRST_SEGMENT, isBefore, listSegments, openSegment, type Position, readAt, segmentFile } from './segments.ts'

/** A line and the place behind it; `gap` when lines between were rotated away before they could be read. */
export type ReadLine = { line: StoredLine; next: Position } | { gap: true; next: Position }

const CHUNK_BYTES = 64 * 1024
/** The last lines are mostly in the first chunk from the back; who has to go further goes in longer steps. */
const LONGEST_CHUNK_BYTES = 512 * 1024
/** No line that we wrote is longer, even with every byte escaped: what is, was damaged. */
const LINE_MAX_BYTES = 128 * 1024
const NEWLINE = 0x0a

/** Where the last `count` wanted lines before `end` begin, found from the back: old segments are not touched for nothing. */
export async function startOfLast(
  directory: string,
  end: Position,
  count: number,
  reader: LineReader,
): Promise<Position> {
  if (count === 0) return end
  const segments = (await listSegments(directory)).filter((segment) => segment <= end.segment)
  let found = 0
  for (const segment of segments.toReversed()) {
    const file = segmentFile(directory, segment)
    const size = segment === end.segment ? end.offset : await sizeOf(file)
    for await (const lines of linesFromBack(file, size, reader)) {
      for (const { bytes, offset } of lines) {
        if (reader.read(bytes)) found += 1
        if (found === count) return { segment, offset }
      }
    }
  }
  return { segment: segments[0] ?? FIRST_SEGMENT, offset: 0 }
}

/** The wanted lines from one place to another, which both stand at the beginning of a line. */
export async function* linesBetween(
  directory: string,
  from: Position,
  to: Position,
  reader: LineReader,
): AsyncGenerator<ReadLine> {
  let position = from
  while (isBefore(position, to)) {
    const { segment, offset } = position
    await using handle = await openSegment(segmentFile(directory, segment))
    if (handle) yield* linesOfSegment(handle, segment, offset, segment === to.segment ? to.offset : undefined, reader)
    if (segment === to.segment) return
    position = { segment: await segmentAfter(directory, segment, to), offset: 0 }
    if (!handle) yield { gap: true, next: position }
  }
}

/** To `limit`, or to the end of the file. */
async function* linesOfSegment(
  handle: FileHandle,
  segment: number,
  from: number,
  limit: number | undefined,
  reader: LineReader,
): AsyncGenerator<ReadLine> {
  let carry: Buffer = Buffer.alloc(0)
  let offset = from
  while (limit === undefined || offset < limit) {
    const chunk = await readAt(handle, offset, Math.min(CHUNK_BYTES, (limit ?? Number.POSITIVE_INFINITY) - offset))
    if (chunk.length === 0) return
    const buffer = Buffer.concat([carry, chunk])
    for (const { bytes, end } of reader.mayHold(buffer) ? linesOf(buffer) : []) {
      const line = reader.read(bytes)
      if (line) yield { line, next: { segment, offset: offset - carry.length + end } }
    }
    carry = plausible(buffer.subarray(buffer.lastIndexOf(NEWLINE) + 1))
    offset += chunk.length
  }
}

/** The whole lines, and where each ends. */
function* linesOf(buffer: Buffer): Generator<{ bytes: Buffer; end: number }> {
  let start = 0
  for (let at = buffer.indexOf(NEWLINE); at !== -1; at = buffer.indexOf(NEWLINE, start)) {
    yield { bytes: buffer.subarray(start, at), end: at + 1 }
    start = at + 1
  }
}

type PlacedLine = { bytes: Buffer; offset: number }

/** The lines of a file in batches, last line first, and where each begins. */
async function* linesFromBack(file: string, size: number, reader: LineReader): AsyncGenerator<Iterable<PlacedLine>> {
  await using handle = await openSegment(file)
  let carry: Buffer = Buffer.alloc(0)
  let step = CHUNK_BYTES
  for (let end = size; handle && end > 0; step = Math.min(step * 2, LONGEST_CHUNK_BYTES)) {
    const start = Math.max(0, end - step)
    const buffer = Buffer.concat([await readAt(handle, start, end - start), carry])
    if (reader.mayHold(buffer)) yield linesOfReversed(buffer, start)
    carry = plausible(buffer.subarray(0, buffer.indexOf(NEWLINE) + 1))
    end = start
  }
  if (carry.length > 0) yield [{ bytes: carry, offset: 0 }]
}

/** All but the first line, whose beginning may be in the chunk before. */
function* linesOfReversed(buffer: Buffer, base: number): Generator<PlacedLine> {
  let end = buffer.length
  for (let at = newlineBefore(buffer, end); at !== -1; at = newlineBefore(buffer, end)) {
    yield { bytes: buffer.subarray(at + 1, end), offset: base + at + 1 }
    end = at + 1
  }
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
  return next ?? to.segment
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return 0
    throw error
  }
}
