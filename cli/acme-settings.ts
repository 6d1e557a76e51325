import type { Acme, Issuer, UpdateAcme } from '../server/contract/acme.ts'
import { ISSUERS, type KnownIssuer } from '../server/contract/issuers.ts'
import { type Forms, listOf, oneOf, text } from '../server/contract/setting-forms.ts'
import { UsageError } from './errors.ts'

/** Everything that `certs:set` takes. Those from `challenge` on are of the issuers, all of them. */
export const ACME_FORMS: Forms = {
  email: text,
  issuer: listOf('letsencrypt, staging or addresses of directories, in the order in which they are asked'),
  wildcards: listOf('wildcards such as *.apps.example.com'),
  addresses: listOf('addresses of this box as the world sees it'),
  resolvers: listOf('addresses of DNS servers'),
  challenge: oneOf('http-01', 'tls-alpn-01'),
  profile: text,
  'trusted-ca': text,
}

type IssuerInput = Exclude<NonNullable<UpdateAcme['issuers']>[number], string>
type Given = Record<string, unknown>

/** What the API is asked for, from what was typed. `present` is what the box has now: an issuer that stays keeps its account. */
export function acmeChanges(given: Given, present: Acme): UpdateAcme {
  const { issuer, challenge, profile, trustedCa, ...values } = given
  const ofIssuers = Object.entries({ challenge, profile, trustedCa }).filter(([, value]) => value !== undefined)
  if (issuer === null && ofIssuers.length === 0) return { ...values, issuers: null }
  if (issuer === undefined && ofIssuers.length === 0) return values
  const issuers = Array.isArray(issuer)
    ? issuer.map((word) => issuerOf(String(word), present))
    : present.issuers.map(kept)
  const changes = Object.fromEntries(ofIssuers.map(([name, value]) => [name, value ?? ISSUER_DEFAULTS[name]]))
  if (ofIssuers.length === 0) return { ...values, issuers }
  return { ...values, issuers: issuers.map((one) => ({ ...whole(one, present), ...changes })) }
}

/** The same without its account: the box keeps that with the directory. */
export function kept({ eabKeyId: _, ...issuer }: Issuer): IssuerInput {
  return issuer
}

const ISSUER_DEFAULTS: Record<string, unknown> = { challenge: 'http-01', profile: null, trustedCa: null }

function issuerOf(word: string, present: Acme): KnownIssuer | IssuerInput {
  if (isKnown(word)) return word
  const known = present.issuers.find(({ directoryUrl }) => directoryUrl === word)
  if (known) return kept(known)
  if (URL.canParse(word) && word.startsWith('https://')) return newIssuer(new URL(word).host, word)
  throw new UsageError(`${JSON.stringify(word)} is no issuer.`, {
    fix: 'Use letsencrypt, staging, or the https address of an ACME directory.',
    command: 'paas certs:set --help',
  })
}

function whole(issuer: KnownIssuer | IssuerInput, present: Acme): IssuerInput {
  if (typeof issuer !== 'string') return issuer
  const { name, directoryUrl } = ISSUERS[issuer]
  const known = present.issuers.find((one) => one.directoryUrl === directoryUrl)
  return known ? kept(known) : newIssuer(name, directoryUrl)
}

function newIssuer(name: string, directoryUrl: string): IssuerInput {
  return { name, directoryUrl, profile: null, challenge: 'http-01', trustedCa: null }
}

function isKnown(word: string): word is KnownIssuer {
  return Object.hasOwn(ISSUERS, word)
}
