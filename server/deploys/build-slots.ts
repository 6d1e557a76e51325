import { PaasError } from '../errors.ts'

/** Builds that may wait on the whole box; one more is refused. */
export const MAX_WAITING_BUILDS = 50

type Waiter = { who: string; begin: () => void }

/**
 * How many builds run at once on the box, so that the apps keep theirs: one for every two cores. A slot that becomes free
 * goes to whom the box builds least for, then to whoever was served longest ago, then to whoever came first: somebody
 * who pushes twenty apps at once does not keep the others waiting.
 */
export class BuildSlots {
  readonly #waiting: Waiter[] = []
  readonly #running = new Map<string, number>()
  /** By whom, in the order in which they were last served. */
  readonly #served = new Set<string>()
  #free: number

  constructor(slots: number) {
    this.#free = Math.max(1, Math.floor(slots))
  }

  /**
   * `who` is a user. `waits` is called when there is no slot free. Throws the signal's reason, or `builds.busy` when too many
   * wait.
   */
  async take(who: string, signal: AbortSignal, waits: () => void): Promise<Disposable> {
    signal.throwIfAborted()
    if (this.#free > 0) this.#serve(who)
    else await this.#wait(who, signal, waits)
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (held) this.#giveBack(who)
        held = false
      },
    }
  }

  async #wait(who: string, signal: AbortSignal, waits: () => void): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING_BUILDS) {
      throw new PaasError('unavailable', 'builds.busy', `${MAX_WAITING_BUILDS} builds wait on this box already.`, {
        fix: 'Push again when some of them have ended.',
      })
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter: Waiter = { who, begin: resolve }
    const leave = () => {
      this.#remove(waiter)
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

  #giveBack(who: string): void {
    this.#free += 1
    const running = (this.#running.get(who) ?? 1) - 1
    if (running > 0) this.#running.set(who, running)
    else this.#running.delete(who)
    const next = this.#next()
    if (!next) {
      if (this.#running.size === 0) this.#served.clear()
      return
    }
    this.#remove(next)
    this.#serve(next.who)
    next.begin()
  }

  #serve(who: string): void {
    this.#free -= 1
    this.#running.set(who, (this.#running.get(who) ?? 0) + 1)
    this.#served.delete(who)
    this.#served.add(who)
  }

  #next(): Waiter | undefined {
    const order = [...this.#served]
    const rank = ({ who }: Waiter) => [this.#running.get(who) ?? 0, order.indexOf(who)] as const
    // The sort is stable: of equals the first to come is the first to go.
    return this.#waiting.toSorted((a, b) => {
      const [[busyA, servedA], [busyB, servedB]] = [rank(a), rank(b)]
      return busyA - busyB || servedA - servedB
    })[0]
  }

  #remove(waiter: Waiter): void {
    const at = this.#waiting.indexOf(waiter)
    if (at >= 0) this.#waiting.splice(at, 1)
  }
}
