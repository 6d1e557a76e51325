import type { Database } from './database.ts'

/** What an admin changes at run time: `base_domain`, `platform_host`, ... */
export class Settings {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  get(name: string): string | undefined {
    return this.#db.get<{ value: string }>('SELECT value FROM settings WHERE name = ?', name)?.value
  }

  unset(name: string): void {
    this.#db.run('DELETE FROM settings WHERE name = ?', name)
  }

  /** Several changes as one. */
  transaction<T>(change: () => T): T {
    return this.#db.transaction(change)
  }

  set(name: string, value: string): void {
    this.#db.run(
      'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      name,
      value,
    )
  }
}
