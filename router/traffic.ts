import type { ServiceCounters } from './contract/event.ts'
import { Counters } from './counters.ts'
import type { Finished } from './finished.ts'

/** What happens at one service: counted by release, from one reading to the next. */
export class Traffic {
  /** Requests under way, those that wait for a target and tunnels included. */
  inFlight = 0
  tunnels = 0
  readonly #releases = new Map<number, Counters>()
  /** The one counted last: mostly the same again. */
  #release = -1
  #counters = new Counters()

  finished(request: Finished): void {
    this.inFlight -= 1
    if (request.tunnelled) this.tunnels -= 1
    const release = request.target?.release ?? 0
    if (release !== this.#release) this.#turnTo(release)
    this.#counters.add(request)
  }

  /** Starts the next period. Undefined: nothing happened, and nothing is under way. */
  take(): Omit<ServiceCounters, 'id'> | undefined {
    if (this.#releases.size === 0 && this.inFlight === 0) return undefined
    const releases = Object.fromEntries([...this.#releases].map(([release, counters]) => [release, counters.read()]))
    this.#releases.clear()
    this.#release = -1
    return { inFlight: this.inFlight, tunnels: this.tunnels, releases }
  }

  #turnTo(release: number): void {
    this.#release = release
    this.#counters = this.#releases.get(release) ?? new Counters()
    this.#releases.set(release, this.#counters)
  }
}
