import { z } from 'zod'
import type { AcmeSettings } from '../../router/contract/certificate.ts'
import { ISSUERS } from '../contract/issuers.ts'
import type { SecretBox } from '../db/secret-box.ts'

const Sealed = z.object({ sealed: z.string() })
const Issuer = z.object({
  name: z.string(),
  directoryUrl: z.string(),
  eab: z
    .object({ keyId: z.string(), hmacKey: z.union([z.string(), Sealed]) })
    .nullable()
    .default(null),
  profile: z.string().nullable().default(null),
  challenge: z.enum(['http-01', 'tls-alpn-01']).default('http-01'),
  trustedCa: z.string().nullable().default(null),
})
const Zone = z.object({
  zone: z.string(),
  provider: z.enum(['cloudflare', 'route53', 'rfc2136', 'exec']),
  settings: z.union([Sealed.strict(), z.record(z.string(), z.string())]),
})
/** The row `acme` of the settings, in JSON; whatever it leaves out has a default. What is secret may be sealed or not. */
const Row = z.object({
  issuers: z.array(Issuer).default([Issuer.parse(ISSUERS.letsencrypt)]),
  email: z.string().nullable().default(null),
  wildcards: z.array(z.string()).default([]),
  dns: z.array(Zone).default([]),
  addresses: z.array(z.string()).default([]),
  resolvers: z.array(z.string()).default([]),
})

export const ACME_DEFAULTS: AcmeSettings = opened(undefined, undefined)

/** What the row says, secrets opened. Throws for a row or a secret that cannot be read. */
export function opened(row: string | undefined, box: SecretBox | undefined): AcmeSettings {
  const { issuers, dns, ...rest } = Row.parse(JSON.parse(row ?? '{}'))
  const open = (value: string | { sealed: string }, place: string) =>
    typeof value === 'string' ? value : (box?.unseal(Buffer.from(value.sealed), place) ?? '')
  return {
    ...rest,
    issuers: issuers.map(({ eab, ...issuer }) => {
      const hmacKey = eab && open(eab.hmacKey, eabPlace(issuer.directoryUrl))
      return { ...issuer, eab: eab && { keyId: eab.keyId, hmacKey: hmacKey ?? '' } }
    }),
    dns: dns.map(({ zone, provider, settings }) => {
      const clear = isSealed(settings) ? JSON.parse(open(settings, dnsPlace(zone))) : settings
      return { zone, provider, settings: clear as Record<string, string> }
    }),
  }
}

/** The row for these settings: keys of external accounts and all that a DNS provider is told are sealed. */
export function sealed({ issuers, dns, ...rest }: AcmeSettings, box: SecretBox): string {
  const seal = (text: string, place: string) => ({ sealed: box.seal(text, place).toString('latin1') })
  return JSON.stringify({
    ...rest,
    issuers: issuers.map(({ eab, ...issuer }) => ({
      ...issuer,
      eab: eab && { keyId: eab.keyId, hmacKey: seal(eab.hmacKey, eabPlace(issuer.directoryUrl)) },
    })),
    dns: dns.map(({ settings, ...zone }) => ({
      ...zone,
      settings: seal(JSON.stringify(settings), dnsPlace(zone.zone)),
    })),
  })
}

/** True for a row with a secret that anybody can read who reads the file. */
export function holdsClearSecrets(row: string): boolean {
  const { issuers, dns } = Row.parse(JSON.parse(row))
  return issuers.some(({ eab }) => typeof eab?.hmacKey === 'string') || dns.some(({ settings }) => !isSealed(settings))
}

function isSealed(settings: Record<string, string>): settings is { sealed: string } {
  const names = Object.keys(settings)
  return names.length === 1 && names[0] === 'sealed'
}

function eabPlace(directoryUrl: string): string {
  return `settings|acme|eab|${directoryUrl}`
}

function dnsPlace(zone: string): string {
  return `settings|acme|dns|${zone}`
}
