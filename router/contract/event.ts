import type { TargetState } from './call.ts'
import type { CertificateStatus } from './certificate.ts'

/** `GET /events`, or `GET /events?only=target` for one type alone. */
export type RouterEvent =
  | ({ type: 'request' } & RequestRecord)
  | TargetChange
  /** Every 10 s: what was counted in the `ms` before. */
  | ({ type: 'counters'; at: string; ms: number; certificates: CertificateDays[] } & Measurements)
  | ({ type: 'certificate'; at: string } & CertificateStatus)
  /** The reader was too slow; this many events are missing. */
  | { type: 'dropped'; count: number }

export type TargetChange = {
  type: 'target'
  service: string
  serviceId?: string
  id: string
  instance: string
  from: TargetState
  to: TargetState
  at: string
}

/** One request, with the fields of Heroku's router line. */
export type RequestRecord = {
  at: string
  service: string
  /** The id of the service, where its spec has one: the name may be another's by the time that this is read. */
  serviceId?: string
  method: string
  path: string
  host: string
  requestId: string
  /** X-Forwarded-For as seen: the client's address. */
  fwd: string
  instance: string
  release: number
  connectMs: number
  serviceMs: number
  status: number
  bytes: number
  protocol: 'http' | 'https'
  /** `H12`, with its description; absent when all went well. */
  code?: string
  desc?: string
}

/** Less than 0: it has expired. */
export type CertificateDays = { name: string; source: CertificateStatus['source']; daysLeft: number }

/**
 * What was counted in a period, and what is open at its end. Services that did nothing and have nothing under way are
 * left out. Of several processes, or periods, these add up to one (router/measurements.ts).
 */
export type Measurements = {
  services: Record<string, ServiceCounters>
  /** Requests that the router answered by itself, by status: unknown hosts, malformed requests, redirects, proofs. */
  answered: Record<string, number>
  /** `resumed` are among those `done`. */
  handshakes: { done: number; resumed: number; refused: number }
  /** Connections of visitors. */
  connections: { plain: number; tls: number }
}

export type ServiceCounters = {
  /** The id of the service, where its spec has one. */
  id?: string
  /** Requests under way, those that wait for a target and tunnels included. */
  inFlight: number
  tunnels: number
  /** `0` holds the requests that reached no target. */
  releases: Record<string, ReleaseCounters>
}

/** Counted when a request is over. */
export type ReleaseCounters = {
  requests: number
  /** By status; where there are more than 32 different ones, the rest by class: `4xx`. */
  status: Record<string, number>
  /** By H-code. */
  codes: Record<string, number>
  /** Bytes of request and answer bodies, and of tunnels. */
  bytesIn: number
  bytesOut: number
  /** Attempts beyond the first of each request. */
  retries: number
  /** Whole times of requests; tunnels are not in it. */
  latency: Histogram
  /** Times until a new connection to a target was there. */
  connect: Histogram
}

/** Times in microseconds. `buckets` alternates bucket and count, ascending; router/histogram.ts says what a bucket spans. */
export type Histogram = { sum: number; buckets: number[] }
