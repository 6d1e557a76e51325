import { z } from 'zod'
import { DNS_PROVIDER_SETTINGS, KNOWN_ISSUERS } from './issuers.ts'
import { HostName } from './names.ts'

const HttpsUrl = z
  .string()
  .max(500)
  .regex(/^https:\/\/[\x21-\x7e]+$/, 'use an https address')
const Words = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'use letters, digits, _ and -')
const Challenge = z.enum(['http-01', 'tls-alpn-01'])
const Email = z
  .string()
  .max(254)
  .regex(/^[^\s@,;]+@[^\s@,;]+$/, 'use an address such as ops@example.com')
const Wildcard = HostName.refine((name) => name.startsWith('*.'), 'use a wildcard such as *.apps.example.com')
const Zone = HostName.refine((name) => !name.startsWith('*.'), 'name the zone, such as example.com')
const Address = z.union([z.ipv4(), z.ipv6()], 'use an address such as 192.0.2.1')
const Resolver = z
  .string()
  .regex(
    /^(?:\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?|[0-9A-Fa-f:]{2,39}|\[[0-9A-Fa-f:]{2,39}\]:\d{1,5})$/,
    'use an address or address:port',
  )

export const Issuer = z.object({
  name: z.string(),
  directoryUrl: z.string(),
  /** Of an external account; the key that belongs to it is never shown. */
  eabKeyId: z.string().nullable(),
  profile: z.string().nullable(),
  challenge: Challenge,
  trustedCa: z.string().nullable(),
})
export type Issuer = z.infer<typeof Issuer>

/** Leave `eab` out to keep what the same directory has; null takes it away. */
const IssuerInput = z.strictObject({
  name: z.string().min(1).max(100),
  directoryUrl: HttpsUrl,
  eab: z
    .strictObject({
      keyId: z.string().min(1).max(500),
      hmacKey: z.string().regex(/^[A-Za-z0-9_-]{1,1000}=*$/, 'use the key in base64url'),
    })
    .nullable()
    .optional(),
  profile: Words.nullable().default(null),
  challenge: Challenge.default('http-01'),
  trustedCa: z
    .string()
    .max(100_000)
    .regex(/-----BEGIN CERTIFICATE-----/, 'use PEM')
    .nullable()
    .default(null),
})

/** Whoever can call the API may not name a program for the router to run: `exec` is set on the machine. */
export const DnsProvider = z.enum(['cloudflare', 'route53', 'rfc2136'])

type ProviderSettings = { secret: string; required: readonly string[]; optional: readonly string[] }
export const AddDnsZone = z
  .strictObject({
    provider: DnsProvider,
    settings: z.record(
      z.string(),
      z
        .string()
        .min(1)
        .max(4_096)
        .regex(/^[\x20-\x7e]+$/, 'use one line of ASCII'),
    ),
  })
  .superRefine(({ provider, settings }, context) => {
    const { secret, required, optional }: ProviderSettings = DNS_PROVIDER_SETTINGS[provider]
    const refuse = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['settings', name], message })
    for (const name of [...required, secret]) if (!(name in settings)) refuse(name, `${provider} needs it`)
    for (const name of Object.keys(settings)) {
      if (![...required, ...optional, secret].includes(name)) refuse(name, `${provider} has no such setting`)
    }
  })
export type AddDnsZone = z.infer<typeof AddDnsZone>
export const DnsZoneName = z.object({ zone: Zone })

export const DnsZone = z.object({
  zone: z.string(),
  provider: z.enum([...DnsProvider.options, 'exec']),
  /** Names of what is set, without values. */
  settings: z.array(z.string()),
})

/** How certificates are ordered. */
export const Acme = z.object({
  /** False where the box has no TLS port: nothing is ordered. */
  enabled: z.boolean(),
  /** The first is asked; the next one after three failures that are the fault of the one before. None: no orders. */
  issuers: z.array(Issuer),
  email: z.string().nullable(),
  wildcards: z.array(z.string()),
  dns: z.array(DnsZone),
  addresses: z.array(z.string()),
  resolvers: z.array(z.string()),
})
export type Acme = z.infer<typeof Acme>

/** What is named changes; null goes back to the default. */
export const UpdateAcme = z.strictObject({
  issuers: z
    .array(z.union([z.enum(KNOWN_ISSUERS), IssuerInput]))
    .max(5)
    .nullable()
    .optional(),
  email: Email.nullable().optional(),
  /** Hosts below need no certificate of their own. Each must lie in a zone of `dns`. */
  wildcards: z.array(Wildcard).max(20).nullable().optional(),
  /** How the world sees this box, beside its own network cards. */
  addresses: z.array(Address).max(20).nullable().optional(),
  /** DNS servers for the checks before an order. */
  resolvers: z.array(Resolver).max(10).nullable().optional(),
})
export type UpdateAcme = z.infer<typeof UpdateAcme>
