import type { Readable, Writable } from 'node:stream'

/** Moves bytes as fast as the slower side takes them. Ends and errors are left to the owner, who knows what they mean. */
export class Pump {
  readonly #source: Readable
  readonly #sink: Writable
  readonly #moved: (chunk: Buffer) => void
  #blocked = false

  constructor(source: Readable, sink: Writable, moved: (chunk: Buffer) => void) {
    this.#source = source
    this.#sink = sink
    this.#moved = moved
    sink.on('drain', this.#resume)
    source.on('data', this.#move)
  }

  /** The sink is the one that keeps us waiting. */
  get blocked(): boolean {
    return this.#blocked
  }

  stop(): void {
    this.#source.off('data', this.#move)
    this.#sink.off('drain', this.#resume)
  }

  readonly #move = (chunk: Buffer): void => {
    this.#moved(chunk)
    if (this.#sink.write(chunk)) return
    this.#blocked = true
    this.#source.pause()
  }

  readonly #resume = (): void => {
    this.#blocked = false
    this.#source.resume()
  }
}
