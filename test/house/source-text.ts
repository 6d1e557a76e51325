/** Words after which a slash begins a regular expression rather than a division. */
const BEFORE_REGEX = new Set(['return', 'typeof', 'case', 'in', 'of', 'do', 'else', 'void', 'delete', 'await', 'yield'])

/**
 * TypeScript with everything blanked that is not code: comments, and what stands inside strings, templates and regular
 * expressions. Quotes, line ends and offsets stay, so that a position here is the same position in the text.
 */
export function codeOf(text: string): string {
  return new Scanner(text).run()
}

class Scanner {
  readonly #text: string
  readonly #out: string[]
  #at = 0
  /** For each template that we are inside of: how many braces its `${` has open. */
  readonly #templates: number[] = []

  constructor(text: string) {
    this.#text = text
    this.#out = text.split('')
  }

  run(): string {
    while (this.#at < this.#text.length) this.#step()
    return this.#out.join('')
  }

  #step(): void {
    const character = this.#text[this.#at]
    const next = this.#text[this.#at + 1]
    if (character === '/' && next === '/') this.#blankTo(this.#find('\n'))
    else if (character === '/' && next === '*') this.#blankTo(this.#find('*/') + 2)
    else if (character === '#' && next === '!' && this.#at === 0) this.#blankTo(this.#find('\n'))
    else if (character === "'" || character === '"') this.#quoted(character)
    else if (character === '`') this.#template()
    else if (character === '/' && this.#regexMayBegin()) this.#regex()
    else this.#brace(character)
  }

  /** A `}` that ends a `${` leads back into its template. */
  #brace(character: string | undefined): void {
    const open = this.#templates.at(-1)
    if (open !== undefined && (character === '{' || character === '}')) {
      if (character === '}' && open === 0) {
        this.#templates.pop()
        this.#template()
        return
      }
      this.#templates[this.#templates.length - 1] = open + (character === '{' ? 1 : -1)
    }
    this.#at += 1
  }

  #quoted(quote: string): void {
    const start = this.#at + 1
    let end = start
    while (end < this.#text.length && this.#text[end] !== quote) end += this.#text[end] === '\\' ? 2 : 1
    this.#at = start
    this.#blankTo(end)
    this.#at = end + 1
  }

  /** From a backtick or a closing brace to the next `${` or the last backtick. */
  #template(): void {
    let end = this.#at + 1
    while (end < this.#text.length) {
      if (this.#text[end] === '`') break
      if (this.#text.startsWith('${', end)) {
        this.#templates.push(0)
        end += 1
        break
      }
      end += this.#text[end] === '\\' ? 2 : 1
    }
    this.#at += 1
    this.#blankTo(end)
    this.#at = end + 1
  }

  #regexMayBegin(): boolean {
    const before = this.#out
      .slice(Math.max(0, this.#at - 80), this.#at)
      .join('')
      .trimEnd()
    const word = /[\w$]+$/.exec(before)?.[0]
    return word === undefined ? !/[)\]}'"`]$/.test(before) : BEFORE_REGEX.has(word)
  }

  #regex(): void {
    let end = this.#at + 1
    let inClass = false
    while (end < this.#text.length && (inClass || this.#text[end] !== '/')) {
      if (this.#text[end] === '[') inClass = true
      if (this.#text[end] === ']') inClass = false
      end += this.#text[end] === '\\' ? 2 : 1
    }
    this.#at += 1
    this.#blankTo(end)
    this.#at = end + 1
  }

  #find(text: string): number {
    const found = this.#text.indexOf(text, this.#at)
    return found < 0 ? this.#text.length : found
  }

  #blankTo(end: number): void {
    for (; this.#at < Math.min(end, this.#text.length); this.#at += 1) {
      if (this.#text[this.#at] !== '\n') this.#out[this.#at] = ' '
    }
  }
}
