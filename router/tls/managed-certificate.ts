import type {
  AcmeIssuer,
  AcmeSettings,
  CertificateState,
  CertificateStatus,
  DomainCheck,
} from '../contract/certificate.ts'
import { type Log, messageOf } from '../log.ts'
import type { CertificateEntry, Certificates } from './certificates.ts'
import type { Clock } from './clock.ts'
import type { DnsCheck } from './dns-check.ts'
import { Unreachable } from './https-call.ts'
import type { Asking, Issuing } from './issuer/issuing.ts'
import type { PendingOrders } from './issuer/pending-orders.ts'
import { Refusal } from './issuer/refusal.ts'
import { certificateId, fractionOf } from './issuer/renewal-info.ts'
import type { OrderLimit } from './order-limit.ts'
import { alarmFor, renewalTime } from './renewal.ts'
import { RenewalPlan } from './renewal-plan.ts'
import { delayAfterFailure, delayUntilReady, type Random } from './retry-schedule.ts'
import type { CertificateStore, Stored } from './store.ts'
import { challengeFor, type Wanted } from './wanted.ts'

/** So often may an issuer be at fault before the next one is asked. */
const FAULTS_PER_ISSUER = 3
/** Whatever happens, orders for one name are this far apart. */
const LEAST_PAUSE_MS = 60_000

export type CertificateParts = {
  settings(): AcmeSettings
  issuing: Issuing
  pending: PendingOrders
  store: CertificateStore
  certificates: Certificates
  check: DnsCheck
  limit: OrderLimit
  clock: Clock
  random: Random
  log: Log
}

export interface CertificateWatcher {
  certificateChanged(status: CertificateStatus): void
}

/** One certificate that the router orders and renews, from now until the signal. Whatever it has is served meanwhile. */
export class ManagedCertificate {
  readonly wanted: Wanted
  readonly #parts: CertificateParts
  readonly #watcher: CertificateWatcher
  readonly #plan: RenewalPlan
  #state: CertificateState = 'waiting'
  #reason = 'its turn has not come yet'
  #nextTryAt: number | null = null
  #looks = 0
  #failures = 0
  #issuerFaults = 0
  #woken = new AbortController()

  constructor(wanted: Wanted, parts: CertificateParts, watcher: CertificateWatcher) {
    this.wanted = wanted
    this.#parts = parts
    this.#watcher = watcher
    const issuer = (name: string | null) => parts.settings().issuers.find((known) => known.name === name)
    this.#plan = new RenewalPlan({
      ...parts,
      issuer,
      renewalInfo: (issuer, chain) => parts.issuing.renewalInfo({ ...this.#asking(issuer), chain }),
    })
  }

  get status(): CertificateStatus {
    const entry = this.#entry
    const troubled = this.#failures > 0 || this.#looks > 0
    return {
      name: this.wanted.name,
      names: [...(entry?.names ?? [this.wanted.name])],
      service: null,
      source: 'auto',
      state: this.#state,
      reason: this.#reason,
      nextTryAt: this.#nextTryAt === null ? null : new Date(this.#nextTryAt).toISOString(),
      issuer: entry?.issuer ?? null,
      notAfter: entry ? new Date(entry.notAfter).toISOString() : null,
      alarm: entry && troubled ? alarmFor(entry, this.#parts.clock.now()) : null,
    }
  }

  /** Something has changed: what is waited for is tried now. Issuers' own waiting times are kept. */
  wake(): void {
    if (this.#state === 'waiting') this.#woken.abort()
  }

  /** The settings have changed: what failed may now succeed. */
  restart(): void {
    this.#failures = 0
    this.#issuerFaults = 0
    if (this.#state === 'failed' || this.#state === 'waiting') this.#woken.abort()
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const entry = this.#entry
      const due = entry ? await this.#plan.dueAt(entry) : 0
      if (entry && due > this.#parts.clock.now()) {
        this.#become('issued', '', due)
        await this.#sleepUntil(Math.min(due, this.#plan.askAt), signal)
      } else {
        await this.#sleepUntil(await this.#attempt(entry, signal), signal)
      }
    }
  }

  /** Looks at the name, orders when it is ready, and says when to go on. */
  async #attempt(entry: CertificateEntry | undefined, signal: AbortSignal): Promise<number> {
    const issuer = this.#issuer()
    const { limit, clock } = this.#parts
    try {
      this.#become('checking', '', null)
      const check = await this.#check(issuer)
      if (!check.ready) return this.#wait(check.reason)
      this.#looks = 0
      await limit.turn(entry?.notAfter ?? clock.now(), signal)
      this.#become(entry ? 'renewing' : 'ordering', '', null)
      await this.#order(issuer, signal)
      return clock.now() + LEAST_PAUSE_MS
    } catch (error) {
      if (signal.aborted) return clock.now()
      return this.#fail(error, entry)
    }
  }

  #check(issuer: AcmeIssuer): Promise<DomainCheck> {
    const { name, byDns } = this.wanted
    const { addresses } = this.#parts.settings()
    const caaIdentities = () => this.#parts.issuing.caaIdentities(this.#asking(issuer))
    return this.#parts.check.check({ name, byDns, addresses, caaIdentities })
  }

