import type { CertificateStatus } from './contract/certificate.ts'
import type { CertificateDays, Measurements, ServiceCounters } from './contract/event.ts'
import type { EventStream } from './event-stream.ts'
import { after, NOTHING_MEASURED } from './measurements.ts'
import { exposition } from './prometheus.ts'

export const COUNTERS_EVERY_MS = 10_000
/** Of each service the newest ones are remembered for the metrics. */
export const RELEASES_KEPT = 8
const DAY_MS = 24 * 3_600_000

export type TelemetryOptions = {
  events: EventStream
  /** News of all processes that serve, each told once. */
  measure(): Measurements | Promise<Measurements>
  /** Whether the table has a service of this name. */
  serves(name: string): boolean
  certificates(): CertificateStatus[]
  everyMs?: number
}

/** What was counted by the processes before. */
export type TelemetryHandover = { total: Measurements; period: Measurements }

/** Tells what the router counted: every ten seconds in the stream of events, and since its start for Prometheus. */
export class Telemetry implements Disposable {
  readonly #options: TelemetryOptions
  readonly #timer: NodeJS.Timeout
  #total = NOTHING_MEASURED
  #period = NOTHING_MEASURED
  #reportedAt = performance.now()

  constructor(options: TelemetryOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.report(), options.everyMs ?? COUNTERS_EVERY_MS)
    this.#timer.unref()
  }

  /** The `counters` event, which begins a new period. */
  async report(): Promise<void> {
    await this.#gather()
    const now = performance.now()
    const ms = Math.round(now - this.#reportedAt)
    const counted = this.#period
    this.#period = NOTHING_MEASURED
    this.#reportedAt = now
    const at = new Date().toISOString()
    this.#options.events.publish({ type: 'counters', at, ms, ...counted, certificates: this.#certificates() })
  }

  /** Prometheus text since the start, in parts. */
  async metrics(): Promise<Iterable<string>> {
    await this.#gather()
    return exposition(this.#total, this.#certificates())
  }

  /** For a successor, which goes on counting from there. */
  async handOver(): Promise<TelemetryHandover> {
    await this.#gather()
    return { total: this.#total, period: this.#period }
  }

  adopt({ total, period }: TelemetryHandover): void {
    this.#total = total
    this.#period = period
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #gather(): Promise<void> {
    const news = await this.#options.measure()
    this.#period = after(this.#period, news)
    this.#total = this.#pruned(after(this.#total, news))
  }

  /** What has left the table leaves the metrics, or they would grow for ever. */
  #pruned(total: Measurements): Measurements {
    const services = Object.entries(total.services).filter(([name]) => this.#options.serves(name))
    return { ...total, services: Object.fromEntries(services.map(([name, service]) => [name, newest(service)])) }
  }

  #certificates(): CertificateDays[] {
    return this.#options.certificates().flatMap(({ name, source, notAfter }) => {
      if (notAfter === null) return []
      return { name, source, daysLeft: Math.round((100 * (Date.parse(notAfter) - Date.now())) / DAY_MS) / 100 }
    })
  }
}

/** Release 0 stands for requests that reached none, and stays. */
function newest(service: ServiceCounters): ServiceCounters {
  const releases = Object.entries(service.releases)
  if (releases.length <= RELEASES_KEPT + 1) return service
  const kept = releases.sort(([one], [other]) => Number(other) - Number(one))
  const none = kept.filter(([release]) => release === '0')
  return { ...service, releases: Object.fromEntries([...kept.slice(0, RELEASES_KEPT), ...none]) }
}
