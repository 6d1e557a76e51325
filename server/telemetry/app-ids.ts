import type { Apps } from '../apps/apps.ts'

/** An app that was renamed is known by its new name after this. */
const KEPT_MS = 2_000

/** Finds an app's id by name or id without asking the database for every request that the router served. */
export class AppIds {
  readonly #apps: Pick<Apps, 'find' | 'findById'>
  readonly #known = new Map<string, string | undefined>()
  #until = 0

  constructor(apps: Pick<Apps, 'find' | 'findById'>) {
    this.#apps = apps
  }

  find(nameOrId: string): string | undefined {
    const now = performance.now()
    if (now > this.#until) {
      this.#known.clear()
      this.#until = now + KEPT_MS
    }
    if (!this.#known.has(nameOrId)) this.#known.set(nameOrId, this.#look(nameOrId))
    return this.#known.get(nameOrId)
  }

  /** Ids hold an underscore and names cannot, so neither is taken for the other. */
  #look(nameOrId: string): string | undefined {
    return (this.#apps.findById(nameOrId) ?? this.#apps.find(nameOrId))?.id
  }
}
