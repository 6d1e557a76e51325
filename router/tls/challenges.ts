import type { SecureContext } from 'node:tls'

export const ACME_ALPN = 'acme-tls/1'
const HTTP_PREFIX = '/.well-known/acme-challenge/'
/** RFC 8555 section 8.3: base64url and nothing else. */
const TOKEN = /^[A-Za-z0-9_-]{1,200}$/

/** The proofs that issuers ask this box for right now: files over plain HTTP, and certificates over TLS. */
export class Challenges {
  readonly #files = new Map<string, string>()
  readonly #contexts = new Map<string, SecureContext>()

  /** Whether any TLS hello could be an issuer's: else none needs to be looked into. */
  get awaitsHello(): boolean {
    return this.#contexts.size > 0
  }

  /** http-01 (RFC 8555 section 8.3): answered under any host, for the token is a secret between the issuer and us. */
  answerHttp(token: string, answer: string): Disposable {
    this.#files.set(token, answer)
    return { [Symbol.dispose]: () => void this.#files.delete(token) }
  }

  /** tls-alpn-01 (RFC 8737). */
  answerTls(host: string, context: SecureContext): Disposable {
    this.#contexts.set(host, context)
    return {
      [Symbol.dispose]: () => {
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
