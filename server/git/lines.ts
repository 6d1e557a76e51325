import { Writable } from 'node:stream'

/** Calls back with each line of text that is written, without its end; a line that never ends is given at the end. */
export class Lines extends Writable {
  readonly #onLine: (line: string) => void
  #rest = ''

  constructor(onLine: (line: string) => void) {
    super({ decodeStrings: false, defaultEncoding: 'utf8' })
    this.#onLine = onLine
  }

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    const lines = (this.#rest + chunk.toString()).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#onLine(line)
    done()
  }

  override _final(done: () => void): void {
    if (this.#rest !== '') this.#onLine(this.#rest)
    done()
  }
}
