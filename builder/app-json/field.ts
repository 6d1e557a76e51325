export type Notes = { mistakes: string[]; warnings: string[] }

/**
 * A value of a JSON or TOML document with the path that leads to it. What is wrong is noted and reading goes on, so that all
 * mistakes are told together. What is absent or wrong reads as undefined.
 */
export class Field {
  readonly path: string
  readonly value: unknown
  readonly #notes: Notes

  constructor(path: string, value: unknown, notes: Notes) {
    this.path = path
    this.value = value
    this.#notes = notes
  }

  get present(): boolean {
    return this.value !== undefined && this.value !== null
  }

  wrong(reason: string): undefined {
    this.#notes.mistakes.push(`${this.path || 'it'} ${reason}`)
    return undefined
  }

  warn(text: string): void {
    this.#notes.warnings.push(`app.json: ${text}`)
  }

  /** Text with something in it. */
  text(): string | undefined {
    if (!this.present) return undefined
    if (typeof this.value !== 'string') return this.wrong('must be text')
    if (this.value.includes('\0')) return this.wrong('holds a NUL byte')
    return this.value.trim() === '' ? this.wrong('is empty') : this.value
  }

  flag(): boolean | undefined {
    if (!this.present) return undefined
    return typeof this.value === 'boolean' ? this.value : this.wrong('must be true or false')
  }

  whole(least: number, most: number): number | undefined {
    if (!this.present) return undefined
    const { value } = this
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    return this.wrong(`must be a whole number from ${least} to ${most}`)
  }

  oneOf<const Word extends string>(words: readonly Word[]): Word | undefined {
    if (!this.present) return undefined
    return words.find((word) => word === this.value) ?? this.wrong(`must be ${words.join(' or ')}`)
  }

  list(most: number): Field[] {
    if (!this.present) return []
    if (!Array.isArray(this.value)) return this.wrong('must be a list, in [ ]') ?? []
    if (this.value.length > most) this.wrong(`has ${this.value.length} entries; ${most} are the limit`)
    return this.value.slice(0, most).map((value, index) => new Field(`${this.path}[${index}]`, value, this.#notes))
  }

  /** By name, in the order of the file. */
  members(): [string, Field][] {
    if (!this.present) return []
    if (!isObject(this.value)) return this.wrong('must be an object, in { }') ?? []
    return Object.entries(this.value).map(([name, value]) => [name, this.#child(name, value)])
  }

  /** Its members by name. Names that are neither known nor in `left`, which says why they are not followed, are told. */
  object(known: readonly string[], left: Record<string, string> = {}): (name: string) => Field {
    const members = new Map(this.members())
    for (const [name, field] of members) {
      if (known.includes(name) || !field.present) continue
      const reason = Object.hasOwn(left, name) ? left[name] : 'is not known and was left out'
      if (reason !== '') this.warn(`${field.path} ${reason}.`)
    }
    return (name) => members.get(name) ?? this.#child(name, undefined)
  }

  /** One of its members; nobody minds the others. */
  member(name: string): Field {
    const members = new Map(this.members())
    return members.get(name) ?? this.#child(name, undefined)
  }

  #child(name: string, value: unknown): Field {
    return new Field(this.path === '' ? name : `${this.path}.${name}`, value, this.#notes)
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
