import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hasErrorCode, PaasError } from '../errors.ts'

/** A place in an app's log: the byte `offset` of the file numbered `segment`. Grows for ever. */
export type Position = { segment: number; offset: number }

/** One app keeps at most this times SEGMENTS_KEPT, and a little for a last batch: 80 MB. */
export const SEGMENT_BYTES = 16 * 1024 * 1024
export const SEGMENTS_KEPT = 5
export const FIRST_SEGMENT = 1

const NAME = /^(\d{8})\.ndjson$/

export function segmentFile(directory: string, segment: number): string {
  return join(directory, `${String(segment).padStart(8, '0')}.ndjson`)
}

/** Ascending; empty for an app that has never logged. */
export async function listSegments(directory: string): Promise<number[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return []
    throw error
  })
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}

/** Undefined when it was rotated away. */
export async function openSegment(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r')
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Up to `bytes` from there; empty at the end of the file. */
export async function readAt(handle: FileHandle, offset: number, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(bytes), 0, bytes, offset)
  return buffer.subarray(0, bytesRead)
}

export function isBefore(one: Position, other: Position): boolean {
  return one.segment < other.segment || (one.segment === other.segment && one.offset < other.offset)
}

/** Opaque to clients; sorts as text. */
export function cursorOf({ segment, offset }: Position): string {
  return `${String(segment).padStart(8, '0')}.${String(offset).padStart(9, '0')}`
}

/** Throws `logs.invalid-cursor`. */
export function positionOf(cursor: string): Position {
  const match = /^(\d{8})\.(\d{9})$/.exec(cursor)
  if (match) return { segment: Number(match[1]), offset: Number(match[2]) }
  throw new PaasError('invalid', 'logs.invalid-cursor', 'This is not a place in a log.', {
    fix: 'Pass the cursor of a line that was received, or none.',
  })
}
