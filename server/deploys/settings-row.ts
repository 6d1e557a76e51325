import type { Settings } from '../db/settings.ts'

/** Values that an admin changes, kept as one row of JSON: what it does not name is the default. */
export class SettingsRow<T extends object> {
  readonly defaults: T
  readonly #settings: Settings
  readonly #name: string

  constructor(settings: Settings, name: string, defaults: T) {
    this.#settings = settings
    this.#name = name
    this.defaults = defaults
  }

  get(): T {
    return { ...this.defaults, ...this.#row() }
  }

  /** Null goes back to the default; `changed` names what is different now. */
  update(changes: { [Name in keyof T]?: T[Name] | null | undefined }): { changed: (keyof T & string)[] } {
    return this.#settings.transaction(() => {
      const before = this.get()
      const named = Object.entries(changes).filter(([, value]) => value !== undefined)
      const row = Object.entries({ ...this.#row(), ...Object.fromEntries(named) }).filter(([, value]) => value !== null)
      if (row.length === 0) this.#settings.unset(this.#name)
      else this.#settings.set(this.#name, JSON.stringify(Object.fromEntries(row)))
      const after = this.get()
      const names = Object.keys(after) as (keyof T & string)[]
      return { changed: names.filter((name) => before[name] !== after[name]) }
    })
  }

  #row(): Partial<T> {
    return JSON.parse(this.#settings.get(this.#name) ?? '{}') as Partial<T>
  }
}
