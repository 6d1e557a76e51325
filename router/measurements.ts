import type { Measurements, ReleaseCounters, ServiceCounters } from './contract/event.ts'
import { EMPTY_HISTOGRAM, mergeHistograms } from './histogram.ts'

export const NOTHING_MEASURED: Measurements = {
  services: {},
  answered: {},
  handshakes: { done: 0, resumed: 0, refused: 0 },
  connections: { plain: 0, tls: 0 },
}

const NO_SERVICE: ServiceCounters = { inFlight: 0, tunnels: 0, releases: {} }
const NO_RELEASE: ReleaseCounters = {
  ...{ requests: 0, status: {}, codes: {}, bytesIn: 0, bytesOut: 0, retries: 0 },
  ...{ latency: EMPTY_HISTOGRAM, connect: EMPTY_HISTOGRAM },
}

/** How two readings of what is open at a moment become one. */
type Levels = (one: number, other: number) => number

/** Of two processes over the same time: everything adds up. */
export function together(one: Measurements, other: Measurements): Measurements {
  return join(one, other, (a, b) => a + b)
}

/** Of the same processes over two periods: what was counted adds up, what is open is as the later one says. */
export function after(earlier: Measurements, later: Measurements): Measurements {
  return join(earlier, later, (_, last) => last)
}

function join(one: Measurements, other: Measurements, levels: Levels): Measurements {
  return {
    services: joinRecords(one.services, other.services, NO_SERVICE, (a, b) => joinServices(a, b, levels)),
    answered: sums(one.answered, other.answered),
    handshakes: {
      done: one.handshakes.done + other.handshakes.done,
      resumed: one.handshakes.resumed + other.handshakes.resumed,
      refused: one.handshakes.refused + other.handshakes.refused,
    },
    connections: {
      plain: levels(one.connections.plain, other.connections.plain),
      tls: levels(one.connections.tls, other.connections.tls),
    },
  }
}

function joinServices(one: ServiceCounters, other: ServiceCounters, levels: Levels): ServiceCounters {
  const id = other.id ?? one.id
  return {
    ...(id === undefined ? {} : { id }),
    inFlight: levels(one.inFlight, other.inFlight),
    tunnels: levels(one.tunnels, other.tunnels),
    releases: joinRecords(one.releases, other.releases, NO_RELEASE, joinReleases),
  }
}

function joinReleases(one: ReleaseCounters, other: ReleaseCounters): ReleaseCounters {
  return {
    requests: one.requests + other.requests,
    status: sums(one.status, other.status),
    codes: sums(one.codes, other.codes),
    bytesIn: one.bytesIn + other.bytesIn,
    bytesOut: one.bytesOut + other.bytesOut,
    retries: one.retries + other.retries,
    latency: mergeHistograms(one.latency, other.latency),
    connect: mergeHistograms(one.connect, other.connect),
  }
}

function sums(one: Record<string, number>, other: Record<string, number>): Record<string, number> {
  return joinRecords(one, other, 0, (a, b) => a + b)
}

function joinRecords<Value>(
  one: Record<string, Value>,
  other: Record<string, Value>,
  none: Value,
  joinValues: (one: Value, other: Value) => Value,
): Record<string, Value> {
  // A service may be called `constructor`.
  const of = (record: Record<string, Value>, name: string) =>
    (Object.hasOwn(record, name) ? record[name] : none) as Value
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return Object.fromEntries([...names].map((name) => [name, joinValues(of(one, name), of(other, name))]))
}
