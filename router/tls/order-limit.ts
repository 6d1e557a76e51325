import type { Clock } from './clock.ts'

const ORDERS = 10
const EVERY_MS = 10_000

type Waiting = { urgency: number; go: () => void }

/** At most ten orders in ten seconds, whatever falls due; the most urgent first. */
export class OrderLimit {
  readonly #clock: Clock
  readonly #closed: AbortSignal
  readonly #waiting: Waiting[] = []
  #taken: number[] = []
  #serving = false

  constructor(clock: Clock, closed: AbortSignal) {
    this.#clock = clock
    this.#closed = closed
  }

  /** Resolves when it is one's turn, rejects when the signal has aborted by then. Lower `urgency` (as the end of a certificate's life) goes first. */
  turn(urgency: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const entry: Waiting = { urgency, go: () => (signal.aborted ? reject(signal.reason) : resolve()) }
      this.#waiting.push(entry)
      this.#waiting.sort((a, b) => a.urgency - b.urgency)
      void this.#serve()
    })
  }

  async #serve(): Promise<void> {
    if (this.#serving) return
    this.#serving = true
    // Whoever asks in the same moment is sorted in before the first one goes.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      await this.#untilFree()
      this.#waiting.shift()?.go()
    }
    this.#serving = false
  }

  async #untilFree(): Promise<void> {
    this.#taken = this.#taken.filter((at) => at > this.#clock.now() - EVERY_MS)
    const [oldest] = this.#taken
    if (oldest !== undefined && this.#taken.length >= ORDERS) {
      this.#taken.shift()
      await this.#clock.sleepUntil(oldest + EVERY_MS, this.#closed)
    }
    this.#taken.push(this.#clock.now())
  }
}
