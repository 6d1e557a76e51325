import type { FileHandle } from 'node:fs/promises'
import { FIRST_SEGMENT, listSegments, openSegment, type Position, readAt, segmentFile } from './segments.ts'

/** Two lines at their longest, of which one is whole. */
const LOOK_BYTES = 256 * 1024
const NEWLINE = 0x0a

type FoundLine = { at: string; offset: number }

/**
 * Where the lines of a time begin. Lines stand in the order in which they came, which is that of their times but for a
 * moment: it is looked for by halves.
 */
export async function startOfTime(directory: string, end: Position, time: Date): Promise<Position> {
  const wanted = time.toISOString()
  let place: Position = { segment: FIRST_SEGMENT, offset: 0 }
  for (const segment of await listSegments(directory)) {
    if (segment > end.segment) break
    await using handle = await openSegment(segmentFile(directory, segment))
    const first = handle && (await lineBehind(handle, 0))
    if (!handle || (first && first.at >= wanted)) break
    const size = segment === end.segment ? end.offset : (await handle.stat()).size
    place = { segment, offset: await offsetOf(handle, size, wanted) }
  }
  return place
}

/** Of the first line that is not before it, or the end. */
async function offsetOf(handle: FileHandle, size: number, wanted: string): Promise<number> {
  let [low, high] = [0, size]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const found = await lineBehind(handle, middle)
    if (found && found.at < wanted) low = found.offset + 1
    else high = middle
  }
  return (await lineBehind(handle, low))?.offset ?? size
}

/** The first that begins there or later and can be read. */
async function lineBehind(handle: FileHandle, offset: number): Promise<FoundLine | undefined> {
  const from = Math.max(0, offset - 1)
  const bytes = await readAt(handle, from, LOOK_BYTES)
  for (let start = offset === 0 ? 0 : bytes.indexOf(NEWLINE) + 1; ; ) {
    const stop = bytes.indexOf(NEWLINE, start)
    if (stop === -1 || (offset > 0 && start === 0)) return undefined
    const at = timeOf(bytes.subarray(start, stop))
    if (at !== undefined) return { at, offset: from + start }
    start = stop + 1
  }
}

function timeOf(line: Buffer): string | undefined {
  try {
    const value = JSON.parse(line.toString('utf8')) as { at?: unknown } | null
    return typeof value?.at === 'string' ? value.at : undefined
  } catch {
    return undefined
  }
}
