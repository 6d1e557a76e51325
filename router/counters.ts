import type { ReleaseCounters } from './contract/event.ts'
import type { Finished } from './finished.ts'
import { HistogramRecorder } from './histogram.ts'

/** An app may answer with hundreds of statuses; those beyond the first so many count as `4xx`. */
export const STATUSES_APART = 32

/** What one release of a service did in a period. */
export class Counters {
  readonly #status = new Map<number | string, number>()
  readonly #codes = new Map<string, number>()
  readonly #latency = new HistogramRecorder()
  readonly #connect = new HistogramRecorder()
  #requests = 0
  #bytesIn = 0
  #bytesOut = 0
  #retries = 0

  add(request: Finished): void {
    this.#requests += 1
    this.#bytesIn += request.received
    this.#bytesOut += request.bytes
    this.#retries += request.retries
    this.#countStatus(request.status)
    if (request.code) this.#codes.set(request.code, (this.#codes.get(request.code) ?? 0) + 1)
    if (request.connectMicros > 0) this.#connect.add(request.connectMicros)
    // How long a tunnel was open says nothing about how quick the app is.
    if (!request.tunnelled) this.#latency.add(request.micros)
  }

  read(): ReleaseCounters {
    return {
      requests: this.#requests,
      status: Object.fromEntries(this.#status),
      codes: Object.fromEntries(this.#codes),
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      retries: this.#retries,
      latency: this.#latency.read(),
      connect: this.#connect.read(),
    }
  }

  #countStatus(status: number): void {
    const count = this.#status.get(status)
    if (count !== undefined) this.#status.set(status, count + 1)
    else if (this.#status.size < STATUSES_APART) this.#status.set(status, 1)
    else {
      const all = `${Math.floor(status / 100)}xx`
      this.#status.set(all, (this.#status.get(all) ?? 0) + 1)
    }
  }
}
