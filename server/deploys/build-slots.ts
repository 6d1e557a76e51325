import { PaasError } from '../errors.ts'

/** Builds that may wait on the whole box; one more is refused. */
export const MAX_WAITING_BUILDS = 50

type Waiter = { begin: () => void }

/** How many builds run at once on the box, so that the apps keep theirs: one for every two cores. First come, first served. */
export class BuildSlots {
  readonly #waiting: Waiter[] = []
  #free: number

  constructor(slots: number) {
    this.#free = Math.max(1, Math.floor(slots))
  }

  /** `waits` is called when there is none free. Throws the signal's reason, or `builds.busy` when too many wait. */
  async take(signal: AbortSignal, waits: () => void): Promise<Disposable> {
    signal.throwIfAborted()
    if (this.#free > 0) this.#free -= 1
    else await this.#wait(signal, waits)
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (held) this.#giveBack()
        held = false
      },
    }
  }

  async #wait(signal: AbortSignal, waits: () => void): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING_BUILDS) {
      throw new PaasError('unavailable', 'builds.busy', `${MAX_WAITING_BUILDS} builds wait on this box already.`, {
        fix: 'Push again when some of them have ended.',
      })
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter: Waiter = { begin: resolve }
    const leave = () => {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
      reject(signal.reason)
    }
    this.#waiting.push(waiter)
    signal.addEventListener('abort', leave, { once: true })
    waits()
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  #giveBack(): void {
    const next = this.#waiting.shift()
    if (next) next.begin()
    else this.#free += 1
  }
}
