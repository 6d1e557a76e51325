import type { AcmeIssuer, DnsZone } from '../../contract/certificate.ts'
import type { Certificate } from '../certificate.ts'
import type { ChallengeType } from './order.ts'
import type { RenewalInfo } from './renewal-info.ts'

/** Which issuer is asked, on whose behalf, and what a proof by DNS takes. */
export type Asking = { issuer: AcmeIssuer; email: string | null; dns: DnsZone[]; resolvers: string[] }
/** `replaces`: which certificate this one follows, as RFC 9773 section 5 names it. */
export type OrderAsked = Asking & { name: string; challenge: ChallengeType; replaces: string | null }

/** What issuers are asked for, wherever that is done. Everything throws Refusal, Unreachable or IssuingLost. */
export interface Issuing extends AsyncDisposable {
  /** Goes on with an order for this name that was begun before. The order stays on disk: its certificate may get lost. */
  order(asked: OrderAsked, signal: AbortSignal): Promise<Certificate>
  /** How the issuer calls itself in CAA records. */
  caaIdentities(asked: Asking): Promise<readonly string[]>
  /** For the certificate that `chain` begins with; undefined when the issuer does not offer it. */
  renewalInfo(asked: Asking & { chain: string }): Promise<RenewalInfo | undefined>
}

/** Shows proofs to issuers. A proof can be seen when the promise resolves, and is gone when it is disposed of. */
export interface ProofBoard {
  /** http-01 (RFC 8555 section 8.3). */
  showFile(token: string, answer: string): Promise<AsyncDisposable>
  /** tls-alpn-01 (RFC 8737): the certificate, in PEM, for this server name. */
  showCertificate(host: string, pair: { chain: string; key: string }): Promise<AsyncDisposable>
}

/** Nobody refused: the process that was at it has ended. What it began is on disk, and the next try goes on with it. */
export class IssuingLost extends Error {}
