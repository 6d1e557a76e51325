import type { LogLine } from '../engine.ts'
import { frames } from './frames.ts'

/** The engine cuts longer lines into pieces of this size. */
const PIECE_BYTES = 16 * 1024
/** We join them up to here. */
const MAX_LINE_BYTES = 256 * 1024
const NEWLINE = 0x0a
const SPACE = 0x20

/** `cursor` orders lines more finely than a Date can: nanoseconds since 1970. */
export type StampedLine = LogLine & { cursor: bigint }

/** Output of a container as the engine sends it when asked for timestamps. */
export function logLines(chunks: AsyncIterable<Buffer>, tty: boolean): AsyncGenerator<StampedLine> {
  return tty ? terminalLines(chunks) : framedLines(chunks)
}

type Unfinished = { stamp: string; pieces: Buffer[]; bytes: number }

/**
 * One frame is one line or a piece of one. Pieces of a line have one stamp; with the `local` log driver not even the last
 * ends with a newline, but it is shorter.
 */
async function* framedLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<StampedLine> {
  const unfinished = new Map<LogLine['stream'], Unfinished>()
  for await (const { stream, payload } of frames(chunks)) {
    const { stamp, text } = split(payload)
    const before = unfinished.get(stream)
    if (before && before.stamp !== stamp) yield whole(stream, before)
    const line = before?.stamp === stamp ? before : { stamp, pieces: [], bytes: 0 }
    line.pieces.push(text)
    line.bytes += text.length
    if (text.length === PIECE_BYTES && line.bytes < MAX_LINE_BYTES) unfinished.set(stream, line)
    else {
      unfinished.delete(stream)
      yield whole(stream, line)
    }
  }
  for (const [stream, line] of unfinished) yield whole(stream, line)
}

function whole(stream: LogLine['stream'], { stamp, pieces }: Unfinished): StampedLine {
  return stamped(stamp, stream, Buffer.concat(pieces))
}

async function* terminalLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<StampedLine> {
  let held = Buffer.alloc(0)
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk])
    for (let end = held.indexOf(NEWLINE); end >= 0; end = held.indexOf(NEWLINE)) {
      const { stamp, text } = split(held.subarray(0, end + 1))
      yield stamped(stamp, 'stdout', text)
      held = held.subarray(end + 1)
    }
    if (held.length > MAX_LINE_BYTES) {
      const { stamp, text } = split(held)
      yield stamped(stamp, 'stdout', text)
      held = Buffer.from(`${stamp} `)
    }
  }
}

function split(payload: Buffer): { stamp: string; text: Buffer } {
  const space = payload.indexOf(SPACE)
  return { stamp: payload.toString('latin1', 0, space), text: payload.subarray(space + 1) }
}

function stamped(stamp: string, stream: LogLine['stream'], bytes: Buffer): StampedLine {
  return {
    time: new Date(stamp),
    stream,
    text: bytes.toString('utf8').replace(/\r?\n$/, ''),
    cursor: nanoseconds(stamp),
  }
}

/** `2026-11-21T02:45:53.123456789Z` */
export function nanoseconds(stamp: string): bigint {
  const [whole = '', fraction = ''] = stamp.replace(/Z$/, '').split('.')
  return BigInt(Date.parse(`${whole}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9))
}

/** As the engine's `since` wants it: seconds with nine decimals. */
export function sinceParameter(cursor: bigint): string {
  return `${cursor / 1_000_000_000n}.${String(cursor % 1_000_000_000n).padStart(9, '0')}`
}
