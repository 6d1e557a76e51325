import { Chunks } from './chunks.ts'
import { FIELD } from './field-names.ts'

/** Where a message ends (RFC 9112 section 6.3): without a body, after a length, after the last chunk, with the connection. */
export type FramingKind = 'none' | 'sized' | 'chunked' | 'until-close'

/** Follows one body without keeping any of it. */
export class Framing {
  kind: FramingKind = 'none'
  #left = 0
  #sized = 0
  #chunks: Chunks | null = null
  /** Bytes up to here, of those last read, pass as they are. */
  passEnd = 0
  /** What follows the passing bytes: trailers that were kept back, and the end of the section. */
  tail = ''
  /** False: trailers are dropped. */
  keepTrailers = true

  begin(kind: FramingKind, length = 0): void {
    this.kind = kind
    this.#left = length
    this.#sized = 0
    this.tail = ''
    this.keepTrailers = true
    if (kind !== 'chunked') return
    this.#chunks ??= new Chunks()
    this.#chunks.clear()
  }

  get done(): boolean {
    if (this.kind === 'sized') return this.#left === 0
    if (this.kind === 'chunked') return this.#chunks?.done === true
    return this.kind === 'none'
  }

  /** Bytes of payload so far. */
  get payload(): number {
    return this.kind === 'chunked' ? (this.#chunks?.payload ?? 0) : this.#sized
  }

  /** Bytes still to come, as far as that is known. */
  get left(): number {
    return this.kind === 'sized' ? this.#left : this.done ? 0 : Number.POSITIVE_INFINITY
  }

  set onPayload(told: (start: number, end: number) => void) {
    if (this.#chunks) this.#chunks.onPayload = told
  }

  /** Returns the position after what belongs to this body, or -1 when it is malformed. */
  read(bytes: Buffer, from: number, end: number): number {
    if (this.kind === 'chunked') return this.#readChunks(bytes, from, end)
    const to = this.kind === 'none' ? from : this.kind === 'sized' ? Math.min(end, from + this.#left) : end
    this.#left -= to - from
    this.#sized += to - from
    this.passEnd = to
    return to
  }

  #readChunks(bytes: Buffer, from: number, end: number): number {
    const chunks = this.#chunks as Chunks
    const to = chunks.read(bytes, from, end)
    this.passEnd = chunks.passEnd
    if (chunks.done) this.tail = this.#trailerText(chunks)
    return to
  }

  #trailerText(chunks: Chunks): string {
    const section = chunks.trailers()
    if (section === null) return ''
    const { bytes, fields } = section
    let text = ''
    for (let index = 0; index < fields.count && this.keepTrailers; index++) {
      if (fields.kind[index] !== FIELD.other) continue
      text += bytes.toString('latin1', fields.start[index], fields.end[index])
    }
    return `${text}\r\n`
  }
}
