import type { RequestLog } from '../access-log.ts'
import { FAILURES, type FailureCode } from '../failures.ts'
import type { Target } from '../target.ts'
import type { Client } from './headers.ts'
import type { RequestHead } from './request-head.ts'

/** Collects what there is to say about one request, and says it once. */
export class Journal {
  readonly client: Client
  readonly #log: RequestLog
  readonly #service: string
  readonly #head: RequestHead
  readonly #began = performance.now()
  target: Target | null = null
  connectMs = 0
  bytes = 0
  #closed = false

  constructor(log: RequestLog, service: string, head: RequestHead, client: Client) {
    this.#log = log
    this.#service = service
    this.#head = head
    this.client = client
  }

  close(status: number, code?: FailureCode): void {
    if (this.#closed) return
    this.#closed = true
    const { startedAt, requestId, address, protocol } = this.client
    const connectMs = Math.round(this.connectMs)
    this.#log.finished({
      at: new Date(startedAt).toISOString(),
      service: this.#service,
      method: this.#head.method,
      path: this.#head.path,
      host: this.#head.authority,
      requestId,
      fwd: address,
      instance: this.target?.instance ?? '',
      release: this.target?.release ?? 0,
      connectMs,
      serviceMs: Math.max(0, Math.round(performance.now() - this.#began) - connectMs),
      status,
      bytes: this.bytes,
      protocol,
      ...(code ? { code, desc: FAILURES[code].description } : {}),
    })
  }
}
