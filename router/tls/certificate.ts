import type { KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { createPrivateKey, X509Certificate } from '../builtins.ts'
import { BadCertificate, noCertificate, noKey } from './bad-certificate.ts'

/** A certificate with its key, checked to belong together. PEM: `chain` begins with the leaf. */
export type Certificate = {
  names: string[]
  notBefore: number
  notAfter: number
  key: string
  chain: string
  leaf: X509Certificate
}

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g
const WEAK_RSA_BITS = 2_048

/** Throws BadCertificate. An expired one passes: it may be better than nothing, which is for the caller to say. */
export function readCertificate(chain: string, key: string): Certificate {
  const certificates = readChain(chain)
  const leaf = certificates[0] as X509Certificate
  const privateKey = readKey(key)
  if (!leaf.checkPrivateKey(privateKey))
    throw new BadCertificate(
      'The key does not belong to the certificate.',
      'Give the key that its request was made with.',
    )
  refuseWeak(privateKey)
  const names = namesOf(leaf)
  if (names.length === 0)
    throw new BadCertificate('The certificate has no names (subject alternative names), and browsers read no other.')
  return {
    names,
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chain: certificates.map(String).join(''),
    leaf,
  }
}

/** The certificates of a chain up to the first that did not issue the one before it: what issuers add is of no use. */
export function linkedPart(pem: string): string {
  const blocks = pem.match(BLOCK) ?? []
  const chain = blocks.map((block, at) => parse(block, at))
  const end = chain.findIndex((issuer, at) => at > 0 && !chain[at - 1]?.checkIssued(issuer))
  return blocks.slice(0, end < 0 ? blocks.length : end).join('\n')
}

/** What is not wrong, but will make some visitors' browsers complain. */
export function warningsOf(certificate: Certificate, now: number): string[] {
  const warnings: string[] = []
  const [leaf, ...rest] = readChain(certificate.chain)
  const selfSigned = leaf?.checkIssued(leaf) ?? false
  if (selfSigned) warnings.push('It is self-signed: browsers will warn their users.')
  if (rest.length === 0 && !selfSigned) {
    warnings.push(
      `The chain has no intermediate certificates, such as of ${leaf ? issuerOf(leaf) : 'its issuer'}: many clients will not trust it.`,
    )
  }
  if (certificate.notBefore > now) {
    warnings.push(
      `It is good only from ${new Date(certificate.notBefore).toISOString()}: until then browsers refuse it.`,
    )
  }
  for (const above of rest) {
    if (above.validToDate.getTime() < certificate.notAfter && above.validToDate.getTime() - now < 14 * 86_400_000) {
      warnings.push(`${nameOf(above)}, which issued it, expires on ${above.validToDate.toISOString().slice(0, 10)}.`)
    }
  }
  if (certificate.notAfter - now < 14 * 86_400_000) {
    warnings.push(`It expires on ${new Date(certificate.notAfter).toISOString().slice(0, 10)}.`)
  }
  return warnings
}

/** In lower case; addresses in the form that node's `isIP` takes. */
export function namesOf(leaf: X509Certificate): string[] {
  const entries = leaf.subjectAltName?.split(', ') ?? []
  return entries.flatMap((entry) => {
    const [, kind, name = ''] = /^(DNS|IP Address):(.+)$/.exec(entry) ?? []
    return kind ? [name.toLowerCase()] : []
  })
}

/** RFC 6125 section 6.4.3: a wildcard stands for exactly one label. */
export function covers(names: readonly string[], host: string): boolean {
  return names.includes(host) || (isIP(host) === 0 && names.includes(wildcardOver(host)))
}

export function wildcardOver(host: string): string {
  return `*${host.slice(host.indexOf('.'))}`
}

function readChain(pem: string): X509Certificate[] {
  const blocks = pem.match(BLOCK) ?? []
  if (blocks.length === 0) throw noCertificate(pem)
  const chain = blocks.map((block, at) => parse(block, at))
  for (let at = 1; at < chain.length; at++) {
    const [issued, issuer] = [chain[at - 1], chain[at]] as [X509Certificate, X509Certificate]
    if (!issued.checkIssued(issuer) || !issued.verify(issuer.publicKey)) {
      throw new BadCertificate(
        `The chain is out of order: certificate ${at + 1} (${nameOf(issuer)}) did not issue the one before it (${nameOf(issued)}).`,
        'Put the certificate of the site first, then the one that issued it, and so on.',
      )
    }
  }
  return chain
}

function parse(block: string, at: number): X509Certificate {
  try {
    return new X509Certificate(block)
  } catch {
    throw new BadCertificate(`Certificate ${at + 1} of the chain cannot be read.`)
  }
}

function readKey(pem: string): KeyObject {
  if (/ENCRYPTED/.test(pem)) {
    throw new BadCertificate('The key is locked with a passphrase.', 'openssl pkey -in KEY -out UNLOCKED')
  }
  try {
    return createPrivateKey(pem)
  } catch {
    throw noKey(pem)
  }
}

function refuseWeak(key: KeyObject): void {
  const bits = key.asymmetricKeyDetails?.modulusLength
  if (bits !== undefined && bits < WEAK_RSA_BITS) {
    throw new BadCertificate(`The key has ${bits} bits; clients ask for ${WEAK_RSA_BITS} at least.`)
  }
}

function issuerOf(certificate: X509Certificate): string {
  return certificate.issuer.replaceAll('\n', ', ')
}

function nameOf(certificate: X509Certificate): string {
  return certificate.subject.replaceAll('\n', ', ')
}
