import {
  type AcmeIssuer,
  type AcmeSettings,
  DNS_PROVIDERS,
  type DnsZone,
  type PutCertificateRequest,
} from './contract/certificate.ts'
import type { TlsPolicy } from './contract/table.ts'
import { Shape } from './shape.ts'

const NAME = /^(\*\.)?[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/
const URL_TEXT = /^https?:\/\/[\x21-\x7e]+$/
const SERVER = /^[0-9A-Fa-f.:[\]]+$/
const EMAIL = /^[^\s@,;]+@[^\s@,;]+$/
const BASE64URL = /^[A-Za-z0-9_-]+=*$/
const TWO_YEARS_SECONDS = 63_072_000

export function readTls(tls: Shape): TlsPolicy {
  return {
    mode: tls.field('mode').word(['off', 'auto', 'custom']),
    redirect: tls.field('redirect').flag(false),
    hstsSeconds: tls.field('hstsSeconds').whole(0, TWO_YEARS_SECONDS),
  }
}

export function readAcme(acme: Shape): AcmeSettings {
  return {
    issuers: acme.field('issuers').list(readIssuer),
    email: acme.field('email').textOrNull(EMAIL),
    wildcards: acme.field('wildcards').list((name) => name.text(/^\*\.[a-z0-9_.-]+$/)),
    dns: acme.field('dns').list(readZone),
    addresses: acme.field('addresses').list((address) => address.text(SERVER)),
    resolvers: acme.field('resolvers').list((server) => server.text(SERVER)),
  }
}

export function readCertificatePut(value: unknown): PutCertificateRequest {
  const pair = new Shape(value, 'certificate')
  return { service: pair.field('service').text(), chain: pair.field('chain').text(), key: pair.field('key').text() }
}

export function readNames(value: unknown): string[] {
  return new Shape(value, 'check').field('names').list((name) => name.text(NAME))
}

function readIssuer(issuer: Shape): AcmeIssuer {
  const eab = issuer.field('eab')
  return {
    name: issuer.field('name').text(),
    directoryUrl: issuer.field('directoryUrl').text(URL_TEXT),
    eab: eab.present ? { keyId: eab.field('keyId').text(), hmacKey: eab.field('hmacKey').text(BASE64URL) } : null,
    profile: issuer.field('profile').textOrNull(/^[A-Za-z0-9_-]+$/),
    challenge: issuer.field('challenge').word(['http-01', 'tls-alpn-01']),
    trustedCa: issuer.field('trustedCa').textOrNull(),
  }
}

function readZone(zone: Shape): DnsZone {
  return {
    zone: zone.field('zone').text(NAME),
    provider: zone.field('provider').word(DNS_PROVIDERS),
    settings: zone.field('settings').texts(),
  }
}
