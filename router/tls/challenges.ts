import type { SecureContext } from 'node:tls'
import type { ProofBoard } from './issuer/issuing.ts'
import { secureContext } from './secure-context.ts'

export const ACME_ALPN = 'acme-tls/1'
const HTTP_PREFIX = '/.well-known/acme-challenge/'
/** RFC 8555 section 8.3: base64url and nothing else. */
const TOKEN = /^[A-Za-z0-9_-]{1,200}$/

/** All proofs that are shown at a moment. */
export type ShownProofs = {
  files: [token: string, answer: string][]
  certificates: [host: string, pair: { chain: string; key: string }][]
}

/** The proofs that issuers ask this box for right now: files over plain HTTP, and certificates over TLS. */
export class Challenges implements ProofBoard {
  readonly #files = new Map<string, string>()
  readonly #certificates = new Map<string, { pair: { chain: string; key: string }; context: SecureContext }>()
  /** Files that another process has shown, and this one has not yet. */
  readonly #taken = new Set<string>()
  #held = false
  readonly #spread: (shown: ShownProofs) => Promise<void>

  /** `spread`: shows them in other processes too; a proof counts as shown when that resolves. */
  constructor(spread: (shown: ShownProofs) => Promise<void> = async () => {}) {
    this.#spread = spread
  }

  /** Whether any TLS hello could be an issuer's: else none needs to be looked into. */
  get awaitsHello(): boolean {
    return this.#certificates.size > 0
  }

  /** Answered under any host, for the token is a secret between the issuer and us. */
  async showFile(token: string, answer: string): Promise<AsyncDisposable> {
    this.#requireOurs()
    this.#files.set(token, answer)
    this.#taken.delete(token)
    await this.#spread(this.shown)
    return {
      [Symbol.asyncDispose]: async () => {
        if (!this.#held && this.#files.delete(token)) await this.#spread(this.shown)
      },
    }
  }

  async showCertificate(host: string, pair: { chain: string; key: string }): Promise<AsyncDisposable> {
    this.#requireOurs()
    const shown = { pair, context: secureContext(pair) }
    this.#certificates.set(host, shown)
    await this.#spread(this.shown)
    return {
      [Symbol.asyncDispose]: async () => {
        if (this.#held || this.#certificates.get(host) !== shown) return
        this.#certificates.delete(host)
        await this.#spread(this.shown)
      },
    }
  }

  /**
   * Another process is about to show these: they stay up here, for connections that only this one has accepted, and no
   * more are taken, for nobody would show them there. Until `release`.
   */
  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
  }

  get held(): boolean {
    return this.#held
  }

  get shown(): ShownProofs {
    const certificates = [...this.#certificates].map(([host, { pair }]): ShownProofs['certificates'][number] => [
      host,
      pair,
    ])
    return { files: [...this.#files], certificates }
  }

  /** Those of another process, and no others. */
  replace({ files, certificates }: ShownProofs): void {
    this.#files.clear()
    this.#certificates.clear()
    this.#taken.clear()
    for (const [token, answer] of files) {
      this.#files.set(token, answer)
      this.#taken.add(token)
    }
    for (const [host, pair] of certificates) this.#certificates.set(host, { pair, context: secureContext(pair) })
  }

  /** Takes down those of these that `replace` has put up and nobody has shown here since. */
  async forget({ files, certificates }: ShownProofs): Promise<void> {
    for (const [token] of files) if (this.#taken.delete(token)) this.#files.delete(token)
    for (const [host, pair] of certificates) {
      if (this.#certificates.get(host)?.pair === pair) this.#certificates.delete(host)
    }
    await this.#spread(this.shown)
  }

  /** The file at this path; undefined for anything that no issuer was told of: then the request is the app's. */
  file(path: string): string | undefined {
    if (this.#files.size === 0 || !path.startsWith(HTTP_PREFIX)) return undefined
    const token = path.slice(HTTP_PREFIX.length)
    return TOKEN.test(token) ? this.#files.get(token) : undefined
  }

  #requireOurs(): void {
    if (this.#held) throw new Error('another process shows proofs now')
  }

  context(host: string): SecureContext | undefined {
    return this.#certificates.get(host)?.context
  }
}

export function challengePath(token: string): string {
  return HTTP_PREFIX + token
}
