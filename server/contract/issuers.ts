/** Issuers that go by a word. Without zod, so that the command line can carry it. */
export const ISSUERS = {
  letsencrypt: { name: 'Let’s Encrypt', directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory' },
  staging: {
    name: 'Let’s Encrypt (staging)',
    directoryUrl: 'https://acme-staging-v02.api.letsencrypt.org/directory',
  },
} as const
export type KnownIssuer = keyof typeof ISSUERS
export const KNOWN_ISSUERS = Object.keys(ISSUERS) as [KnownIssuer, ...KnownIssuer[]]

/** What each DNS provider needs; `secret` is asked for, and never shown. */
export const DNS_PROVIDER_SETTINGS = {
  cloudflare: { secret: 'token', required: [], optional: [] },
  route53: { secret: 'secretAccessKey', required: ['accessKeyId', 'hostedZoneId'], optional: [] },
  rfc2136: { secret: 'keySecret', required: ['server', 'keyName'], optional: ['algorithm'] },
} as const satisfies Record<string, { secret: string; required: readonly string[]; optional: readonly string[] }>
export type DnsProviderName = keyof typeof DNS_PROVIDER_SETTINGS
