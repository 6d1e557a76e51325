import {
  type AcmeSettings,
  DEFAULT_HEALTH_CHECK,
  DEFAULT_TIMEOUTS,
  type RouterTable,
  type ServiceSpec,
  type TargetSpec,
} from '../../router/contract.ts'
import type { AppRecord } from '../apps/apps.ts'
import type { Endpoint, Instance } from '../engine/engine.ts'
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
  /** How certificates are ordered; absent: everything is served over plain HTTP. */
  acme?: AcmeSettings
}

/** The whole table from the whole state. Only addresses that the engine confirmed since it started are in it. */
export function routeTable(input: RouteTableInput): RouterTable {
  const services = input.apps.map((routed) => appService(routed, input.leaving))
  if (input.platform) services.push(platformService(input.platform))
  const owners = ownersOfHosts(input)
  const routed = services.map((service) => ({
    ...service,
    hosts: [...new Set(service.hosts)].filter((host) => owners.get(host) === service.name),
  }))
  const { version, engineBootId, acme } = input
  if (!acme) return { version, engineBootId, services: routed }
  return { version, engineBootId, services: routed.map((service) => ({ ...service, tls: AUTOMATIC })), acme }
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

function appService({ app, hosts, quantity, instances }: RoutedApp, leaving: ReadonlySet<string>): ServiceSpec {
  const targets = instances
    .filter((instance) => serves(app, quantity, instance) && !leaving.has(instance.id))
    .map(targetOf)
    .filter((target) => target !== undefined)
  return {
    name: app.name,
    hosts,
    targets,
    maintenance: app.maintenance,
    empty: app.currentRelease === null ? 'blank' : quantity === 0 ? 'stopped' : 'crashed',
    healthCheck: { ...DEFAULT_HEALTH_CHECK, host: hosts[0] ?? null },
    timeouts: DEFAULT_TIMEOUTS,
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

function platformService({ hosts, endpoint }: { hosts: string[]; endpoint: Endpoint }): ServiceSpec {
  return {
    name: PLATFORM_SERVICE,
    hosts,
    targets: [{ id: `platform@${endpoint.host}:${endpoint.port}`, instance: 'server', release: 0, ...endpoint }],
    maintenance: false,
    empty: 'crashed',
    healthCheck: { ...DEFAULT_HEALTH_CHECK, successes: 1 },
    timeouts: { ...DEFAULT_TIMEOUTS, firstByteMs: 3_600_000, idleMs: 3_600_000 },
  }
}
