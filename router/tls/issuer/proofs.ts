import { isIP } from 'node:net'
import { createHash } from '../../builtins.ts'
import type { Challenges } from '../challenges.ts'
import type { DnsProviders } from '../dns/dns-providers.ts'
import { secureContext } from '../secure-context.ts'
import { alpnCertificate } from './acme-package.ts'
import type { ChallengeType, Prover } from './order.ts'
import { newPrivateKey } from './private-key.ts'

/** Puts proofs where issuers look for them. */
export class Proofs implements Prover {
  readonly #challenges: Challenges
  readonly #dns: DnsProviders

  constructor(challenges: Challenges, dns: DnsProviders) {
    this.#challenges = challenges
    this.#dns = dns
  }

  async prove(
    type: ChallengeType,
    host: string,
    token: string,
    keyAuthorization: string,
    signal: AbortSignal,
  ): Promise<AsyncDisposable> {
    if (type === 'http-01') return later(this.#challenges.answerHttp(token, keyAuthorization))
    if (type === 'tls-alpn-01') return later(await this.#proveByTls(host, keyAuthorization))
    const digest = createHash('sha256').update(keyAuthorization).digest('base64url')
    return this.#dns.publish(`_acme-challenge.${host}`, digest, signal)
  }

  async #proveByTls(host: string, keyAuthorization: string): Promise<Disposable> {
    const key = newPrivateKey()
    const context = secureContext({ chain: await alpnCertificate(host, keyAuthorization, key), key })
    return this.#challenges.answerTls(serverName(host), context)
  }
}

/** RFC 8738 section 6: an address is asked for by its reverse name. */
function serverName(host: string): string {
  if (isIP(host) !== 4) return host
  return `${host.split('.').reverse().join('.')}.in-addr.arpa`
}

function later(proof: Disposable): AsyncDisposable {
  return { [Symbol.asyncDispose]: async () => proof[Symbol.dispose]() }
}
