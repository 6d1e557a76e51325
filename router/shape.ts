import { ControlError } from './control-error.ts'

/** Reads unknown JSON field by field; the first thing that does not fit is refused with its path. */
export class Shape {
  readonly #value: unknown
  readonly #path: string

  constructor(value: unknown, path: string) {
    this.#value = value
    this.#path = path
  }

  refuse(expected: string): never {
    throw new ControlError(400, 'request.invalid', `${this.#path}: expected ${expected}`)
  }

  /** Neither null nor left out. */
  get present(): boolean {
    return this.#value !== undefined && this.#value !== null
  }

  field(name: string): Shape {
    if (typeof this.#value !== 'object' || this.#value === null) this.refuse('an object')
    return new Shape((this.#value as Record<string, unknown>)[name], `${this.#path}.${name}`)
  }

  list<Item>(read: (item: Shape) => Item): Item[] {
    if (!Array.isArray(this.#value)) this.refuse('an array')
    return this.#value.map((item, at) => read(new Shape(item, `${this.#path}[${at}]`)))
  }

  text(pattern?: RegExp): string {
    if (typeof this.#value !== 'string') this.refuse('a string')
    if (pattern && !pattern.test(this.#value)) this.refuse(`a string like ${pattern}`)
    return this.#value
  }

  textOrNull(pattern?: RegExp): string | null {
    return this.#value === null || this.#value === undefined ? null : this.text(pattern)
  }

  /** Names and texts; absent means none. */
  texts(): Record<string, string> {
    if (!this.present) return {}
    if (typeof this.#value !== 'object' || Array.isArray(this.#value)) this.refuse('an object of strings')
    return Object.fromEntries(Object.keys(this.#value as object).map((name) => [name, this.field(name).text()]))
  }

  whole(least: number, most: number): number {
    const value = this.#value
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
      this.refuse(`a whole number from ${least} to ${most}`)
    }
    return value
  }

  /** Not only whole ones. */
  number(least: number, most: number): number {
    const value = this.#value
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      this.refuse(`a number from ${least} to ${most}`)
    }
    return value
  }

  flag(fallback?: boolean): boolean {
    if (this.#value === undefined && fallback !== undefined) return fallback
    if (typeof this.#value !== 'boolean') this.refuse('true or false')
    return this.#value
  }

  word<Word extends string>(words: readonly Word[]): Word {
    return words.find((word) => word === this.#value) ?? this.refuse(`one of ${words.join(', ')}`)
  }
}
