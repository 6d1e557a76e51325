import type { RequestRecord, ServiceCounters } from './contract.ts'
import { Counters } from './counters.ts'
import type { EventStream } from './event-stream.ts'
import type { ServiceTable } from './service-table.ts'

export const COUNTERS_EVERY_MS = 10_000

/** What the data plane tells about each finished request: a record in the stream, and a count. */
export interface RequestLog {
  finished(record: RequestRecord): void
}

export class AccessLog implements RequestLog, Disposable {
  readonly #events: EventStream
  readonly #counters = new Map<string, Counters>()
  readonly #timer: NodeJS.Timeout

  constructor(events: EventStream, table: () => ServiceTable, everyMs = COUNTERS_EVERY_MS) {
    this.#events = events
    this.#timer = setInterval(() => this.#report(table()), everyMs)
    this.#timer.unref()
  }

  finished(record: RequestRecord): void {
    let counters = this.#counters.get(record.service)
    if (!counters) {
      counters = new Counters()
      this.#counters.set(record.service, counters)
    }
    counters.add(record)
    if (this.#events.watched) this.#events.publish({ type: 'request', ...record })
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #report(table: ServiceTable): void {
    const services: Record<string, ServiceCounters> = {}
    for (const service of table.services) {
      const inFlight = service.pool.targets.reduce((sum, target) => sum + target.inFlight, 0)
      services[service.name] = (this.#counters.get(service.name) ?? new Counters()).read(inFlight)
    }
    for (const name of this.#counters.keys()) if (!table.named(name)) this.#counters.delete(name)
    this.#events.publish({ type: 'counters', at: new Date().toISOString(), services })
  }
}
