import { Duplex } from 'node:stream'
import { constants, createZstdCompress } from 'node:zlib'

/** Half the work of `zstd`'s own default, 3, for files of nearly the same size: boxes are small, and serve meanwhile. */
const LEVEL = 2
/** Programs write a few kilobytes at a time; each piece costs a turn of the event loop. */
const PIECE_BYTES = 256 * 1024

type Done = (error?: Error | null) => void

/** zstd, of pieces that are gathered in two buffers, one while the other is compressed: what passes makes no garbage. */
export class Compression extends Duplex {
  readonly #zstd = createZstdCompress({
    chunkSize: PIECE_BYTES,
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
  })
  readonly #seen: (piece: Uint8Array) => void
  #piece = Buffer.allocUnsafeSlow(PIECE_BYTES)
  #other = Buffer.allocUnsafeSlow(PIECE_BYTES)
  #used = 0
  #isBusy = false
  /** What was put off until the other buffer is free again. */
  #next: (() => void) | undefined

  /** `seen` is shown each plain piece while it is compressed, and must not keep it. */
  constructor(seen: (piece: Uint8Array) => void) {
    super()
    this.#seen = seen
    this.#zstd
      .on('data', (chunk) => this.push(chunk) || this.#zstd.pause())
      .on('end', () => this.push(null))
      .on('error', (error) => this.destroy(error))
  }

  override _write(chunk: Uint8Array, encoding: BufferEncoding, done: Done): void {
    const taken = Math.min(chunk.length, PIECE_BYTES - this.#used)
    this.#piece.set(chunk.subarray(0, taken), this.#used)
    this.#used += taken
    if (this.#used < PIECE_BYTES) done()
    else this.#compress(() => this._write(chunk.subarray(taken), encoding, done))
  }

  override _final(done: Done): void {
    this.#compress(() => this.#zstd.end(done))
  }

  override _read(): void {
    this.#zstd.resume()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#zstd.destroy()
    done(error)
  }

  /** Begins with what was gathered; `done` when there is a buffer for more. */
  #compress(done: () => void): void {
    if (this.#isBusy) {
      this.#next = () => this.#compress(done)
      return
    }
    const piece = this.#piece.subarray(0, this.#used)
    this.#isBusy = true
    this.#zstd.write(piece, () => this.#compressed())
    this.#seen(piece)
    ;[this.#piece, this.#other, this.#used] = [this.#other, this.#piece, 0]
    done()
  }

  #compressed(): void {
    const next = this.#next
    this.#next = undefined
    this.#isBusy = false
    next?.()
  }
}
