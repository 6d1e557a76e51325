import type { ProbeRequest } from './contract/call.ts'
import type { HealthCheckSpec, RouterTable, ServiceSpec, ServiceTimeouts, TargetSpec } from './contract/table.ts'
import { ControlError } from './control-error.ts'
import { HOST } from './host-pattern.ts'
import { readEdge, readPaths, readRules } from './rules/read-rules.ts'
import { Shape } from './shape.ts'
import { readAcme, readTls } from './tls-settings.ts'

/** Timers take 31 bits; nothing here may wait for longer than a day. */
const LONGEST_MS = 24 * 3_600_000
const ADDRESS = /^[A-Za-z0-9.:_-]+$/
const NAME = /^[@A-Za-z0-9._-]{1,100}$/
/** Goes into events as it is. */
const ID = /^[A-Za-z0-9_-]{1,100}$/
/** Goes into a request line and a header of ours as it is. */
const PATH = /^\/[\x21-\x7e]*$/
const HEADER_HOST = /^[A-Za-z0-9.:_[\]-]+$/

/** Parses a whole table, or refuses it with the path of the mistake. Nobody's host or instance may appear twice. */
export function readTable(value: unknown): RouterTable {
  const table = new Shape(value, 'table')
  const acme = table.field('acme')
  const edge = table.field('edge')
  const parsed: RouterTable = {
    version: table.field('version').whole(0, Number.MAX_SAFE_INTEGER),
    engineBootId: table.field('engineBootId').text(),
    services: table.field('services').list(readService),
    ...(table.field('emptied').flag(false) ? { emptied: true } : {}),
    ...(acme.present ? { acme: readAcme(acme) } : {}),
    ...(edge.present ? { edge: readEdge(edge) } : {}),
  }
  refuseTwice('service.twice', parsed.services, (service) => [service.name])
  refuseTwice('host.twice', parsed.services, (service) => service.hosts)
  refuseTwice('path.twice', parsed.services, ({ paths = [] }) => paths.map(({ host, prefix }) => host + prefix))
  refuseTwice('target.twice', parsed.services, (service) => service.targets.map(({ id }) => id))
  refuseTwice('fallback.twice', parsed.services, (service) => (service.fallback ? ['fallback'] : []))
  return parsed
}

export function readProbe(value: unknown): ProbeRequest {
  const probe = new Shape(value, 'probe')
  return {
    service: probe.field('service').text(NAME),
    targets: probe.field('targets').list(readTarget),
    healthCheck: readHealthCheck(probe.field('healthCheck')),
    deadlineMs: milliseconds(probe.field('deadlineMs')),
  }
}

export function readDrained(value: unknown): string[] {
  return new Shape(value, 'drained').field('targets').list((id) => id.text())
}

export function readHold(value: unknown): number {
  return milliseconds(new Shape(value, 'pause').field('holdMs'))
}

function readService(service: Shape): ServiceSpec {
  const tls = service.field('tls')
  const paths = service.field('paths')
  const rules = service.field('rules')
  const id = service.field('id')
  const hosts = service.field('hosts').list((host) => host.text(HOST))
  return {
    name: service.field('name').text(NAME),
    ...(id.present ? { id: id.text(ID) } : {}),
    hosts,
    fallback: service.field('fallback').flag(false),
    targets: service.field('targets').list(readTarget),
    maintenance: service.field('maintenance').flag(),
    empty: service.field('empty').word(['blank', 'stopped', 'crashed']),
    healthCheck: readHealthCheck(service.field('healthCheck')),
    timeouts: readTimeouts(service.field('timeouts')),
    ...(tls.present ? { tls: readTls(tls) } : {}),
    ...(paths.present ? { paths: readPaths(paths) } : {}),
    ...(rules.present ? { rules: readRules(rules, hosts) } : {}),
  }
}

function readTarget(target: Shape): TargetSpec {
  return {
    id: target.field('id').text(),
    instance: target.field('instance').text(),
    release: target.field('release').whole(0, Number.MAX_SAFE_INTEGER),
    host: target.field('host').text(ADDRESS),
    port: target.field('port').whole(1, 65_535),
  }
}

function readHealthCheck(check: Shape): HealthCheckSpec {
  return {
    path: check.field('path').textOrNull(PATH),
    host: check.field('host').textOrNull(HEADER_HOST),
    timeoutMs: milliseconds(check.field('timeoutMs')),
    successes: check.field('successes').whole(1, 100),
  }
}

function readTimeouts(timeouts: Shape): ServiceTimeouts {
  const read = (name: keyof ServiceTimeouts, least = 1) => timeouts.field(name).whole(least, LONGEST_MS)
  return {
    connectMs: read('connectMs'),
    firstByteMs: read('firstByteMs'),
    idleMs: read('idleMs'),
    websocketIdleMs: read('websocketIdleMs'),
    drainMs: read('drainMs', 0),
    websocketDrainMs: read('websocketDrainMs', 0),
  }
}

function milliseconds(value: Shape): number {
  return value.whole(1, LONGEST_MS)
}

function refuseTwice(code: string, services: ServiceSpec[], keysOf: (service: ServiceSpec) => string[]): void {
  const owners = new Map<string, string>()
  for (const service of services) {
    for (const key of keysOf(service)) {
      const owner = owners.get(key)
      if (owner !== undefined) {
        throw new ControlError(400, code, `"${key}" appears twice: in ${owner} and in ${service.name}`)
      }
      owners.set(key, service.name)
    }
  }
}
