import { LATENCY_BOUNDS_MS, type RequestRecord, type ServiceCounters } from './contract.ts'

/** What one service did since the last reading. */
export class Counters {
  #requests = 0
  #bytesOut = 0
  #status: Record<string, number> = {}
  #latencyMs = emptyHistogram()

  add(record: RequestRecord): void {
    this.#requests += 1
    this.#bytesOut += record.bytes
    this.#status[record.status] = (this.#status[record.status] ?? 0) + 1
    const bucket = bucketOf(record.connectMs + record.serviceMs)
    this.#latencyMs[bucket] = (this.#latencyMs[bucket] ?? 0) + 1
  }

  /** Starts the next period. */
  read(inFlight: number): ServiceCounters {
    const reading = {
      requests: this.#requests,
      status: this.#status,
      bytesOut: this.#bytesOut,
      inFlight,
      latencyMs: this.#latencyMs,
    }
    this.#requests = 0
    this.#bytesOut = 0
    this.#status = {}
    this.#latencyMs = emptyHistogram()
    return reading
  }
}

function bucketOf(ms: number): number {
  const at = LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound)
  return at === -1 ? LATENCY_BOUNDS_MS.length : at
}

function emptyHistogram(): number[] {
  return new Array(LATENCY_BOUNDS_MS.length + 1).fill(0)
}
