import type { Listed, Roster } from './roster.ts'

/** A request or an upgraded connection that a target is busy with. `cut` ends it soon, in any case. */
export interface Work extends Listed {
  readonly kind: 'request' | 'tunnel'
  cut(): void
}

export type DrainLimits = { drainMs: number; websocketDrainMs: number }

/** Waits until a target's work is done, and cuts what outlives its limit. */
export class Drain {
  /** Resolves with the number of pieces of work that were cut; rejects when the target is taken back. */
  readonly done: Promise<number>
  readonly #work: Roster<Work>
  readonly #timers: NodeJS.Timeout[]
  #settle: { resolve: (cut: number) => void; reject: (reason: Error) => void }
  #cut = 0

  constructor(work: Roster<Work>, limits: DrainLimits) {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    promise.catch(() => {})
    this.done = promise
    this.#settle = { resolve, reject }
    this.#work = work
    this.#timers = [
      setTimeout(() => this.#cutAll('request'), limits.drainMs),
      setTimeout(() => this.#cutAll('tunnel'), limits.websocketDrainMs),
    ]
    this.progress()
  }

  /** To be called whenever a piece of work ended. */
  progress(): void {
    if (this.#work.size > 0) return
    this.#stop()
    this.#settle.resolve(this.#cut)
  }

  cancel(): void {
    this.#stop()
    this.#settle.reject(new Error('the target was put back into the table'))
  }

  #cutAll(kind: Work['kind']): void {
    for (const work of this.#work) {
      if (work.kind !== kind) continue
      this.#cut += 1
      work.cut()
    }
  }

  #stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