  async #order(issuer: AcmeIssuer, signal: AbortSignal): Promise<void> {
    const { name } = this.wanted
    const { pending, issuing, store, certificates } = this.#parts
    const challenge = challengeFor(this.wanted, issuer.challenge)
    const replaces = this.#entry?.issuer === issuer.name ? await this.#currentId() : null
    const asked = { ...this.#asking(issuer), name, challenge, replaces }
    const stored: Stored = {
      name,
      source: 'auto',
      service: null,
      issuer: issuer.name,
      certificate: await issuing.order(asked, signal),
    }
    await store.save(stored)
    await pending.remove(name)
    certificates.put(stored)
    this.#failures = 0
    this.#issuerFaults = 0
    this.#plan.forget()
    this.#become('issued', '', renewalTime(stored.certificate, null, fractionOf(stored.certificate.leaf)))
  }

  async #currentId(): Promise<string | null> {
    const stored = await this.#parts.store.load('auto', this.wanted.name)
    return (stored && certificateId(stored.certificate.leaf)) ?? null
  }

  #asking(issuer: AcmeIssuer): Asking {
    const { email, dns, resolvers } = this.#parts.settings()
    return { issuer, email, dns, resolvers }
  }

  #issuer(): AcmeIssuer {
    const { issuers } = this.#parts.settings()
    return issuers[Math.floor(this.#issuerFaults / FAULTS_PER_ISSUER) % issuers.length] as AcmeIssuer
  }

  #wait(reason: string): number {
    this.#looks += 1
    const next = this.#parts.clock.now() + delayUntilReady(this.#looks, this.#parts.random)
    this.#become('waiting', reason, next)
    return next
  }

  #fail(error: unknown, entry: CertificateEntry | undefined): number {
    const { clock, random, settings, log } = this.#parts
    const refusal = error instanceof Refusal ? error : undefined
    const before = this.#issuer()
    this.#failures += 1
    if (error instanceof Unreachable || refusal?.fault === 'issuer') {
      // A rate limit lasts: another issuer is asked without three tries at it.
      this.#issuerFaults += refusal?.type === 'rateLimited' ? FAULTS_PER_ISSUER : 1
    }
    const moved = settings().issuers.length > 1 && this.#issuer() !== before
    const life = entry ? entry.notAfter - entry.notBefore : null
    const delay = moved
      ? LEAST_PAUSE_MS
      : delayAfterFailure(this.#failures, refusal?.retryAfterMs ?? null, life, random)
    const next = clock.now() + delay
    log.warn('certificate.failed', { name: this.wanted.name, reason: messageOf(error), failures: this.#failures })
    this.#become(
      'failed',
      moved ? `${messageOf(error)}. ${this.#issuer().name} is asked next.` : messageOf(error),
      next,
    )
    return next
  }

  #become(state: CertificateState, reason: string, nextTryAt: number | null): void {
    const same = state === this.#state && reason === this.#reason
    this.#state = state
    this.#reason = reason
    this.#nextTryAt = nextTryAt
    if (!same) this.#watcher.certificateChanged(this.status)
  }

  async #sleepUntil(at: number, signal: AbortSignal): Promise<void> {
    this.#woken = new AbortController()
    await this.#parts.clock.sleepUntil(at, AbortSignal.any([signal, this.#woken.signal]))
  }

  get #entry(): CertificateEntry | undefined {
    return this.#parts.certificates.entry('auto', this.wanted.name)
  }
}
