import type { RequestLog } from '../access-log.ts'
import type { FailureCode } from '../failures.ts'
import type { Asked, Finished } from '../finished.ts'
import type { Service } from '../service.ts'
import type { Target } from '../target.ts'

const MICROS_PER_MS = 1_000

/** Collects what there is to say about one request, and says it once. */
export class Journal implements Finished {
  readonly service: Service
  readonly asked: Asked
  readonly visitor: Finished['visitor']
  readonly startedAt: number
  readonly #log: RequestLog
  readonly #began = performance.now()
  #dialed = 0
  #tries = 0
  #closed = false
  target: Target | null = null
  status = 0
  code: FailureCode | undefined = undefined
  micros = 0
  connectMicros = 0
  bytes = 0
  received = 0
  tunnelled = false

  /** `startedAt` in milliseconds since 1970. */
  constructor(log: RequestLog, service: Service, visitor: Finished['visitor'], asked: Asked, startedAt: number) {
    this.service = service
    this.asked = asked
    this.visitor = visitor
    this.startedAt = startedAt
    this.#log = log
    service.traffic.inFlight += 1
  }

  get retries(): number {
    return this.#tries > 1 ? this.#tries - 1 : 0
  }

  /** The request goes to this target, over a connection that there is, or one that is dialed now. */
  found(target: Target, connected: boolean): void {
    this.target = target
    this.connectMicros = 0
    this.#tries += 1
    if (!connected) this.#dialed = performance.now()
  }

  connected(): void {
    this.connectMicros = microsSince(this.#dialed)
  }

  switched(): void {
    this.tunnelled = true
    this.service.traffic.tunnels += 1
  }

  close(status: number, code?: FailureCode): void {
    if (this.#closed) return
    this.#closed = true
    this.status = status
    this.code = code
    this.micros = microsSince(this.#began)
    this.service.traffic.finished(this)
    this.#log.finished(this)
  }
}

function microsSince(began: number): number {
  return Math.round((performance.now() - began) * MICROS_PER_MS)
}
