import { PaasError } from '../errors.ts'
import type { AddonCopies, AddonService, Plan } from './addon-service.ts'
import { mariadb } from './mariadb.ts'
import { memcached } from './memcached.ts'
import { postgresql } from './postgres.ts'
import { redis, valkey } from './redis.ts'

/** Of all databases of a shared server together. */
const SHARED_CONNECTIONS = 100
/** The limit of a plan is of one login; while one is replaced by another there are two. */
const LOGINS_AT_ONCE = 2

/** Every kind of addon there is. */
export const SERVICES: AddonService[] = [postgresql, mariadb, redis, valkey, memcached]

/** By its name or another one. Throws `addon.unknown-service`. */
export function serviceNamed(name: string): AddonService {
  const found = SERVICES.find((service) => service.name === name || service.aliases.includes(name))
  if (found) return found
  throw new PaasError('invalid', 'addon.unknown-service', `There is no addon service ${JSON.stringify(name)}.`, {
    fix: `Choose one of ${SERVICES.map((service) => service.name).join(', ')}.`,
    command: 'paas addons:plans',
  })
}

/** Throws `addon.no-copies` for a kind that keeps nothing for good. */
export function copiesOf({ copies, title }: AddonService): AddonCopies {
  if (copies) return copies
  throw new PaasError('conflict', 'addon.no-copies', `${title} is a cache: there is nothing in it to back up.`, {
    fix: 'Keep what must last in a database.',
    command: 'paas addons:plans',
  })
}

/** Throws `addon.unknown-plan`. */
export function planNamed(service: AddonService, name: string | undefined): Plan {
  const found = name === undefined ? service.plans[0] : service.plans.find((plan) => plan.name === name)
  if (found) return found
  throw new PaasError('invalid', 'addon.unknown-plan', `${service.title} has no plan ${JSON.stringify(name)}.`, {
    fix: `Choose one of ${service.plans.map((plan) => plan.name).join(', ')}.`,
    command: `paas addons:plans ${service.name}`,
  })
}

/** What a server of this plan is made with. */
export function serverSize({ memoryMb, cpus, connections, shared }: Plan) {
  return { memoryMb, cpus, connections: shared ? SHARED_CONNECTIONS : connections * LOGINS_AT_ONCE }
}

/** Throws `addon.unknown-version`. */
export function requireVersion(service: AddonService, version: string): void {
  if (service.versions.some((each) => each.version === version)) return
  const versions = service.versions.map((each) => each.version).join(', ')
  throw new PaasError('invalid', 'addon.unknown-version', `${service.title} ${version} is not offered.`, {
    fix: `Choose one of ${versions}.`,
    command: `paas addons:plans ${service.name}`,
  })
}
