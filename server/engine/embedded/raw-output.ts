import { execFile } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { JournalEntry, OutputStream } from './journal-line.ts'

const CHUNK_BYTES = 64 * 1024
/** Longer lines arrive in pieces. */
const LONGEST_LINE_BYTES = 16 * 1024
/** Output that waits to be read beyond this is skipped, with a line that says so. */
const LONGEST_BACKLOG_BYTES = 64 * 1024 * 1024
/** Disk space of read output is given back in pieces of this size. */
const PUNCH_BYTES = 4 * 1024 * 1024

type RawLine = Omit<JournalEntry, 'time'>

/**
 * The file that a process writes its output to, by a descriptor of its own: nothing is lost while nobody reads. What has
 * been read is punched out of the file, so it stays small on disk while offsets go on growing.
 */
export class RawOutput {
  readonly #path: string
  readonly #stream: OutputStream
  readonly #file: FileHandle
  #punched = 0

  private constructor(path: string, stream: OutputStream, file: FileHandle) {
    this.#path = path
    this.#stream = stream
    this.#file = file
  }

  static async open(path: string, stream: OutputStream): Promise<RawOutput> {
    return new RawOutput(path, stream, await open(path, 'a+', 0o600))
  }

  /** A descriptor for the process to write to; the caller closes it. */
  descriptor(): number {
    return openSync(this.#path, 'a', 0o600)
  }

  /** Some lines after `offset`; empty when there are none. `final`: what is left without an end of line is a line too. */
  async read(offset: number, final: boolean): Promise<RawLine[]> {
    const { size } = await this.#file.stat()
    if (size < offset) return this.read(0, final)
    if (size - offset > LONGEST_BACKLOG_BYTES) return [this.#skip(offset, size)]
    const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, offset)
    const atEnd = offset + bytesRead >= size
    return splitLines(buffer.subarray(0, bytesRead), final && atEnd).map(({ text, end }) => ({
      stream: this.#stream,
      offset: offset + end,
      text,
    }))
  }

  /** Gives the disk space before `offset` back; where the file system cannot, the file is emptied once all is read. */
  async forget(offset: number): Promise<void> {
    const length = offset - this.#punched
    if (length < PUNCH_BYTES) return
    const range = ['--offset', String(this.#punched), '--length', String(length)]
    this.#punched = offset
    try {
      await promisify(execFile)('fallocate', ['--punch-hole', ...range, this.#path])
    } catch {
      if ((await this.#file.stat()).size === offset) await this.#file.truncate(0)
      this.#punched = 0
    }
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  #skip(offset: number, size: number): RawLine {
    const text = `paas: ${size - offset} bytes of output were dropped: they came faster than they could be kept`
    return { stream: this.#stream, offset: size, text }
  }
}

/** Closes what `descriptor()` gave out. */
export function closeDescriptors(...descriptors: number[]): void {
  for (const descriptor of descriptors) closeSync(descriptor)
}

/** `end`: bytes from the beginning of `chunk` to the end of the line, its end-of-line included. */
export function splitLines(chunk: Buffer, final: boolean): { text: string; end: number }[] {
  const lines: { text: string; end: number }[] = []
  let start = 0
  while (start < chunk.length) {
    const newline = chunk.indexOf(0x0a, start)
    const cut = start + LONGEST_LINE_BYTES
    if (newline >= 0 && newline <= cut) {
      lines.push({ text: lineText(chunk, start, newline), end: newline + 1 })
      start = newline + 1
    } else if (chunk.length >= cut) {
      lines.push({ text: lineText(chunk, start, cut), end: cut })
      start = cut
    } else {
      if (final) lines.push({ text: lineText(chunk, start, chunk.length), end: chunk.length })
      break
    }
  }
  return lines
}

function lineText(chunk: Buffer, start: number, end: number): string {
  const trimmed = end > start && chunk[end - 1] === 0x0d ? end - 1 : end
  return chunk.toString('utf8', start, trimmed)
}
