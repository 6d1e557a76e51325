import type { LogLine } from '../engine.ts'

export type OutputStream = LogLine['stream']

/** How far each raw output file has been read, in bytes from its beginning. */
export type RawOffsets = Record<OutputStream, number>

/** One line of an instance's output as the journal keeps it. */
export type JournalEntry = {
  /** Milliseconds since 1970. */
  time: number
  stream: OutputStream
  /** Where the line ends in the raw file it came from: text and progress are written as one. */
  offset: number
  text: string
}

const CODES: Record<string, OutputStream> = { o: 'stdout', e: 'stderr' }

export function formatEntry(entry: JournalEntry): string {
  return `${entry.time} ${entry.stream === 'stdout' ? 'o' : 'e'} ${entry.offset} ${entry.text}\n`
}

/** First line of each segment: what was known when it began. */
export function formatHeader(lastTime: number, offsets: RawOffsets): string {
  return `${lastTime} # ${offsets.stdout} ${offsets.stderr}\n`
}

/** Null for a header, and for what is not a journal line. */
export function parseEntry(line: string): JournalEntry | null {
  const match = /^(\d+) ([oe]) (\d+) (.*)$/s.exec(line)
  const [, time, code, offset, text] = match ?? []
  const stream = CODES[code ?? '']
  if (time === undefined || offset === undefined || text === undefined || !stream) return null
  return { time: Number(time), stream, offset: Number(offset), text }
}

export function parseHeader(line: string): { lastTime: number; offsets: RawOffsets } | null {
  const match = /^(\d+) # (\d+) (\d+)$/.exec(line)
  if (!match) return null
  return { lastTime: Number(match[1]), offsets: { stdout: Number(match[2]), stderr: Number(match[3]) } }
}
