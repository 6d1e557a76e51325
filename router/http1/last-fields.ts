import { latin1 } from '../io/latin1.ts'

/** Longer ones are read each time: they would cost the connection more memory than they save time. */
const LONGEST_KEPT = 2 * 1024
const PIECE = 512
/** Whose requests differ this often in a row is not kept for any more. */
const MOST_MISSES = 8
/** Up to here a loop costs less than a call. */
const SHORT = 96
const LF = 10
const NOTHING = Buffer.alloc(0)

/**
 * What a connection's last request said in its fields, and what the app gets of it. A client that asks again mostly says
 * the same, byte for byte; then nothing of it need be read, judged and put together a second time.
 */
export class LastFields {
  /** From the first field to the end of the empty line, if `#size` is above 0. */
  #bytes = NOTHING
  #size = 0
  #misses = 0
  /** The lines for the app. */
  text = ''
  accept: string | undefined = undefined

  /** The position after the same fields, where they stand there once more; else -1. */
  repeated(bytes: Buffer, start: number, end: number): number {
    const size = this.#size
    const stop = start + size
    if (size === 0 || stop > end || bytes[stop - 1] !== LF) return -1
    if (size > SHORT) {
      if (bytes.compare(this.#bytes, 0, size, start, stop) !== 0) return -1
    } else for (let at = 0; at < size; at++) if (bytes[start + at] !== this.#bytes[at]) return -1
    this.#misses = 0
    return stop
  }

  /** `text`: the lines for the app of the fields that were read here. */
  keep(bytes: Buffer, start: number, end: number, text: string, accept: string | undefined): void {
    const size = end - start
    this.#size = 0
    if (this.#misses === MOST_MISSES || size > LONGEST_KEPT) return
    this.#misses += 1
    if (size > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(Math.ceil(size / PIECE) * PIECE)
    bytes.copy(this.#bytes, 0, start, end)
    this.#size = size
    // As one piece, not as the tree of slices that it was put together from.
    this.text = latin1(Buffer.from(text, 'latin1'), 0, text.length)
    this.accept = accept
  }
}
