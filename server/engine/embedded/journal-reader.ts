import { type FileHandle, open } from 'node:fs/promises'
import { hasErrorCode } from '../../errors.ts'
import type { LogLine } from '../engine.ts'
import type { Journal } from './journal.ts'
import { parseEntry } from './journal-line.ts'

/** Larger than any line, see raw-output.ts. */
const READ_BYTES = 64 * 1024

export type ReadOptions = { since?: Date; tail?: number; follow?: boolean; signal?: AbortSignal }

/** Oldest first. With follow, ends when the journal is closed and read to its end, or with the signal. */
export async function* readJournal(journal: Journal, options: ReadOptions): AsyncGenerator<LogLine> {
  const since = options.since?.getTime() ?? 0
  let held: LogLine[] | null = options.tail === undefined ? null : []
  for await (const line of walk(journal, options)) {
    if (line === 'caught-up') {
      yield* held ?? []
      held = null
    } else if (line.time.getTime() <= since) {
    } else if (held) {
      held.push(line)
      if (held.length > (options.tail ?? 0)) held.shift()
    } else {
      yield line
    }
  }
}

async function* walk(journal: Journal, options: ReadOptions): AsyncGenerator<LogLine | 'caught-up'> {
  let segment = await journal.firstSegment()
  let following = false
  while (!options.signal?.aborted) {
    const file = await openIfThere(journal.pathOf(segment))
    if (!file) {
      const first = await journal.firstSegment()
      if (first <= segment) return
      segment = first
      continue
    }
    await using reader = new SegmentReader(file)
    while (!options.signal?.aborted) {
      const before = { version: journal.version, last: journal.segment === segment, closed: journal.closed }
      const lines = await reader.next()
      yield* lines
      if (lines.length > 0) continue
      if (!before.last) break
      if (!following) yield 'caught-up'
      following = true
      if (!options.follow || before.closed) return
      await journal.changed(before.version, options.signal)
    }
    segment += 1
  }
}

class SegmentReader implements AsyncDisposable {
  readonly #file: FileHandle
  #position = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** Complete lines that have not been read yet; empty at the end. */
  async next(): Promise<LogLine[]> {
    while (true) {
      const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, this.#position)
      const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a)
      if (end < 0) return []
      this.#position += end + 1
      const entries = buffer.toString('utf8', 0, end).split('\n').map(parseEntry)
      const lines = entries
        .filter((entry) => entry !== null)
        .map(({ time, stream, text }) => ({ time: new Date(time), stream, text }))
      if (lines.length > 0) return lines
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return null
    throw error
  }
}
