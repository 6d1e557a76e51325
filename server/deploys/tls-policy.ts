import { z } from 'zod'
import type { AcmeSettings, TlsPolicy } from '../../router/contract.ts'
import type { Settings } from '../db/settings.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'

const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory'
/** Certificates by themselves, and plain requests sent on once there is one. HSTS is a promise that an app makes itself. */
export const AUTOMATIC: TlsPolicy = { mode: 'auto', redirect: true, hstsSeconds: 0 }

const Issuer = z.object({
  name: z.string(),
  directoryUrl: z.string(),
  eab: z.object({ keyId: z.string(), hmacKey: z.string() }).nullable().default(null),
  profile: z.string().nullable().default(null),
  challenge: z.enum(['http-01', 'tls-alpn-01']).default('http-01'),
  trustedCa: z.string().nullable().default(null),
})
const Zone = z.object({
  zone: z.string(),
  provider: z.enum(['cloudflare', 'route53', 'rfc2136', 'exec']),
  settings: z.record(z.string(), z.string()),
})
/** The row `acme` of the settings, in JSON; whatever it leaves out has a default. */
const Acme = z.object({
  issuers: z.array(Issuer).default([Issuer.parse({ name: 'Let’s Encrypt', directoryUrl: LETS_ENCRYPT })]),
  email: z.string().nullable().default(null),
  wildcards: z.array(z.string()).default([]),
  dns: z.array(Zone).default([]),
  addresses: z.array(z.string()).default([]),
  resolvers: z.array(z.string()).default([]),
})

/** How certificates are ordered. A row that is not what it should be stops new orders, not the routes of every app. */
export function acmeSettings(settings: Pick<Settings, 'get'>, log: Pick<Log, 'error'>): AcmeSettings {
  try {
    return Acme.parse(JSON.parse(settings.get('acme') ?? '{}'))
  } catch (error) {
    log.error('acme.settings', { reason: messageOf(error) })
    return Acme.parse({ issuers: [] })
  }
}
