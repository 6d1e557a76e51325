import { appendFile, mkdir, rm, stat } from 'node:fs/promises'
import { encodeLine, type LogEntry } from './log-line.ts'
import {
  FIRST_SEGMENT,
  listSegments,
  openSegment,
  type Position,
  readAt,
  SEGMENT_BYTES,
  SEGMENTS_KEPT,
  segmentFile,
} from './segments.ts'

/** Lines wait this long at most, so that a busy app costs twenty writes a second however much it says. */
const FLUSH_MS = 50
/** What may wait in memory while the disk is slow or full; then lines are dropped and counted. */
const PENDING_MAX_BYTES = 4 * 1024 * 1024
const NEWLINE = 0x0a

/** Appends one app's lines to its newest segment in batches, and tells those who wait for them. */
export class LogWriter {
  readonly directory: string
  #pending: string[] = []
  #pendingBytes = 0
  #dropped = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #opened: Promise<void> | undefined
  #end: Position = { segment: FIRST_SEGMENT, offset: 0 }
  /** The newest segment ends in half a line, left by a crash or a full disk. */
  #torn = false
  #closed = false
  #readers = new Set<() => void>()

  constructor(directory: string) {
    this.directory = directory
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Where the written part of the log ends; known after the first `end()`. */
  get written(): Position {
    return { ...this.#end }
  }

  append(entry: LogEntry): void {
    if (this.#closed) return
    if (this.#pendingBytes > PENDING_MAX_BYTES) {
      this.#dropped += 1
      return
    }
    const line = encodeLine(entry)
    this.#pending.push(line)
    this.#pendingBytes += line.length
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS)
  }

  /** Resolves when everything appended so far is in the file, or was dropped because it could not be written. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#writePending())
    return this.#writing
  }

  /** Where the log ends, with everything that was appended before the call. */
  async end(): Promise<Position> {
    await this.flush()
    await this.#open()
    return this.written
  }

  /** Resolves when the log has grown beyond `known`, it was closed, or the signal fires. */
  async grown(known: Position, signal?: AbortSignal): Promise<void> {
    if (this.#closed || signal?.aborted) return
    if (known.segment !== this.#end.segment || known.offset !== this.#end.offset) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = () => resolve()
    this.#readers.add(wake)
    signal?.addEventListener('abort', wake)
    await promise
    signal?.removeEventListener('abort', wake)
    this.#readers.delete(wake)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    await this.flush()
    this.#closed = true
    this.#wake()
  }

  async #writePending(): Promise<void> {
    if (this.#pending.length === 0 || this.#closed) return
    const lines = this.#pending
    this.#pending = []
    this.#pendingBytes = 0
    try {
      await this.#open()
      await this.#write(Buffer.from((this.#torn ? '\n' : '') + this.#droppedLine() + lines.join('')))
      this.#dropped = 0
    } catch {
      this.#dropped += lines.length
      this.#opened = undefined
    }
    this.#wake()
  }

  async #write(batch: Buffer): Promise<void> {
    if (this.#end.offset > 0 && this.#end.offset + batch.length > SEGMENT_BYTES) await this.#rotate()
    await mkdir(this.directory, { recursive: true, mode: 0o700 })
    await appendFile(segmentFile(this.directory, this.#end.segment), batch, { mode: 0o600 })
    this.#end = { ...this.#end, offset: this.#end.offset + batch.length }
    this.#torn = false
  }

  async #rotate(): Promise<void> {
    this.#end = { segment: this.#end.segment + 1, offset: 0 }
    const oldest = this.#end.segment - SEGMENTS_KEPT
    const surplus = (await listSegments(this.directory)).filter((segment) => segment <= oldest)
    for (const segment of surplus) await rm(segmentFile(this.directory, segment), { force: true })
  }

  async #open(): Promise<void> {
    this.#opened ??= this.#findEnd()
    try {
      await this.#opened
    } catch (error) {
      this.#opened = undefined
      throw error
    }
  }

  async #findEnd(): Promise<void> {
    const segment = (await listSegments(this.directory)).at(-1)
    if (segment === undefined) return
    const file = segmentFile(this.directory, segment)
    const offset = (await stat(file)).size
    this.#end = { segment, offset }
    await using handle = await openSegment(file)
    this.#torn = handle !== undefined && offset > 0 && (await readAt(handle, offset - 1, 1))[0] !== NEWLINE
  }

  #droppedLine(): string {
    if (this.#dropped === 0) return ''
    return encodeLine({ at: new Date(), source: 'paas', process: 'logs', text: `${this.#dropped} lines dropped` })
  }

  #wake(): void {
    const readers = [...this.#readers]
    this.#readers.clear()
    for (const resolve of readers) resolve()
  }
}
