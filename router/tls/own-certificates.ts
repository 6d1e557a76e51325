import type { CertificateStatus, PutCertificateAnswer, PutCertificateRequest } from '../contract/certificate.ts'
import type { RouterTable } from '../contract/table.ts'
import { ControlError } from '../control-error.ts'
import { warningsOf } from './certificate.ts'
import type { CertificateEntry, Certificates } from './certificates.ts'
import type { Clock } from './clock.ts'
import { readOwnCertificate } from './own-certificate.ts'
import { alarmFor } from './renewal.ts'
import type { CertificateStore } from './store.ts'

const LABEL = /^[a-z0-9*]([a-z0-9.*-]{0,250}[a-z0-9])?$/i

export type OwnCertificatesParts = { store: CertificateStore; certificates: Certificates; clock: Clock }

/** Certificates that somebody has put here, each under a label of theirs. */
export class OwnCertificates {
  readonly #parts: OwnCertificatesParts
  /** By service. */
  #hosts = new Map<string, string[]>()

  constructor(parts: OwnCertificatesParts) {
    this.#parts = parts
  }

  tableApplied({ services }: RouterTable): void {
    this.#hosts = new Map(services.map(({ name, hosts }) => [name, hosts]))
  }

  /** In force in this process when it resolves. */
  async put(name: string, { service, chain, key }: PutCertificateRequest): Promise<PutCertificateAnswer> {
    const { store, certificates, clock } = this.#parts
    if (!LABEL.test(name))
      throw new ControlError(400, 'certificate.name', `"${name}" cannot be the name of a certificate.`)
    const certificate = readOwnCertificate(chain, key, this.#hosts.get(service), clock.now())
    const stored = { name, source: 'custom', service, issuer: null, certificate } as const
    await store.save(stored)
    certificates.put(stored)
    const notAfter = new Date(certificate.notAfter).toISOString()
    return { name, names: certificate.names, notAfter, warnings: warningsOf(certificate, clock.now()) }
  }

  async remove(name: string): Promise<void> {
    const { store, certificates } = this.#parts
    if (!certificates.entry('custom', name)) {
      throw new ControlError(404, 'certificate.not-found', `There is no certificate "${name}" that was put.`)
    }
    await store.remove('custom', name)
    certificates.remove('custom', name)
  }

  status(name: string): CertificateStatus | undefined {
    const entry = this.#parts.certificates.entry('custom', name)
    return entry ? this.#statusOf(entry) : undefined
  }

  statuses(): CertificateStatus[] {
    const own = this.#parts.certificates.entries.filter(({ source }) => source === 'custom')
    return own.map((entry) => this.#statusOf(entry))
  }

  #statusOf({ name, names, service, notBefore, notAfter, issuer }: CertificateEntry): CertificateStatus {
    const alarm = alarmFor({ notBefore, notAfter }, this.#parts.clock.now())
    const times = { nextTryAt: null, notAfter: new Date(notAfter).toISOString() }
    return { name, service, names: [...names], source: 'custom', state: 'issued', reason: '', ...times, issuer, alarm }
  }
}
