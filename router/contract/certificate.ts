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
