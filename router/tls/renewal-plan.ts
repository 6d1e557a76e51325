import type { AcmeIssuer } from '../contract/certificate.ts'
import { type Log, messageOf } from '../log.ts'
import type { CertificateEntry } from './certificates.ts'
import type { Clock } from './clock.ts'
import { fractionOf, type RenewalInfo } from './issuer/renewal-info.ts'
import { renewalTime, type Window } from './renewal.ts'
import type { Random } from './retry-schedule.ts'
import type { CertificateStore } from './store.ts'

/** Twice a day, unless the issuer names another time. */
const ASK_EVERY_MS = 43_200_000
/** Nobody asks in the moment of the start, when all would. */
const FIRST_ASK_WITHIN_MS = 600_000

export type RenewalPlanParts = {
  store: CertificateStore
  clock: Clock
  random: Random
  log: Log
  /** The issuer of that name as set now, if it still is. */
  issuer(name: string | null): AcmeIssuer | undefined
  renewalInfo(issuer: AcmeIssuer, chain: string): Promise<RenewalInfo | undefined>
}

/** When one certificate is to be renewed, kept up to date with what its issuer suggests (RFC 9773). */
export class RenewalPlan {
  readonly #parts: RenewalPlanParts
  #window: Window | null = null
  #askAt: number

  constructor(parts: RenewalPlanParts) {
    this.#parts = parts
    this.#askAt = parts.clock.now() + parts.random() * FIRST_ASK_WITHIN_MS
  }

  /** When to ask again, in ms since 1970. */
  get askAt(): number {
    return this.#askAt
  }

  /** There is another certificate now. */
  forget(): void {
    this.#window = null
    this.#askAt = this.#parts.clock.now() + this.#parts.random() * FIRST_ASK_WITHIN_MS
  }

  /** In ms since 1970; 0 when the certificate cannot be read any more. */
  async dueAt(entry: CertificateEntry): Promise<number> {
    const stored = await this.#parts.store.load('auto', entry.name)
    if (!stored) return 0
    const { leaf, chain } = stored.certificate
    if (this.#parts.clock.now() >= this.#askAt) await this.#ask(entry, chain)
    return renewalTime(entry, this.#window, fractionOf(leaf))
  }

  /** A silent issuer changes nothing: what it said before holds, or else two thirds of the life. */
  async #ask({ name, issuer: issuerName }: CertificateEntry, chain: string): Promise<void> {
    const { clock, log, issuer: find, renewalInfo } = this.#parts
    this.#askAt = clock.now() + ASK_EVERY_MS
    const issuer = find(issuerName)
    if (!issuer) return
    try {
      const info = await renewalInfo(issuer, chain)
      this.#window = info?.window ?? null
      if (info) this.#askAt = clock.now() + info.askAgainMs
      if (info?.explanation) log.warn('certificate.renew-early', { name, explanation: info.explanation })
    } catch (error) {
      log.warn('certificate.renewal-info', { name, reason: messageOf(error) })
    }
  }
}
