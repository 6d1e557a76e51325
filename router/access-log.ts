import type { Finished } from './finished.ts'
import type { LineSink } from './line-batch.ts'
import { requestLine } from './request-line.ts'

/** What the data plane tells about requests that are over. */
export interface RequestLog {
  /** Of a service. */
  finished(request: Finished): void
  /** Of no service: the router answered by itself, with this status. */
  answered(status: number): void
}

/** Writes the line of each request for whoever reads along, and counts what no service counts. */
export class AccessLog implements RequestLog {
  readonly #lines: LineSink
  #answered = new Map<number, number>()

  constructor(lines: LineSink) {
    this.#lines = lines
  }

  finished(request: Finished): void {
    if (this.#lines.wanted) this.#lines.append(requestLine(request))
  }

  answered(status: number): void {
    this.#answered.set(status, (this.#answered.get(status) ?? 0) + 1)
  }

  /** Own answers by status since the last call. */
  takeAnswered(): Record<string, number> {
    const answered = Object.fromEntries(this.#answered)
    this.#answered = new Map()
    return answered
  }
}
