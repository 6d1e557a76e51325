/**
 * One push per app between reading its source and moving its branch, in order of arrival. Without it a push that waited
 * behind another one could be judged by a branch that is about to move.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Resolves when all turns taken before have been given back. Rejects with the signal's reason. */
  async take(appId: string, signal: AbortSignal): Promise<{ waited: boolean; giveBack: () => void }> {
    const before = this.#last.get(appId)
    const { promise, resolve } = Promise.withResolvers<void>()
    const mine = Promise.all([before, promise]).then(() => {
      if (this.#last.get(appId) === mine) this.#last.delete(appId)
    })
    this.#last.set(appId, mine)
    try {
      if (before) await abortable(before, signal)
      signal.throwIfAborted()
    } catch (error) {
      resolve()
      throw error
    }
    return { waited: before !== undefined, giveBack: resolve }
  }
}

async function abortable(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
