import type { AcmeSettings } from '../../router/contract/certificate.ts'
import {
  DEFAULT_HEALTH_CHECK,
  DEFAULT_TIMEOUTS,
  type EdgeSettings,
  type HealthCheckSpec,
  type PathRoute,
  type RouterTable,
  type ServiceSpec,
  type TargetSpec,
} from '../../router/contract/table.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { PathRouteRecord } from '../apps/path-routes.ts'
import type { StoredRouting } from '../apps/routing.ts'
import type { Endpoint, Instance } from '../engine/engine.ts'
import type { ReleaseWishes } from './release-wishes.ts'
import { rulesOf, timeoutsOf, tlsOf } from './service-rules.ts'
import { AUTOMATIC } from './tls-policy.ts'
import { WEB } from './workloads.ts'

/** What the table is made of, for one app. */
export type RoutedApp = {
  app: AppRecord
  /** The one that the box gave first. */
  hosts: string[]
  /** How many `web` instances are wanted. */
  quantity: number
  instances: Instance[]
  /** What differs from the defaults. */
  routing: StoredRouting
  /** Of the release that serves, by process type. */
  checks?: ReleaseWishes['healthChecks']
}

/** The router's name for the API and console. */
export const PLATFORM_SERVICE = '@platform'

export type RouteTableInput = {
  version: number
  engineBootId: string
  apps: RoutedApp[]
  platform: { hosts: string[]; endpoint: Endpoint } | null
  /** Instances that are about to be stopped. */
  leaving: ReadonlySet<string>
  paths: PathRouteRecord[]
  /** Who stands in front of the router; absent: nobody. */
  edge?: EdgeSettings
  /** How certificates are ordered; absent: everything is served over plain HTTP. */
  acme?: AcmeSettings
}

/** The whole table from the whole state. Only addresses that the engine confirmed since it started are in it. */
export function routeTable(input: RouteTableInput): RouterTable {
  const { version, engineBootId, edge, acme } = input
  const owners = ownersOfHosts(input)
  const own = (service: string, hosts: string[]) => [...new Set(hosts)].filter((host) => owners.get(host) === service)
  const services = input.apps.map((routed) => {
    const hosts = own(routed.app.name, routed.hosts)
    const paths = pathsOf(routed, input, owners)
    const tls = acme && { tls: tlsOf(routed.routing) }
    return { ...appService({ ...routed, hosts }, input.leaving), ...(paths.length > 0 && { paths }), ...tls }
  })
  if (input.platform) services.push(platformService(input.platform, own, acme !== undefined))
  return { version, engineBootId, services, ...(edge && { edge }), ...(acme && { acme }) }
}

/** A path goes with the host: where that belongs to somebody else now, it is nobody's. */
function pathsOf(
  { app }: RoutedApp,
  { apps, paths }: RouteTableInput,
  owners: ReadonlyMap<string, string>,
): PathRoute[] {
  return paths.flatMap(({ appId, hostAppId, domain, prefix, strip }) => {
    if (appId !== app.id) return []
    const hostApp = apps.find((other) => other.app.id === hostAppId)
    const host = domain ?? hostApp?.hosts[0]
    return host !== undefined && owners.get(host) === hostApp?.app.name ? [{ host, prefix, strip }] : []
  })
}

/**
 * The router refuses a table in which a host appears twice, and then nobody's changes go live. That happens where the
 * base domain was changed to one that an app had claimed: the platform goes first, then what the box gave, then claims.
 */
function ownersOfHosts({ apps, platform }: RouteTableInput): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  const claim = (service: string, hosts: string[]) => {
    for (const host of hosts) if (!owners.has(host)) owners.set(host, service)
  }
  if (platform) claim(PLATFORM_SERVICE, platform.hosts)
  for (const { app, hosts } of apps) claim(app.name, hosts.slice(0, 1))
  for (const { app, hosts } of apps) claim(app.name, hosts.slice(1))
  return owners
}

function appService(
  { app, hosts, quantity, instances, routing, checks = {} }: RoutedApp,
  leaving: ReadonlySet<string>,
): ServiceSpec {
  const targets = instances
    .filter((instance) => serves(app, quantity, instance) && !leaving.has(instance.id))
    .map(targetOf)
    .filter((target) => target !== undefined)
  const rules = rulesOf(app.name, routing, hosts)
  return {
    name: app.name,
    id: app.id,
    hosts,
    targets,
    maintenance: app.maintenance,
    empty: app.currentRelease === null ? 'blank' : quantity === 0 ? 'stopped' : 'crashed',
    healthCheck: healthCheckOf(checks, hosts[0] ?? null),
    timeouts: timeoutsOf(routing),
    ...(rules && { rules }),
  }
}

function serves(app: AppRecord, quantity: number, instance: Instance): boolean {
  return (
    instance.app === app.id &&
    instance.release === app.currentRelease &&
    instance.processType === WEB &&
    instance.index <= quantity
  )
}

/** How the router asks `web` whether it is well. */
export function healthCheckOf(checks: ReleaseWishes['healthChecks'], host: string | null): HealthCheckSpec {
  const { path, timeoutMs } = checks[WEB] ?? { path: null, timeoutMs: null }
  return { ...DEFAULT_HEALTH_CHECK, host, path, timeoutMs: timeoutMs ?? DEFAULT_HEALTH_CHECK.timeoutMs }
}

export function targetOf(instance: Instance): TargetSpec | undefined {
  if (instance.state !== 'running' || !instance.endpoint) return undefined
  return {
    id: instance.id,
    instance: `${instance.processType}.${instance.index}`,
    release: instance.release,
    host: instance.endpoint.host,
    port: instance.endpoint.port,
  }
}

function platformService(
  { hosts, endpoint }: { hosts: string[]; endpoint: Endpoint },
  own: (service: string, hosts: string[]) => string[],
  withTls: boolean,
): ServiceSpec {
  return {
    name: PLATFORM_SERVICE,
    hosts: own(PLATFORM_SERVICE, hosts),
    targets: [{ id: `platform@${endpoint.host}:${endpoint.port}`, instance: 'server', release: 0, ...endpoint }],
    maintenance: false,
    empty: 'crashed',
    healthCheck: { ...DEFAULT_HEALTH_CHECK, successes: 1 },
    timeouts: { ...DEFAULT_TIMEOUTS, firstByteMs: 3_600_000, idleMs: 3_600_000 },
    ...(withTls && { tls: AUTOMATIC }),
  }
}
