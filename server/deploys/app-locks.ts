/** Serialises what changes an app's instances: starting to swap, scale, restart, reconcile. */
export class AppLocks {
  readonly #tails = new Map<string, Promise<unknown>>()

  held(appId: string): boolean {
    return this.#tails.has(appId)
  }

  async hold<T>(appId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(appId) ?? Promise.resolve()
    const mine = before.then(work, work)
    const tail = mine.catch(() => undefined)
    this.#tails.set(appId, tail)
    try {
      return await mine
    } finally {
      if (this.#tails.get(appId) === tail) this.#tails.delete(appId)
    }
  }
}
