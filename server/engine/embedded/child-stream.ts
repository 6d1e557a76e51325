import { Duplex, type Readable, type Writable } from 'node:stream'

/** The streams of a process as one: what is written goes to its input, what is read is its output. */
export class ChildStream extends Duplex {
  readonly #input: Writable
  readonly #output: Readable
  readonly #abandoned: () => void

  /** `abandoned` is called when the reader goes away before the output has ended. */
  constructor(input: Writable, output: Readable, abandoned: () => void) {
    super()
    this.#input = input
    this.#output = output
    this.#abandoned = abandoned
    input.on('error', () => {})
    output.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) output.pause()
    })
    output.once('end', () => this.push(null))
  }

  override _read(): void {
    this.#output.resume()
  }

  /** What a process that has ended can no longer read is dropped. */
  override _write(chunk: Buffer, encoding: BufferEncoding, done: () => void): void {
    if (this.#input.destroyed) done()
    else this.#input.write(chunk, encoding, () => done())
  }

  override _final(done: () => void): void {
    this.#input.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#output.readableEnded) this.#abandoned()
    this.#input.destroy()
    this.#output.destroy()
    done(error)
  }
}
