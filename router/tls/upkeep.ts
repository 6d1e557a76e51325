import type { AcmeSettings, CertificateStatus, DomainCheck } from '../contract/certificate.ts'
import type { RouterTable } from '../contract/table.ts'
import { type CertificateParts, type CertificateWatcher, ManagedCertificate } from './managed-certificate.ts'
import { type Wanted, wantedCertificates } from './wanted.ts'

export const NO_ACME: AcmeSettings = { issuers: [], email: null, wildcards: [], dns: [], addresses: [], resolvers: [] }

type Kept = { certificate: ManagedCertificate; leave: AbortController; running: Promise<void> }

/** Keeps a certificate for every name that the table asks for, and for no other. */
export class Upkeep implements AsyncDisposable {
  readonly #parts: CertificateParts
  readonly #watcher: CertificateWatcher
  readonly #kept = new Map<string, Kept>()
  #settings = NO_ACME
  #resting = false

  constructor(parts: Omit<CertificateParts, 'settings'>, watcher: CertificateWatcher) {
    this.#parts = { ...parts, settings: () => this.#settings }
    this.#watcher = watcher
  }

  /** Works on no certificate when it resolves, and begins with none until it is told to go on. */
  async rest(): Promise<void> {
    this.#resting = true
    const running = [...this.#kept.values()].map((kept) => kept.running)
    for (const { leave } of this.#kept.values()) leave.abort()
    await Promise.all(running)
  }

  goOn(): void {
    if (!this.#resting) return
    this.#resting = false
    for (const [key, { certificate }] of [...this.#kept]) this.#begin(key, certificate.wanted)
  }

  /** Begins with new names, leaves those that are gone, and lets the rest go on undisturbed. */
  tableApplied(table: RouterTable): void {
    const settings = table.acme ?? NO_ACME
    const changed = JSON.stringify(settings) !== JSON.stringify(this.#settings)
    this.#settings = settings
    const wanted = new Map(wantedCertificates(table).map((one) => [keyOf(one), one]))
    for (const [key, kept] of this.#kept) {
      if (!wanted.has(key)) this.#leave(key, kept)
      else if (changed) kept.certificate.restart()
    }
    for (const [key, one] of wanted) if (!this.#kept.has(key)) this.#begin(key, one)
  }

  statuses(): CertificateStatus[] {
    return [...this.#kept.values()].map(({ certificate }) => certificate.status)
  }

  /** As before an order; a name that waits to be ready and has become so is tried at once. */
  async check(name: string): Promise<DomainCheck> {
    const kept = this.#kept.get(keyOf({ name, byDns: false })) ?? this.#kept.get(keyOf({ name, byDns: true }))
    const byDns = kept?.certificate.wanted.byDns ?? name.startsWith('*.')
    const { addresses } = this.#settings
    const check = await this.#parts.check.check({ name, byDns, addresses, caaIdentities: async () => [] })
    if (check.ready) kept?.certificate.wake()
    return check
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#kept.values()].map((kept) => kept.running)
    for (const [key, kept] of this.#kept) this.#leave(key, kept)
    await Promise.all(running)
  }

  #begin(key: string, wanted: Wanted): void {
    const leave = new AbortController()
    const certificate = new ManagedCertificate(wanted, this.#parts, this.#watcher)
    const running = this.#resting ? Promise.resolve() : certificate.run(leave.signal)
    this.#kept.set(key, { certificate, leave, running })
  }

  #leave(key: string, { leave }: Kept): void {
    this.#kept.delete(key)
    leave.abort()
  }
}

function keyOf({ name, byDns }: Wanted): string {
  return `${name} ${byDns}`
}
