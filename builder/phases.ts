/** A part of a build as its output tells it: what stands under one heading. */
export type Phase = {
  name: string
  ms: number
  /** Taken from the result of an earlier build. */
  cached: boolean
}

/** Where the time of a build goes. A phase ends where the next one begins. */
export class Phases {
  readonly #now: () => number
  readonly #ended: Phase[] = []
  #current: { name: string; since: number; cached: boolean } | undefined

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  begin(name: string): void {
    this.end()
    this.#current = { name, since: this.#now(), cached: false }
  }

  markCached(): void {
    if (this.#current) this.#current.cached = true
  }

  end(): void {
    if (!this.#current) return
    const { name, since, cached } = this.#current
    this.#ended.push({ name, ms: Math.round(this.#now() - since), cached })
    this.#current = undefined
  }

  /** Those that have ended, in order. */
  get list(): Phase[] {
    return [...this.#ended]
  }
}
