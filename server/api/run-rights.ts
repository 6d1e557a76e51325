/** Longer than a ticket is good for. */
const FORGET_MS = 60_000

type Started = {
  isAllowed: () => boolean
  /** The id of the session that started it; undefined where that was a program with a token. */
  session: string | undefined
}

/** Who started a run, and whether they may still run things there: what is asked of a terminal, which has a ticket and no token. */
export class RunRights {
  readonly #waiting = new Map<string, Started>()

  remember(run: string, isAllowed: () => boolean, session: string | undefined): void {
    this.#waiting.set(run, { isAllowed, session })
    setTimeout(() => this.#waiting.delete(run), FORGET_MS).unref()
  }

  sessionOf(run: string): string | undefined {
    return this.#waiting.get(run)?.session
  }

  /** Of a run that was joined; nobody joins it again. One that nobody remembers is allowed to no one. */
  take(run: string): () => boolean {
    const isAllowed = this.#waiting.get(run)?.isAllowed ?? (() => false)
    this.#waiting.delete(run)
    return isAllowed
  }
}
