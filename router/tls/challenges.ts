import type { SecureContext } from 'node:tls'
import type { ProofBoard } from './issuer/issuing.ts'
import { secureContext } from './secure-context.ts'

export const ACME_ALPN = 'acme-tls/1'
const HTTP_PREFIX = '/.well-known/acme-challenge/'
/** RFC 8555 section 8.3: base64url and nothing else. */
const TOKEN = /^[A-Za-z0-9_-]{1,200}$/

/** The proofs that issuers ask this box for right now: files over plain HTTP, and certificates over TLS. */
export class Challenges implements ProofBoard {
  readonly #files = new Map<string, string>()
  readonly #contexts = new Map<string, SecureContext>()

  /** Whether any TLS hello could be an issuer's: else none needs to be looked into. */
  get awaitsHello(): boolean {
    return this.#contexts.size > 0
  }

  /** Answered under any host, for the token is a secret between the issuer and us. */
  async showFile(token: string, answer: string): Promise<AsyncDisposable> {
    this.#files.set(token, answer)
    return { [Symbol.asyncDispose]: async () => void this.#files.delete(token) }
  }

  async showCertificate(host: string, pair: { chain: string; key: string }): Promise<AsyncDisposable> {
    const context = secureContext(pair)
    this.#contexts.set(host, context)
    return {
      [Symbol.asyncDispose]: async () => {
        if (this.#contexts.get(host) === context) this.#contexts.delete(host)
      },
    }
  }

  /** The file at this path; undefined for anything that no issuer was told of: then the request is the app's. */
  file(path: string): string | undefined {
    if (this.#files.size === 0 || !path.startsWith(HTTP_PREFIX)) return undefined
    const token = path.slice(HTTP_PREFIX.length)
    return TOKEN.test(token) ? this.#files.get(token) : undefined
  }

  context(host: string): SecureContext | undefined {
    return this.#contexts.get(host)
  }
}

export function challengePath(token: string): string {
  return HTTP_PREFIX + token
}
