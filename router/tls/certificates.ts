import type { SecureContext } from 'node:tls'
import type { Certificate } from './certificate.ts'
import { wildcardOver } from './certificate.ts'
import type { Source, Stored } from './store.ts'

/** A context takes some 36 KB: enough for the busy names, the rest are made again when asked for. */
const CONTEXTS_KEPT = 1_000

export type CertificateEntry = {
  name: string
  source: Source
  names: readonly string[]
  service: string | null
  issuer: string | null
  notBefore: number
  notAfter: number
}

export type CertificatesOptions = {
  /** Who serves a host over TLS; undefined: nobody. */
  serviceOf(host: string): string | undefined
  /** From disk; undefined when it is not there any more. */
  load(source: Source, name: string): Promise<Stored | undefined>
  makeContext(certificate: Certificate): SecureContext
  /** Hears of each one that comes, is replaced or goes. */
  changed?(source: Source, name: string): void
  contextsKept?: number
}

/**
 * All certificates by the names they are good for. What a TLS hello asks for is looked up in this order: the exact name,
 * a wildcard over it, and then not at all: nothing is ever ordered or read for a name that is not here.
 */
export class Certificates {
  readonly #options: CertificatesOptions
  readonly #entries = new Map<string, CertificateEntry>()
  readonly #byName = new Map<string, CertificateEntry[]>()
  readonly #contexts = new Map<CertificateEntry, Promise<SecureContext | undefined>>()

  constructor(options: CertificatesOptions) {
    this.#options = options
  }

  get entries(): CertificateEntry[] {
    return [...this.#entries.values()]
  }

  /** From now on in force; takes the place of the one with the same name and source. */
  put({ name, source, service, issuer, certificate }: Stored): void {
    this.#forget(source, name)
    const { names, notBefore, notAfter } = certificate
    const entry: CertificateEntry = { name, source, names, service, issuer, notBefore, notAfter }
    this.#entries.set(keyOf(source, name), entry)
    for (const host of new Set(names)) {
      this.#byName.set(host, [...(this.#byName.get(host) ?? []), entry].sort(better))
    }
    this.#options.changed?.(source, name)
  }

  remove(source: Source, name: string): void {
    this.#forget(source, name)
    this.#options.changed?.(source, name)
  }

  #forget(source: Source, name: string): void {
    const entry = this.entry(source, name)
    if (!entry) return
    this.#entries.delete(keyOf(source, name))
    this.#contexts.delete(entry)
    for (const host of entry.names) {
      const left = (this.#byName.get(host) ?? []).filter((other) => other !== entry)
      left.length > 0 ? this.#byName.set(host, left) : this.#byName.delete(host)
    }
  }

  entry(source: Source, name: string): CertificateEntry | undefined {
    return this.#entries.get(keyOf(source, name))
  }

  /** This very certificate, not one before it. */
  has({ source, name, certificate: { notBefore, notAfter } }: Stored): boolean {
    const entry = this.entry(source, name)
    return entry?.notBefore === notBefore && entry.notAfter === notAfter
  }

  /** For a host that somebody serves; one's own certificate is for the hosts of its service alone. */
  find(host: string): CertificateEntry | undefined {
    const exact = this.#byName.get(host)
    const wildcard = this.#byName.get(wildcardOver(host))
    if (!exact && !wildcard) return undefined
    const service = this.#options.serviceOf(host)
    if (service === undefined) return undefined
    const fits = (entry: CertificateEntry) => entry.service === null || entry.service === service
    return exact?.find(fits) ?? wildcard?.find(fits)
  }

  /** What a handshake for this name is made with; undefined means: refuse it. */
  context(host: string): Promise<SecureContext | undefined> | undefined {
    const entry = this.find(host)
    if (!entry) return undefined
    const kept = this.#contexts.get(entry)
    // The order counts only when there is not room for all; to keep it leaves garbage behind every handshake.
    if (kept && this.#contexts.size <= this.#most / 2) return kept
    if (kept) this.#contexts.delete(entry)
    const context = kept ?? this.#make(entry)
    this.#contexts.set(entry, context)
    this.#evict()
    return context
  }

  get #most(): number {
    return this.#options.contextsKept ?? CONTEXTS_KEPT
  }

  async #make(entry: CertificateEntry): Promise<SecureContext | undefined> {
    try {
      const stored = await this.#options.load(entry.source, entry.name)
      if (stored) return this.#options.makeContext(stored.certificate)
    } catch {
      // OpenSSL may refuse what X509Certificate could read; then this name has no certificate, and the others do.
    }
    this.#contexts.delete(entry)
    return undefined
  }

  #evict(): void {
    const [oldest] = this.#contexts.keys()
    if (oldest && this.#contexts.size > this.#most) this.#contexts.delete(oldest)
  }
}

function keyOf(source: Source, name: string): string {
  return `${source}/${name}`
}

/** One's own before an ordered one, then the one that lasts longer. */
function better(a: CertificateEntry, b: CertificateEntry): number {
  if (a.source !== b.source) return a.source === 'custom' ? -1 : 1
  return b.notAfter - a.notAfter
}
