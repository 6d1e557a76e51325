/** Lets a few things happen at a time, in order of arrival; one visitor can fill only a part of the line. */
export class Turns {
  readonly #atOnce: number
  readonly #most: number
  readonly #mostEach: number
  readonly #line: (() => void)[] = []
  readonly #each = new Map<string, number>()
  #running = 0

  /** `most` in the line at a time, `mostEach` of one visitor, those running included. */
  constructor({ atOnce, most, mostEach }: { atOnce: number; most: number; mostEach: number }) {
    this.#atOnce = atOnce
    this.#most = most
    this.#mostEach = mostEach
  }

  /** Undefined: the line is too long, and the task is not done. */
  take<Result>(visitor: string, task: () => Promise<Result>): Promise<Result> | undefined {
    const own = this.#each.get(visitor) ?? 0
    if (own >= this.#mostEach || this.#line.length >= this.#most) return undefined
    this.#each.set(visitor, own + 1)
    return this.#run(visitor, task)
  }

  async #run<Result>(visitor: string, task: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#atOnce) await new Promise<void>((resolve) => this.#line.push(resolve))
    else this.#running += 1
    try {
      return await task()
    } finally {
      this.#leave(visitor)
    }
  }

  /** Whoever is next takes over this place. */
  #leave(visitor: string): void {
    const own = (this.#each.get(visitor) ?? 1) - 1
    if (own === 0) this.#each.delete(visitor)
    else this.#each.set(visitor, own)
    const next = this.#line.shift()
    if (next) next()
    else this.#running -= 1
  }
}
