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

/** ACME (RFC 8555). The router goes on by these while the server is away. */
export type AcmeSettings = {
  /** The first is asked; the next one after three failures that are the fault of the one before. None: no orders. */
  issuers: AcmeIssuer[]
  /** Where the issuer may write to. */
  email: string | null
  /** Wildcard certificates to have whoever's hosts lie below; those hosts need none of their own. */
  wildcards: string[]
  /** Who writes dns-01 records, by zone; the longest matching zone counts. Needed for wildcards. */
  dns: DnsZone[]
  /** Addresses of this box as the world sees it, beside those of its own network cards. */
  addresses: string[]
  /** DNS servers for the checks before an order, `address` or `address:port`. Empty: those of the system. */
  resolvers: string[]
}

export type AcmeIssuer = {
  /** What people read: `Let's Encrypt`. */
  name: string
  directoryUrl: string
  /** External account binding (RFC 8555 section 7.3.4); `hmacKey` in base64url. */
  eab: { keyId: string; hmacKey: string } | null
  /** As the directory lists them: `shortlived`. */
  profile: string | null
  challenge: 'http-01' | 'tls-alpn-01'
  /** PEM of the authority behind the directory's own certificate, where it is not a public one. */
  trustedCa: string | null
}

/** `settings` are the provider's own: see router/tls/dns/. */
export type DnsZone = { zone: string; provider: DnsProviderName; settings: Record<string, string> }
export const DNS_PROVIDERS = ['cloudflare', 'route53', 'rfc2136', 'exec'] as const
export type DnsProviderName = (typeof DNS_PROVIDERS)[number]

/**
 * waiting: the name is not ready (see `reason`), nothing was ordered; checking: its DNS is looked at; ordering and
 * renewing: the issuer is at work; failed: the last order did not succeed. An old certificate is served all the while.
 */
export type CertificateState = 'waiting' | 'checking' | 'ordering' | 'issued' | 'renewing' | 'failed'

/** `GET /certificates`, one each; also in the stream whenever one changes. */
export type CertificateStatus = {
  name: string
  /** Of one's own: the service that it was put for. */
  service: string | null
  /** All names that it is good for. */
  names: string[]
  source: 'auto' | 'custom'
  state: CertificateState
  /** In plain words, what to do included; empty when all is well. */
  reason: string
  nextTryAt: string | null
  issuer: string | null
  notAfter: string | null
  /** Set when a certificate should have been renewed long ago: `expires in 3 days`. */
  alarm: string | null
}
export type CertificatesAnswer = { certificates: CertificateStatus[] }

/**
 * `PUT /certificates/:name` stores one's own certificate, checked, in PEM. `name` is a label for replacing and removing
 * it. It serves hosts of this service and of no other, whatever names are in it.
 */
export type PutCertificateRequest = { service: string; chain: string; key: string }
export type PutCertificateAnswer = { name: string; names: string[]; notAfter: string; warnings: string[] }

/** `POST /domains/check`: could a certificate be ordered for these names? A name that has become ready is tried at once. */
export type CheckDomainsRequest = { names: string[] }
export type DomainCheck = { name: string; ready: boolean; reason: string; addresses: string[] }
export type CheckDomainsAnswer = { checks: DomainCheck[] }

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

export type PutTableAnswer = { version: number; appliedMs: number }

/** `POST /probe`: waits until every target is healthy as seen from the router, or the deadline. Does not route anything. */
export type ProbeRequest = { service: string; targets: TargetSpec[]; healthCheck: HealthCheckSpec; deadlineMs: number }

export type ProbeAnswer = {
  healthy: boolean
  targets: { id: string; healthy: boolean; attempts: number; lastError: string | null }[]
}

/** `POST /drained`: waits until these targets have no request in flight, or the limits of their service have passed. */
export type DrainedRequest = { targets: string[] }
export type DrainedAnswer = { targets: { id: string; cut: number }[] }

/** `POST /services/:name/pause` holds requests (at most holdMs, then 503); `/resume` lets them go. */
export type PauseRequest = { holdMs: number }

/** `GET /status` */
export type RouterStatus = {
  version: number
  bootId: string
  startedAt: string
  services: {
    name: string
    paused: boolean
    targets: { id: string; instance: string; state: TargetState; inFlight: number }[]
  }[]
  /** Of all processes together. */
  rssBytes: number
  /** `primary`: answers here; `worker`: serves for it; `leaving`: finishes what it had when a successor took over. */
  processes: RouterProcess[]
}

export type RouterProcess = {
  pid: number
  role: 'primary' | 'worker' | 'leaving'
  rssBytes: number
  /** Of visitors, open at the moment. */
  connections: number
}

/**
 * `POST /restart`: starts the router anew from the files on disk, which takes over the listening sockets; answers when
 * the new process serves, or why it does not and the old one serves on.
 */
export type RestartAnswer = { pid: number; tookMs: number }

export type TargetState = 'adding' | 'healthy' | 'unhealthy' | 'draining'

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

/** How the control socket refuses (RFC 9457). `code` is stable and reads `noun.reason`. */
export type RouterProblem = { status: number; code: string; title: string; detail: string; fix?: string }

/** The code with which a process refuses that has just been followed by another one: the call is to be repeated. */
export const HANDED_OVER = 'router.handed-over'
