import type { ServiceRules, ServiceTimeouts, TlsPolicy } from '../../router/contract/table.ts'
import { DEFAULT_TIMEOUTS } from '../../router/contract/table.ts'
import type { StoredRouting } from '../apps/routing.ts'
import { ROUTING_DEFAULTS } from '../apps/routing.ts'

/** What the router is told of an app's routing; undefined: nothing beyond routes. A canonical host that went is none. */
export function rulesOf(app: string, routing: StoredRouting, hosts: string[]): ServiceRules | undefined {
  const rules = definedOnly({
    sticky: routing.sticky,
    concurrency: routing.concurrency && {
      perTarget: routing.concurrency.perInstance,
      queue: routing.concurrency.queue,
    },
    canonicalHost: hosts.find((host) => host === routing.canonicalHost),
    basicAuth: routing.auth && { realm: routing.authRealm ?? app, users: routing.auth },
    allow: routing.allow,
    rateLimit: routing.rateLimit,
    maxBodyBytes: routing.maxBody,
    compress: routing.compress,
    responseHeaders: routing.headers && Object.entries(routing.headers).map(([name, value]) => ({ name, value })),
    pages: pagesOf(routing),
    underscores: routing.underscores,
  })
  return Object.keys(rules).length > 0 ? rules : undefined
}

export function timeoutsOf(routing: StoredRouting): ServiceTimeouts {
  const { connectTimeout, firstByteTimeout, idleTimeout, websocketIdleTimeout, drainTimeout } = {
    ...ROUTING_DEFAULTS,
    ...routing,
  }
  return {
    ...DEFAULT_TIMEOUTS,
    connectMs: connectTimeout * 1_000,
    firstByteMs: firstByteTimeout * 1_000,
    idleMs: idleTimeout * 1_000,
    websocketIdleMs: websocketIdleTimeout * 1_000,
    drainMs: drainTimeout * 1_000,
  }
}

export function tlsOf(routing: StoredRouting): TlsPolicy {
  const { tls, httpsRedirect, hsts } = { ...ROUTING_DEFAULTS, ...routing }
  return { mode: tls, redirect: httpsRedirect, hstsSeconds: hsts }
}

function pagesOf({ errorPage, maintenancePage }: StoredRouting): ServiceRules['pages'] {
  if (!errorPage && !maintenancePage) return undefined
  return definedOnly({ error: errorPage, maintenance: maintenancePage })
}

type Defined<Values> = { [Name in keyof Values]?: NonNullable<Values[Name]> }

function definedOnly<Values extends object>(values: Values): Defined<Values> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(entries) as Defined<Values>
}
