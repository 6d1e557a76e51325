import { type FileHandle, mkdir, open, readdir, readFile, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import {
  formatEntry,
  formatHeader,
  type JournalEntry,
  parseEntry,
  parseHeader,
  type RawOffsets,
} from './journal-line.ts'

/** A segment is closed at this size; with two kept, an instance's log takes at most 16 MB. */
const SEGMENT_BYTES = 8 * 1024 * 1024
const KEPT_SEGMENTS = 2
/** Lines get a millisecond of their own, so that reading on `since` a line repeats and skips none; up to this far ahead of the clock. */
const LONGEST_LEAD_MS = 1_000

const SEGMENT_NAME = /^journal\.(\d+)$/

/** The lines of one instance with their times, in numbered segment files. One writer; readers follow by `changed`. */
export class Journal {
  readonly directory: string
  readonly offsets: RawOffsets
  #file: FileHandle
  #segment: number
  #size: number
  #lastTime: number
  #closed = false
  #version = 0
  readonly #waiting = new Set<() => void>()

  private constructor(directory: string, file: FileHandle, segment: number, state: SegmentState) {
    this.directory = directory
    this.#file = file
    this.#segment = segment
    this.#size = state.size
    this.#lastTime = state.lastTime
    this.offsets = state.offsets
  }

  /** Continues where the last complete line ends; a line that was cut short by a crash is dropped and read again. */
  static async open(directory: string): Promise<Journal> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const segment = (await segmentsIn(directory)).at(-1) ?? 1
    const path = join(directory, `journal.${segment}`)
    const file = await open(path, 'a', 0o600)
    const state = parseSegment(await readFile(path, 'utf8'))
    await truncate(path, state.size)
    return new Journal(directory, file, segment, state)
  }

  get segment(): number {
    return this.#segment
  }
  get closed(): boolean {
    return this.#closed
  }
  /** Grows with every change that a reader may want to see. */
  get version(): number {
    return this.#version
  }

  pathOf(segment: number): string {
    return join(this.directory, `journal.${segment}`)
  }

  async firstSegment(): Promise<number> {
    return (await segmentsIn(this.directory))[0] ?? this.#segment
  }

  /** All of them or none; `offsets` moves with them. */
  async append(lines: Omit<JournalEntry, 'time'>[]): Promise<void> {
    if (this.#size >= SEGMENT_BYTES) await this.#rotate()
    let last = this.#lastTime
    const text = lines
      .map((line) => {
        last = stamp(last)
        return formatEntry({ time: last, ...line })
      })
      .join('')
    await this.#write(text)
    this.#lastTime = last
    for (const { stream, offset } of lines) this.offsets[stream] = offset
    this.#announce()
  }

  /** Resolves at the next change after `version`, or with the signal. */
  async changed(version: number, signal?: AbortSignal): Promise<void> {
    if (version !== this.#version || signal?.aborted) return
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#waiting.delete(done)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(done)
      signal?.addEventListener('abort', done, { once: true })
    })
  }

  /** Readers that follow come to their end. The files stay. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#announce()
    await this.#file.close()
  }

  async #write(text: string): Promise<void> {
    try {
      await this.#file.appendFile(text)
      this.#size += Buffer.byteLength(text)
    } catch (error) {
      await this.#file.truncate(this.#size)
      throw error
    }
  }

  async #rotate(): Promise<void> {
    const next = await open(this.pathOf(this.#segment + 1), 'a', 0o600)
    await this.#file.close()
    this.#file = next
    this.#segment += 1
    this.#size = 0
    await this.#write(formatHeader(this.#lastTime, this.offsets))
    const old = (await segmentsIn(this.directory)).slice(0, -KEPT_SEGMENTS)
    await Promise.all(old.map((segment) => rm(this.pathOf(segment), { force: true })))
  }

  #announce(): void {
    this.#version += 1
    for (const wake of this.#waiting) wake()
  }
}

type SegmentState = { size: number; lastTime: number; offsets: RawOffsets }

function parseSegment(content: string): SegmentState {
  const complete = content.slice(0, content.lastIndexOf('\n') + 1)
  const lines = complete.split('\n')
  const header = parseHeader(lines[0] ?? '')
  const state: SegmentState = {
    size: Buffer.byteLength(complete),
    lastTime: header?.lastTime ?? 0,
    offsets: header?.offsets ?? { stdout: 0, stderr: 0 },
  }
  for (const entry of lines.map(parseEntry)) {
    if (!entry) continue
    state.offsets[entry.stream] = entry.offset
    state.lastTime = entry.time
  }
  return state
}

async function segmentsIn(directory: string): Promise<number[]> {
  const numbers = (await readdir(directory)).map((name) => SEGMENT_NAME.exec(name)?.[1])
  return numbers
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
}

function stamp(last: number): number {
  const now = Date.now()
  if (now > last) return now
  return last - now < LONGEST_LEAD_MS ? last + 1 : last
}
