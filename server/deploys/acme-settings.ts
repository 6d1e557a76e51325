import type { z } from 'zod'
import type { AcmeIssuer, AcmeSettings } from '../../router/contract/certificate.ts'
import type { Acme, AddDnsZone, UpdateAcme } from '../contract/acme.ts'
import { ISSUERS } from '../contract/issuers.ts'
import type { SecretBox } from '../db/secret-box.ts'
import type { Settings } from '../db/settings.ts'
import { messageOf, PaasError } from '../errors.ts'
import type { Log } from '../log.ts'
import { ACME_DEFAULTS, holdsClearSecrets, opened, sealed } from './acme-row.ts'

const ROW = 'acme'
type IssuerInput = NonNullable<z.output<typeof UpdateAcme>['issuers']>[number]

/** How certificates are ordered; secrets go in and never come out but to the router. */
export class AcmeStore {
  readonly #settings: Settings
  readonly #box: SecretBox
  readonly #enabled: boolean
  readonly #log: Pick<Log, 'error' | 'info'>

  constructor(parts: { settings: Settings; box: SecretBox; enabled: boolean; log: Pick<Log, 'error' | 'info'> }) {
    this.#settings = parts.settings
    this.#box = parts.box
    this.#enabled = parts.enabled
    this.#log = parts.log
  }

  /** For the router. A row that is not what it should be stops new orders, not the routes of every app. */
  forRouter(): AcmeSettings {
    try {
      return opened(this.#settings.get(ROW), this.#box)
    } catch (error) {
      this.#log.error('acme.settings', { reason: messageOf(error) })
      return { ...ACME_DEFAULTS, issuers: [] }
    }
  }

  /** For people. Throws `acme.damaged`. */
  get(): Acme {
    const { issuers, dns, ...rest } = this.#read()
    return {
      enabled: this.#enabled,
      ...rest,
      issuers: issuers.map(({ eab, ...issuer }) => ({ ...issuer, eabKeyId: eab?.keyId ?? null })),
      dns: dns.map(({ settings, ...zone }) => ({ ...zone, settings: Object.keys(settings).sort() })),
    }
  }

  /** `changed` names what is different now. Throws `acme.damaged` or `acme.invalid`. */
  update(changes: UpdateAcme): { changed: string[] } {
    return this.#change((before) => {
      const { issuers, ...values } = changes
      const named = Object.entries(values).filter(([, value]) => value !== undefined)
      const plain = named.map(([name, value]) => [name, value ?? ACME_DEFAULTS[name as keyof AcmeSettings]])
      return {
        ...before,
        ...Object.fromEntries(plain),
        ...(issuers !== undefined && { issuers: issuersOf(issuers, before.issuers) }),
      }
    })
  }

  /** In place of what is set for the zone. */
  putZone(zone: string, { provider, settings }: AddDnsZone): void {
    this.#change(({ dns, ...rest }) => ({
      ...rest,
      dns: [...dns.filter((other) => other.zone !== zone), { zone, provider, settings }],
    }))
  }

  /** Throws `acme.zone-not-found`. */
  removeZone(zone: string): void {
    this.#change(({ dns, ...rest }) => {
      const others = dns.filter((other) => other.zone !== zone)
      if (others.length === dns.length) throw zoneNotFound(zone)
      return { ...rest, dns: others }
    })
  }

  /** Rows of versions before, or written by hand, hold secrets in clear until then. */
  sealClear(): void {
    const row = this.#settings.get(ROW)
    if (row === undefined) return
    try {
      if (!holdsClearSecrets(row)) return
      this.#settings.set(ROW, sealed(opened(row, this.#box), this.#box))
      this.#log.info('acme.sealed')
    } catch (error) {
      this.#log.error('acme.settings', { reason: messageOf(error) })
    }
  }

  #change(change: (before: AcmeSettings) => AcmeSettings): { changed: string[] } {
    return this.#settings.transaction(() => {
      const before = this.#read()
      const after = change(before)
      refuseLostWildcards(after)
      this.#settings.set(ROW, sealed(after, this.#box))
      const names = Object.keys(ACME_DEFAULTS) as (keyof AcmeSettings)[]
      return { changed: names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])) }
    })
  }

  #read(): AcmeSettings {
    try {
      return opened(this.#settings.get(ROW), this.#box)
    } catch (cause) {
      if (cause instanceof PaasError) throw cause
      throw damaged(cause)
    }
  }
}

function issuersOf(inputs: IssuerInput[] | null, present: AcmeIssuer[]): AcmeIssuer[] {
  if (inputs === null) return ACME_DEFAULTS.issuers
  return inputs.map((input) => {
    const issuer =
      typeof input === 'string'
        ? { ...ISSUERS[input], profile: null, challenge: 'http-01' as const, trustedCa: null, eab: undefined }
        : input
    const kept = present.find(({ directoryUrl }) => directoryUrl === issuer.directoryUrl)
    return { ...issuer, eab: issuer.eab === undefined ? (kept?.eab ?? null) : issuer.eab }
  })
}

/** A wildcard is proved by DNS alone (RFC 8555 section 7.1.3 leaves no other way at the issuers there are). */
function refuseLostWildcards({ wildcards, dns }: AcmeSettings): void {
  const lost = wildcards.filter(
    (wildcard) => !dns.some(({ zone }) => wildcard.slice(2) === zone || wildcard.endsWith(`.${zone}`)),
  )
  if (lost.length === 0) return
  const message = `Nobody is named who may write DNS records for ${lost.join(', ')}.`
  throw new PaasError('invalid', 'acme.invalid', message, {
    fix: 'Name the DNS provider of its zone first, or take the wildcard away before its zone.',
    command: 'paas certs:dns:add ZONE cloudflare',
    errors: lost.map((name) => ({ path: 'wildcards', message: `${name} lies in no zone of dns` })),
  })
}

function zoneNotFound(zone: string): PaasError {
  return new PaasError('not-found', 'acme.zone-not-found', `No DNS provider is set for ${zone}.`, {
    fix: 'See which there are.',
    command: 'paas certs:settings',
  })
}

function damaged(cause: unknown): PaasError {
  return new PaasError(
    'failed',
    'acme.damaged',
    'The settings for certificates cannot be read; nothing is ordered meanwhile.',
    { fix: 'Put the row "acme" of the table "settings" right, or delete it, while the server is stopped.' },
    { cause },
  )
}
