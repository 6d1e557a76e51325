/** Buffers of one size that are used again and again; what has not been needed for some time goes. */
export class BufferStock {
  readonly size: number
  readonly #most: number
  readonly #kept: Buffer[] = []
  /** The fewest that lay here since `trim`: so many too many. */
  #unused = 0

  /** `most`: what is kept at a time, whatever is given back. */
  constructor(size: number, most: number) {
    this.size = size
    this.#most = most
  }

  /** Bytes that lie here. */
  get bytes(): number {
    return this.#kept.length * this.size
  }

  take(): Buffer {
    const buffer = this.#kept.pop() ?? Buffer.allocUnsafeSlow(this.size)
    this.#unused = Math.min(this.#unused, this.#kept.length)
    return buffer
  }

  /** Nothing may read into it, or write from it, any more. */
  give(buffer: Buffer): void {
    if (buffer.length === this.size && this.#kept.length < this.#most) this.#kept.push(buffer)
  }

  /** To be called now and then. */
  trim(): void {
    this.#kept.splice(0, this.#unused)
    this.#unused = this.#kept.length
  }
}
