import type { Challenges, ShownProofs } from './challenges.ts'
import type { Clock } from './clock.ts'

/** How long they are shown on while their orders are taken up. */
const KEPT_MS = 60_000

/** Proofs of the process before: an issuer may look for them before this process has taken up their orders. */
export class InheritedProofs {
  readonly #challenges: Challenges
  readonly #clock: Clock
  readonly #closed: AbortSignal
  #proofs: ShownProofs | null = null

  constructor(challenges: Challenges, clock: Clock, closed: AbortSignal) {
    this.#challenges = challenges
    this.#clock = clock
    this.#closed = closed
  }

  show(proofs: ShownProofs): void {
    this.#challenges.replace(proofs)
    this.#proofs = proofs
  }

  /** Their orders are this process's from now on. Without its proof in between an issuer would call one invalid. */
  async release(): Promise<void> {
    const proofs = this.#proofs
    if (proofs === null) return
    this.#proofs = null
    await this.#clock.sleepUntil(this.#clock.now() + KEPT_MS, this.#closed)
    await this.#challenges.forget(proofs)
  }
}
