import type { X509Certificate } from 'node:crypto'
import { X509Certificate as Certificate, createHash } from '../../builtins.ts'
import type { Window } from '../renewal.ts'
import type { AcmeSession } from './session.ts'

/** When an issuer would like a certificate to be renewed (RFC 9773), and how long until it is to be asked again. */
export type RenewalInfo = { window: Window; askAgainMs: number; explanation: string | null }

const HALF_DAY_MS = 43_200_000
const SHORTEST_MS = 60_000
const LONGEST_MS = 86_400_000
/** id-ce-authorityKeyIdentifier, 2.5.29.35. */
const AUTHORITY_KEY_OID = Buffer.from('0603551d23', 'hex')

/** For the certificate that the PEM `chain` begins with; undefined when the issuer does not offer it. Throws Refusal or Unreachable. */
export async function renewalInfo(session: AcmeSession, chain: string): Promise<RenewalInfo | undefined> {
  const { renewalInfo: url } = await session.directory()
  const id = certificateId(new Certificate(chain))
  if (!url || !id) return undefined
  type Body = { suggestedWindow?: { start?: string; end?: string }; explanationURL?: string }
  const { body, retryAfterMs } = await session.get<Body>(`${url.replace(/\/$/, '')}/${id}`)
  const start = Date.parse(body.suggestedWindow?.start ?? '')
  const end = Date.parse(body.suggestedWindow?.end ?? '')
  if (Number.isNaN(start) || Number.isNaN(end) || end < start) return undefined
  const askAgainMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, retryAfterMs ?? HALF_DAY_MS))
  return { window: { start, end }, askAgainMs, explanation: body.explanationURL ?? null }
}

/** RFC 9773 section 4.1: authority key identifier and serial number. */
export function certificateId(leaf: X509Certificate): string | undefined {
  const authority = authorityKey(leaf.raw)
  if (!authority) return undefined
  const hex = leaf.serialNumber.length % 2 ? `0${leaf.serialNumber}` : leaf.serialNumber
  // As DER encodes a positive integer: a leading zero where the first bit is set.
  const serial = Buffer.from(/^[89A-F]/i.test(hex) ? `00${hex}` : hex, 'hex')
  return `${authority.toString('base64url')}.${serial.toString('base64url')}`
}

/** The same for one certificate at any time, between 0 and 1: spreads what would else happen all at once. */
export function fractionOf(leaf: X509Certificate): number {
  return createHash('sha256').update(leaf.raw).digest().readUInt32BE(0) / 2 ** 32
}

/** The key identifier ([0], RFC 5280 section 4.2.1.1) of the extension; found by its bytes, for it is all we need. */
function authorityKey(der: Buffer): Buffer | undefined {
  const at = der.indexOf(AUTHORITY_KEY_OID)
  if (at < 0) return undefined
  let next = at + AUTHORITY_KEY_OID.length
  if (der[next] === 0x01) next += 3
  const [octets, sequence, tag, length = 0] = [der[next], der[next + 2], der[next + 4], der[next + 5]]
  if (octets !== 0x04 || sequence !== 0x30 || tag !== 0x80) return undefined
  return der.subarray(next + 6, next + 6 + length)
}
