import { createHash } from 'node:crypto'

export type Sum = { bytes: number; sha256: string }

/** Counts and hashes what passes. */
export class Meter {
  readonly #hash = createHash('sha256')
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** Of all that has passed; once. */
  sum(): Sum {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') }
  }

  take(chunk: Uint8Array): void {
    this.#hash.update(chunk)
    this.#bytes += chunk.length
  }

  async *pass(from: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of from) {
      this.take(chunk)
      yield chunk
    }
  }
}
