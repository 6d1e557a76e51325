import { isIP } from 'node:net'
import { createHash } from '../../builtins.ts'
import type { DnsProviders } from '../dns/dns-providers.ts'
import { alpnCertificate } from './acme-package.ts'
import type { ProofBoard } from './issuing.ts'
import type { ChallengeType, Prover } from './order.ts'
import { newPrivateKey } from './private-key.ts'

/** Puts proofs where issuers look for them. */
export class Proofs implements Prover {
  readonly #board: ProofBoard
  readonly #dns: DnsProviders

  constructor(board: ProofBoard, dns: DnsProviders) {
    this.#board = board
    this.#dns = dns
  }

  async prove(
    type: ChallengeType,
    host: string,
    token: string,
    keyAuthorization: string,
    signal: AbortSignal,
  ): Promise<AsyncDisposable> {
    if (type === 'http-01') return this.#board.showFile(token, keyAuthorization)
    if (type === 'tls-alpn-01') return this.#proveByTls(host, keyAuthorization)
    const digest = createHash('sha256').update(keyAuthorization).digest('base64url')
    return this.#dns.publish(`_acme-challenge.${host}`, digest, signal)
  }

  async #proveByTls(host: string, keyAuthorization: string): Promise<AsyncDisposable> {
    const key = newPrivateKey()
    const chain = await alpnCertificate(host, keyAuthorization, key)
    return this.#board.showCertificate(serverName(host), { chain, key })
  }
}

/** RFC 8738 section 6: an address is asked for by its reverse name. */
function serverName(host: string): string {
  if (isIP(host) !== 4) return host
  return `${host.split('.').reverse().join('.')}.in-addr.arpa`
}
