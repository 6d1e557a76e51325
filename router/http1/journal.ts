import type { RequestLog } from '../access-log.ts'
import { FAILURES, type FailureCode } from '../failures.ts'
import type { Target } from '../target.ts'

/** What is known of a request when it begins. */
export type Asked = {
  service: string
  method: string
  path: string
  host: string
  requestId: string
  fwd: string
  protocol: 'http' | 'https'
}

/** Collects what there is to say about one request, and says it once. */
export class Journal {
  readonly #log: RequestLog
  readonly #asked: Asked
  readonly #startedAt: number
  readonly #began = performance.now()
  #target: Target | null = null
  #dialed = 0
  #connectMs = 0
  bytes = 0
  #closed = false

  constructor(log: RequestLog, asked: Asked, startedAt: number) {
    this.#log = log
    this.#asked = asked
    this.#startedAt = startedAt
  }

  /** The request goes to this target, over a connection that there is, or one that is dialed now. */
  found(target: Target, connected: boolean): void {
    this.#target = target
    this.#connectMs = 0
    if (!connected) this.#dialed = performance.now()
  }

  connected(): void {
    this.#connectMs = performance.now() - this.#dialed
  }

  close(status: number, code?: FailureCode): void {
    if (this.#closed) return
    this.#closed = true
    const { service, method, path, host, requestId, fwd, protocol } = this.#asked
    const connectMs = Math.round(this.#connectMs)
    this.#log.finished({
      at: isoTime(this.#startedAt),
      service,
      method,
      path,
      host,
      requestId,
      fwd,
      instance: this.#target?.instance ?? '',
      release: this.#target?.release ?? 0,
      connectMs,
      serviceMs: Math.max(0, Math.round(performance.now() - this.#began) - connectMs),
      status,
      bytes: this.bytes,
      protocol,
      ...(code ? { code, desc: FAILURES[code].description } : {}),
    })
  }
}

let second = -1
let secondText = ''

/** As Date.toISOString, which costs ten times as much. */
function isoTime(milliseconds: number): string {
  const whole = Math.floor(milliseconds / 1_000)
  if (whole !== second) {
    second = whole
    secondText = new Date(whole * 1_000).toISOString().slice(0, -4)
  }
  return `${secondText}${String(milliseconds - whole * 1_000).padStart(3, '0')}Z`
}
