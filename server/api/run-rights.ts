/** Longer than a ticket is good for. */
const FORGET_MS = 60_000

/** Whether whoever started a run may still run things there: what is asked of a terminal, which has a ticket and no token. */
export class RunRights {
  readonly #waiting = new Map<string, () => boolean>()

  remember(run: string, isAllowed: () => boolean): void {
    this.#waiting.set(run, isAllowed)
    setTimeout(() => this.#waiting.delete(run), FORGET_MS).unref()
  }

  /** Of a run that was joined; nobody joins it again. One that nobody remembers is allowed to no one. */
  take(run: string): () => boolean {
    const isAllowed = this.#waiting.get(run) ?? (() => false)
    this.#waiting.delete(run)
    return isAllowed
  }
}
