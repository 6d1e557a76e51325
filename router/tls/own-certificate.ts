import { ControlError } from '../control-error.ts'
import { BadCertificate } from './bad-certificate.ts'
import { type Certificate, covers, readCertificate } from './certificate.ts'
import { secureContext } from './secure-context.ts'

/** What browsers take; OpenSSL's names. */
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1']

/**
 * A certificate that somebody brings, fit to be served: else ControlError, with what to do. `hosts`: those of the app
 * that it is for; undefined where they are not known yet.
 */
export function readOwnCertificate(
  chain: string,
  key: string,
  hosts: readonly string[] | undefined,
  now: number,
): Certificate {
  const certificate = read(chain, key)
  if (certificate.notAfter <= now) {
    const day = new Date(certificate.notAfter).toISOString().slice(0, 10)
    throw new ControlError(
      400,
      'certificate.expired',
      `The certificate has expired, on ${day}.`,
      'Get a new one, then try again.',
    )
  }
  if (hosts && !hosts.some((host) => isFor(certificate, host))) {
    const detail = `The certificate is for ${certificate.names.join(', ')}, and not for any host of this app (${hosts.join(', ') || 'it has none'}).`
    throw new ControlError(400, 'certificate.names', detail, 'Add the host to the app first: paas domains:add HOST.')
  }
  return certificate
}

function read(chain: string, key: string): Certificate {
  try {
    const certificate = readCertificate(chain, key)
    checkKind(certificate)
    tryOut(certificate)
    return certificate
  } catch (error) {
    if (!(error instanceof BadCertificate)) throw error
    throw new ControlError(400, 'certificate.invalid', error.message, error.fix)
  }
}

/** A wildcard host of the app is served by the same wildcard alone. */
function isFor({ names }: Certificate, host: string): boolean {
  return host.startsWith('*.') ? names.includes(host) : covers(names, host)
}

function checkKind({ leaf }: Certificate): void {
  const { signatureAlgorithm: signature = '' } = leaf
  if (/sha1|md5/i.test(signature) && !leaf.checkIssued(leaf)) {
    throw new BadCertificate(
      `Browsers do not trust its signature (${signature}).`,
      'Ask its issuer for one by SHA-256.',
    )
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails } = leaf.publicKey
  const curve = asymmetricKeyDetails?.namedCurve ?? ''
  if (type === 'rsa' || (type === 'ec' && CURVES.includes(curve))) return
  throw new BadCertificate(
    `Browsers do not take its kind of key (${curve || type}).`,
    'Make one of RSA, P-256 or P-384.',
  )
}

/** OpenSSL has rules of its own: better now than in the first handshake. */
function tryOut(certificate: Certificate): void {
  try {
    secureContext(certificate)
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*:/, '') : String(error)
    throw new BadCertificate(`No handshake can be held with it: ${reason}.`, 'Ask its issuer for another one.')
  }
}
