import { StringDecoder } from 'node:string_decoder'
import { stripVTControlCharacters } from 'node:util'

/** A line that never ends is cut here, in characters. */
const LONGEST = 16_384

/** Turns a byte stream into clean lines: no colours or control characters, and of a rewritten line only its last state. */
export class Lines {
  readonly #emit: (line: string) => void
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  constructor(emit: (line: string) => void) {
    this.#emit = emit
  }

  push(chunk: Buffer): void {
    const parts = (this.#rest + this.#decoder.write(chunk)).split('\n')
    this.#rest = parts.pop() ?? ''
    for (const part of parts) this.#emit(cleanLine(part))
    while (this.#rest.length > LONGEST) {
      this.#emit(cleanLine(this.#rest.slice(0, LONGEST)))
      this.#rest = this.#rest.slice(LONGEST)
    }
  }

  /** The last line, when it has no end of its own. */
  end(): void {
    const last = this.#rest + this.#decoder.end()
    this.#rest = ''
    if (last !== '') this.#emit(cleanLine(last))
  }
}

/** A line of somebody else's program, made safe to show. */
export function cleanLine(line: string): string {
  const visible = line.replace(/\r+$/, '')
  const latest = visible.slice(visible.lastIndexOf('\r') + 1)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
  return stripVTControlCharacters(latest).replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
}
