import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import type { LogRecord as LogRecordSchema } from '../contract/log.ts'
import { type LineFilter, type LogEntry, lineReader, type StoredLine } from './log-line.ts'
import { linesBetween, type ReadLine, startOfLast } from './log-reader.ts'
import { startOfTime } from './log-time.ts'
import { LogWriter } from './log-writer.ts'
import { cursorOf, isBefore, positionOf } from './segments.ts'

export type { LogEntry } from './log-line.ts'
export type LogRecord = z.infer<typeof LogRecordSchema>
export type LogQuery = LineFilter & {
  lines: number
  after?: string
  since?: Date
  /** As many lines before `after` or `since`, for whoever wants to see what led there. */
  before?: number
  follow?: boolean
  signal?: AbortSignal
}

/** Every app's log as files: at most 80 MB each, the oldest lines go first. Never in the database. */
export class AppLogs implements AsyncDisposable {
  readonly #directory: string
  readonly #writers = new Map<string, LogWriter>()
  /** Their instances may still say something while they go away. */
  readonly #removed = new Set<string>()

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Written within 50 ms. Lines that cannot be written are dropped and counted in the log. */
  append(appId: string, entry: LogEntry): void {
    if (!this.#removed.has(appId)) this.#writer(appId).append(entry)
  }

  /**
   * Oldest first. The last `lines`; or those behind the cursor `after`, or from the time `since` on: at most `lines`, or
   * with follow all. With follow it goes on until the signal fires or the app is removed; a slow reader holds no memory, and is told
   * when lines were rotated away before it came to them.
   */
  async *read(appId: string, query: LogQuery): AsyncGenerator<LogRecord> {
    const { lines, after, since, before = 0, follow = false, signal } = query
    const fromPlace = after !== undefined || since !== undefined
    const writer = this.#writer(appId)
    const reader = lineReader(query)
    let end = await writer.end()
    let position = end
    if (after !== undefined) position = positionOf(after)
    else if (since) position = await startOfTime(writer.directory, end, since)
    if (isBefore(end, position)) position = end
    position = await startOfLast(writer.directory, position, fromPlace ? before : lines, reader)
    let left = follow || !fromPlace ? Number.POSITIVE_INFINITY : lines + before
    for (;;) {
      for await (const found of linesBetween(writer.directory, position, end, reader)) {
        if (signal?.aborted || left === 0) return
        yield recordOf(found)
        left -= 1
      }
      position = end
      if (!follow) return
      await writer.grown(position, signal)
      if (signal?.aborted || writer.closed) return
      end = writer.written
    }
  }

  /** Everything appended so far is on its way to the disk when this resolves. */
  async flush(): Promise<void> {
    await Promise.all([...this.#writers.values()].map((writer) => writer.flush()))
  }

  /** Ends its readers; later lines of this app are ignored. */
  async remove(appId: string): Promise<void> {
    this.#removed.add(appId)
    await this.#writers.get(appId)?.close()
    this.#writers.delete(appId)
    await rm(this.#directoryOf(appId), { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#writers.values()].map((writer) => writer.close()))
  }

  #writer(appId: string): LogWriter {
    let writer = this.#writers.get(appId)
    if (!writer) {
      writer = new LogWriter(this.#directoryOf(appId))
      this.#writers.set(appId, writer)
    }
    return writer
  }

  #directoryOf(appId: string): string {
    if (!/^\w[\w-]*$/.test(appId)) throw new TypeError('Not an app id')
    return join(this.#directory, appId)
  }
}

function recordOf(found: ReadLine): LogRecord {
  return { cursor: cursorOf(found.next), ...('line' in found ? found.line : gapLine()) }
}

function gapLine(): StoredLine {
  const text = 'Lines are missing here: they were rotated away before this reader came to them.'
  return { at: new Date().toISOString(), source: 'paas', process: 'logs', text }
}
