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
  const { version, engineBootId, acme } = input
  if (!acme) return { version, engineBootId, services }
  return { version, engineBootId, services: services.map((service) => ({ ...service, tls: AUTOMATIC })), acme }
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
