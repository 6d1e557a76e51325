export type JsonMistake = { line: number; column: number; found: string }

const SPACE = /[ \t\r\n]*/y
const STRING = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy
const NUMBER_OR_WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

/**
 * Where text stops being JSON (RFC 8259), 1-based; undefined when it is. `JSON.parse` names the place for some mistakes
 * only, and people need the line.
 */
export function findJsonMistake(text: string): JsonMistake | undefined {
  const scan = new Scan(text)
  scan.value()
  scan.skip(SPACE)
  if (!scan.failed && scan.at === text.length) return undefined
  const before = text.slice(0, scan.at).split('\n')
  const found = /^\S{1,12}/.exec(text.slice(scan.at))?.[0] ?? 'the end of the file'
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, found }
}

class Scan {
  at = 0
  failed = false
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Moves past the pattern; false, and in the same place, where it does not match. */
  skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    const match = pattern.exec(this.#text)
    if (match) this.at += match[0].length
    return match !== null
  }

  value(): void {
    this.skip(SPACE)
    if (this.#take('{')) this.#list('}', () => this.#member())
    else if (this.#take('[')) this.#list(']', () => this.value())
    else this.#require(this.skip(STRING) || this.skip(NUMBER_OR_WORD))
  }

  #member(): void {
    this.skip(SPACE)
    this.#require(this.skip(STRING))
    this.skip(SPACE)
    if (!this.failed) this.#require(this.#take(':'))
    if (!this.failed) this.value()
  }

  #list(end: string, item: () => void): void {
    this.skip(SPACE)
    if (this.#take(end)) return
    do {
      item()
      if (this.failed) return
      this.skip(SPACE)
    } while (this.#take(','))
    this.#require(this.#take(end))
  }

  #take(char: string): boolean {
    if (this.#text[this.at] !== char) return false
    this.at += 1
    return true
  }

  #require(fulfilled: boolean): void {
    if (!fulfilled) this.failed = true
  }
}
