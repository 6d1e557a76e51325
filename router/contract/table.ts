import type { AcmeSettings } from './certificate.ts'

/**
 * The router's front door: HTTP with JSON over a unix socket. State goes in whole (`PUT /table`), so that a lost
 * message can never matter; observations come out as a stream (`GET /events`, NDJSON).
 */
export type RouterTable = {
  /** Grows with every change; a table older than the one in force is refused with 409. */
  version: number
  /** The engine's boot id: targets of a saved table are served again only if it and the machine's boot are the same. */
  engineBootId: string
  services: ServiceSpec[]
  /** Has to be said of a table without services that follows one with: it is refused as a mistake else. */
  emptied?: boolean
  /** How certificates are ordered. Absent: none are; those on disk are served on. */
  acme?: AcmeSettings
  /** Absent: nobody stands in front of this router. */
  edge?: EdgeSettings
}

/** Who stands between the visitors and this router. */
export type EdgeSettings = {
  /** Addresses and CIDR ranges whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; everybody else's are dropped. */
  trustedProxies: string[]
  /** Connections from `trustedProxies` begin with a PROXY protocol header, version 1 or 2 (haproxy's proxy-protocol.txt). */
  proxyProtocol: boolean
}

export type ServiceSpec = {
  /** The app's name; `@platform` for the API and console. */
  name: string
  /** Stays when the name changes. A service of the same name with another id is another service. */
  id?: string
  /** Exact host names in lower case, or `*.example.com`. */
  hosts: string[]
  /** Takes requests whose host nobody claims. At most one service. */
  fallback?: boolean
  targets: TargetSpec[]
  /** True: a 503 page with code H80 for everything. */
  maintenance: boolean
  /** Why there are no targets, which decides the page: never deployed, scaled to 0, or crashed. */
  empty: 'blank' | 'stopped' | 'crashed'
  healthCheck: HealthCheckSpec
  timeouts: ServiceTimeouts
  /** Absent: plain HTTP alone. */
  tls?: TlsPolicy
  /** Parts of hosts, of its own or of others, which it serves instead of whoever has the whole host. The longest prefix counts. */
  paths?: PathRoute[]
  /** Absent: none. */
  rules?: ServiceRules
}

/** `/api` takes `/api` and all below it, not `/apiary`. `strip`: the app sees `/` instead, and the prefix as `X-Forwarded-Prefix`. */
export type PathRoute = { host: string; prefix: string; strip: boolean }

/** What an app may ask of the router beyond routes; what is absent is off. */
export type ServiceRules = {
  /** A visitor stays with one instance, by a cookie, as long as it serves. */
  sticky?: boolean
  /**
   * Requests in flight for each target, WebSockets included; beyond it they queue, `queue` for each target and for as long
   * as the first byte may take, and past that get 503 (H11). Of each worker, as is the rate limit.
   */
  concurrency?: { perTarget: number; queue: number }
  /** Requests for any other host of the service are sent on to this one: `www.example.com` to `example.com`. */
  canonicalHost?: string
  basicAuth?: { realm: string; users: BasicUser[] }
  /** Addresses and CIDR ranges; everybody else gets 403. */
  allow?: string[]
  /** Of one client address (an IPv6 one counts with its /64): `burst` at once, then `perSecond`; beyond it 429. */
  rateLimit?: { perSecond: number; burst: number }
  /** Larger request bodies get 413. */
  maxBodyBytes?: number
  /** gzip, br or zstd for compressible types; never for streams of events. */
  compress?: boolean
  /** Lines for every answer of the app, in place of the app's own of the same name. An empty value: its own is left out. */
  responseHeaders?: { name: string; value: string }[]
  /** HTML in place of the router's own pages: for its errors and for maintenance. */
  pages?: { error?: string; maintenance?: string }
  /**
   * This share of the visitors, in percent, gets the targets of this release; a cookie keeps each with what it got. When it
   * grows nobody goes back. A release without healthy targets gives its share to the others.
   */
  canary?: { release: number; percent: number }
  /** Header names with an underscore, which apps may read as other names, are passed on. */
  underscores?: boolean
}

/** `hash`: `scrypt$N$r$p$salt$key`, salt and key in base64url. */
export type BasicUser = { name: string; hash: string }

/** How the hosts of a service are served over TLS. */
export type TlsPolicy = {
  /** `auto`: the router orders certificates; `custom`: only those that were put are used; `off`: plain HTTP alone. */
  mode: 'off' | 'auto' | 'custom'
  /** Plain requests are sent on to https, as soon as their host has a certificate. */
  redirect: boolean
  /** Strict-Transport-Security on answers over TLS; 0: none. */
  hstsSeconds: number
}

export type TargetSpec = {
  /** The engine's instance id: what was confirmed under one id is never assumed of another. */
  id: string
  /** `web.1` */
  instance: string
  release: number
  host: string
  port: number
}

/** Null path: TCP connect plus one request that gets any parsable response. */
export type HealthCheckSpec = { path: string | null; host: string | null; timeoutMs: number; successes: number }

export type ServiceTimeouts = {
  connectMs: number
  firstByteMs: number
  idleMs: number
  websocketIdleMs: number
  /** Longest time that requests of a removed target may take before they are cut. */
  drainMs: number
  /** The same for upgraded connections. */
  websocketDrainMs: number
}

/** RELIABILITY: connect 5 s, first byte 60 s, then 60 s idle, WebSocket 1 h; drain 30 s, WebSockets 5 min. */
export const DEFAULT_TIMEOUTS: ServiceTimeouts = {
  connectMs: 5_000,
  firstByteMs: 60_000,
  idleMs: 60_000,
  websocketIdleMs: 3_600_000,
  drainMs: 30_000,
  websocketDrainMs: 300_000,
}

export const DEFAULT_HEALTH_CHECK: HealthCheckSpec = { path: null, host: null, timeoutMs: 5_000, successes: 2 }
